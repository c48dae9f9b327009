//! The code that batch and instance normalisation share: a layer for a number of channels, with one, two or three spatial dimensions.

/// Declares such a layer: its names, its builder with defaults, and what it computes.
macro_rules! channelwise {
    (
        $(#[$doc:meta])* $name:ident, [$one:ident, $two:ident, $three:ident], $builder:ident,
        affine $affine:literal, track $track:literal, |$layer:ident, $x:ident| $forward:expr
    ) => {
        $(#[$doc])*
        #[derive(Module, Debug)]
        #[module(type_name = Self::name, repr = Self::repr)]
        pub struct $name<const N: usize> {
            /// `[channels]`, if the layer is affine.
            pub weight: Option<Parameter>,
            /// `[channels]`, if the layer is affine and has one.
            pub bias: Option<Parameter>,
            running: Option<Running>,
            #[module(skip)]
            args: $builder<N>,
            state: ModuleState,
        }

        #[doc = concat!("PyTorch: `nn.", stringify!($one), "`.")]
        pub type $one = $name<1>;
        #[doc = concat!("PyTorch: `nn.", stringify!($two), "`.")]
        pub type $two = $name<2>;
        #[doc = concat!("PyTorch: `nn.", stringify!($three), "`.")]
        pub type $three = $name<3>;

        builder! {
            #[doc = concat!("Options of a [`", stringify!($name), "`].")]
            $builder<const N: usize>(num_features: usize) {
                /// Added to the variance; by default 1e-5.
                eps: f64 = 1e-5,
                /// The weight of a new batch in the running statistics, by default 0.1; `None` for the mean over all batches.
                momentum: Option<f64> = Some(0.1),
                /// Whether there are a weight and, unless it is forgone, a bias.
                affine: bool = $affine,
                /// Whether there is a bias next to the weight; true by default.
                bias: bool = true,
                /// Whether there are running statistics.
                track_running_stats: bool = $track,
            }
        }

        impl<const N: usize> $name<N> {
            /// A layer for `num_features` channels, with PyTorch's defaults.
            #[track_caller]
            pub fn new(num_features: usize) -> Result<$name<N>> {
                $name::builder(num_features).build()
            }

            /// A layer with options.
            pub fn builder(num_features: usize) -> $builder<N> {
                $builder::new(num_features)
            }

            /// The running mean, `[channels]`.
            pub fn running_mean(&self) -> Option<&Buffer> {
                self.running.as_ref().map(|r| &r.mean)
            }

            /// The running unbiased variance, `[channels]`.
            pub fn running_var(&self) -> Option<&Buffer> {
                self.running.as_ref().map(|r| &r.var)
            }

            /// How many batches the running statistics have seen.
            pub fn num_batches_tracked(&self) -> Option<&Buffer> {
                self.running.as_ref().map(|r| &r.batches)
            }

            fn name(&self) -> &'static str {
                let names = [stringify!($one), stringify!($two), stringify!($three)];
                crate::layers::sizes::name_of(N, names, stringify!($name))
            }

            fn repr(&self) -> String {
                let a = &self.args;
                let momentum = a.momentum.map_or("None".to_owned(), |m| format!("{m:?}"));
                let (affine, track) = (py_bool(a.affine), py_bool(a.track_running_stats));
                let bias = py_bool(self.bias.is_some());
                format!(
                    "{}, eps={}, momentum={momentum}, affine={affine}, bias={bias}, track_running_stats={track}",
                    a.num_features,
                    float(a.eps)
                )
            }
        }

        impl<const N: usize> $builder<N> {
            /// The layer: ones and zeros.
            #[track_caller]
            pub fn build(self) -> Result<$name<N>> {
                let (weight, bias) = affine(&[self.num_features], self.affine, self.bias, &self.options)?;
                let running = match self.track_running_stats {
                    true => Some(Running::new(self.num_features, &self.options)?),
                    false => None,
                };
                Ok($name { weight, bias, running, args: self, state: ModuleState::default() })
            }
        }

        impl<const N: usize> Forward for $name<N> {
            type Output = Tensor;
            fn forward(&self, $x: &Tensor) -> Result<Tensor> {
                let $layer = self;
                $forward
            }
        }
    };
}
pub(super) use channelwise;
