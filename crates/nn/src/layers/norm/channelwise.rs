//! The code that batch and instance normalization share: a layer with a number of channels and one, two or three spatial dimensions.

/// Defines such a layer: its names, its options with their defaults, and its computation.
macro_rules! channelwise {
    (
        $(#[$doc:meta])* $name:ident, [$one:ident, $two:ident, $three:ident], $options:ident,
        affine $affine:literal, track $track:literal, |$layer:ident, $x:ident| $forward:expr
    ) => {
        $(#[$doc])*
        #[derive(Module, Debug)]
        #[module(type_name = Self::name, repr = Self::repr)]
        pub struct $name<const N: usize> {
            /// The weight, `[channels]`, if the layer is affine.
            pub weight: Option<Parameter>,
            /// The bias, `[channels]`, if the layer is affine and has a bias.
            pub bias: Option<Parameter>,
            running: Option<Running>,
            #[module(skip)]
            num_features: usize,
            #[module(skip)]
            options: $options,
            state: ModuleState,
        }

        #[doc = concat!("PyTorch: `nn.", stringify!($one), "`.")]
        pub type $one = $name<1>;
        #[doc = concat!("PyTorch: `nn.", stringify!($two), "`.")]
        pub type $two = $name<2>;
        #[doc = concat!("PyTorch: `nn.", stringify!($three), "`.")]
        pub type $three = $name<3>;

        options! {
            #[doc = concat!("Options of a [`", stringify!($name), "`].")]
            $options {
                /// The number that is added to the variance; by default 1e-5.
                eps: f64 = 1e-5,
                /// The weight of a new batch in the running statistics, by default 0.1; `None` computes the mean over all batches.
                momentum(into): Option<f64> = Some(0.1),
                #[doc = concat!("Whether there is a weight, and with it a bias; by default ", stringify!($affine), ".")]
                affine: bool = $affine,
                #[doc = concat!("Whether there are running statistics; by default ", stringify!($track), ".")]
                track_running_stats: bool = $track,
                /// Whether there is a bias in addition to the weight; by default true.
                bias: bool = true,
            }
            parameters
        }

        impl<const N: usize> $name<N> {
            /// Creates a layer for `num_features` channels, with PyTorch's defaults.
            ///
            /// # Errors
            /// Returns an error if the parameters do not fit in memory.
            #[track_caller]
            pub fn new(num_features: usize) -> Result<$name<N>> {
                $name::with(num_features, ())
            }

            /// Creates a layer with options. Weight and running variance are initialized to one, bias and running mean to zero.
            ///
            /// # Errors
            /// Returns an error if the parameters do not fit in memory.
            #[track_caller]
            pub fn with(num_features: usize, options: impl Into<$options>) -> Result<$name<N>> {
                $name::make(num_features, options.into())
            }

            #[track_caller]
            fn make(num_features: usize, mut options: $options) -> Result<$name<N>> {
                let factory = options.take_factory();
                let (weight, bias) = affine(&[num_features], options.affine, options.bias, &factory)?;
                let running = match options.track_running_stats {
                    true => Some(Running::new(num_features, &factory)?),
                    false => None,
                };
                Ok($name { weight, bias, running, num_features, options, state: ModuleState::default() })
            }

            /// Returns the options, without dtype and device.
            pub fn options(&self) -> &$options {
                &self.options
            }

            /// Returns the running mean, `[channels]`.
            pub fn running_mean(&self) -> Option<&Buffer> {
                self.running.as_ref().map(|r| &r.mean)
            }

            /// Returns the running unbiased variance, `[channels]`.
            pub fn running_var(&self) -> Option<&Buffer> {
                self.running.as_ref().map(|r| &r.var)
            }

            /// Returns the number of batches in the running statistics.
            pub fn num_batches_tracked(&self) -> Option<&Buffer> {
                self.running.as_ref().map(|r| &r.batches)
            }

            fn name(&self) -> &'static str {
                let names = [stringify!($one), stringify!($two), stringify!($three)];
                crate::layers::sizes::name_of(N, names, stringify!($name))
            }

            fn repr(&self) -> String {
                let options = &self.options;
                let momentum = options.momentum.map_or("None".to_owned(), |m| format!("{m:?}"));
                let (affine, track) = (py_bool(options.affine), py_bool(options.track_running_stats));
                let bias = py_bool(self.bias.is_some());
                format!(
                    "{}, eps={}, momentum={momentum}, affine={affine}, bias={bias}, track_running_stats={track}",
                    self.num_features,
                    float(options.eps)
                )
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
