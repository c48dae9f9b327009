//! Normalisation layers.

use super::sizes::tuple;
use crate::builder::builder;
use crate::functional::{self, RunningStats};
use crate::repr::python;
use crate::{Buffer, Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{DType, Error, GradMode, Ints, Options, Result, Tensor};

/// The running statistics of a normalisation: buffers `running_mean`, `running_var` and `num_batches_tracked`.
#[derive(Debug)]
struct Running {
    mean: Buffer,
    var: Buffer,
    batches: Buffer,
}

impl Running {
    #[track_caller]
    fn new(features: usize, options: &Options) -> Result<Running> {
        let batches = Options {
            dtype: Some(DType::I64),
            device: options.device.clone(),
        };
        Ok(Running {
            mean: Buffer::new(Tensor::zeros(features, options.clone())?),
            var: Buffer::new(Tensor::ones(features, options.clone())?),
            batches: Buffer::new(Tensor::zeros((), batches)?),
        })
    }

    /// The statistics with the weight of the next batch: the momentum, or for a cumulative mean one over the number of batches.
    fn stats(&self, momentum: Option<f64>, training: bool) -> Result<RunningStats<'_>> {
        if training {
            let _no_grad = GradMode::set(false);
            self.batches.add_(1)?;
        }
        let momentum = match momentum {
            Some(momentum) => momentum,
            None if training => 1.0 / self.batches.item::<i64>()? as f64,
            None => 0.0,
        };
        Ok(RunningStats {
            mean: &self.mean,
            var: &self.var,
            momentum,
        })
    }
}

impl crate::Node for Running {
    fn visit_node<'a>(&'a self, _name: &str, visitor: &mut dyn crate::Visitor<'a>) {
        visitor.buffer("running_mean", &self.mean);
        visitor.buffer("running_var", &self.var);
        visitor.buffer("num_batches_tracked", &self.batches);
    }
    fn visit_node_mut(&mut self, _name: &str, visitor: &mut dyn crate::VisitorMut) -> Result<()> {
        visitor.buffer("running_mean", &mut self.mean)?;
        visitor.buffer("running_var", &mut self.var)?;
        visitor.buffer("num_batches_tracked", &mut self.batches)
    }
}

/// Ones and zeros, the starting scale and shift of every normalisation.
#[track_caller]
fn affine(
    shape: &[usize],
    weight: bool,
    bias: bool,
    options: &Options,
) -> Result<(Option<Parameter>, Option<Parameter>)> {
    let one = match weight {
        true => Some(Parameter::new(Tensor::ones(shape, options.clone())?)?),
        false => None,
    };
    let zero = match weight && bias {
        true => Some(Parameter::new(Tensor::zeros(shape, options.clone())?)?),
        false => None,
    };
    Ok((one, zero))
}

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
            /// `[channels]`, if the layer is affine.
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
                /// Whether there are a weight and a bias.
                affine: bool = $affine,
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
                names.get(N.wrapping_sub(1)).unwrap_or(&stringify!($name))
            }

            fn repr(&self) -> String {
                let a = &self.args;
                let momentum = a.momentum.map_or("None".to_owned(), |m| format!("{m:?}"));
                let (affine, track) = (python(a.affine), python(a.track_running_stats));
                format!(
                    "{}, eps={}, momentum={momentum}, affine={affine}, bias={affine}, track_running_stats={track}",
                    a.num_features,
                    float(a.eps)
                )
            }
        }

        impl<const N: usize> $builder<N> {
            /// The layer: ones and zeros.
            #[track_caller]
            pub fn build(self) -> Result<$name<N>> {
                let (weight, bias) = affine(&[self.num_features], self.affine, true, &self.options)?;
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

channelwise! {
    /// `(x - mean) / √(var + eps) w + b` of each channel, over batch and space.
    ///
    /// In training with the statistics of the batch, which move the running ones (the variance unbiased); in evaluation with those.
    /// `BatchNorm1d` takes `[n, c]` and `[n, c, l]`, `BatchNorm2d` `[n, c, h, w]`, `BatchNorm3d` `[n, c, d, h, w]`.
    ///
    /// ```
    /// use rushlight_nn::{BatchNorm1d, Call, ModuleExt};
    /// use rushlight_tensor::Tensor;
    /// let norm = BatchNorm1d::new(3)?;
    /// norm.call(&Tensor::ones([4, 3], ())?)?;
    /// assert_eq!(norm.running_mean().unwrap().to_vec::<f32>()?, [0.1; 3]);
    /// assert_eq!(norm.state_dict().keys().last(), Some("num_batches_tracked"));
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    BatchNorm, [BatchNorm1d, BatchNorm2d, BatchNorm3d], BatchNormBuilder, affine true, track true, |layer, x| {
        let fits = x.ndim() == N + 2 || (N == 1 && x.ndim() == 2);
        if !fits {
            let expected = if N == 1 { "2 or 3".to_owned() } else { (N + 2).to_string() };
            return Err(Error::shape(format!("{}: expected {expected} dimensions, got shape {:?}", layer.name(), x.shape())));
        }
        let training = layer.state.is_training();
        let running = match &layer.running {
            Some(running) => Some(running.stats(layer.args.momentum, training)?),
            None => None,
        };
        let batch = training || running.is_none();
        functional::batch_norm(x, running, layer.weight.as_deref(), layer.bias.as_deref(), batch, layer.args.eps)
    }
}

channelwise! {
    /// `(x - mean) / √(var + eps) w + b` of each channel of each sample, over space: `[n, c, *s]`, or `[c, *s]` of one sample.
    ///
    /// By default without weight and bias and without running statistics.
    InstanceNorm, [InstanceNorm1d, InstanceNorm2d, InstanceNorm3d], InstanceNormBuilder, affine false, track false, |layer, x| {
        let single = x.ndim() == N + 1;
        if !single && x.ndim() != N + 2 {
            let name = layer.name();
            return Err(Error::shape(format!("{name}: expected {} or {} dimensions, got shape {:?}", N + 1, N + 2, x.shape())));
        }
        let training = layer.state.is_training();
        let running = match &layer.running {
            Some(running) => Some(running.stats(layer.args.momentum, false)?),
            None => None,
        };
        // Unlike a batch norm's, these statistics move without counting batches; a cumulative mean stays where it is.
        let own = training || running.is_none();
        let running = if training || !own { running } else { None };
        let batch = if single { x.unsqueeze(0)? } else { x.clone() };
        let y = functional::instance_norm(&batch, running, layer.weight.as_deref(), layer.bias.as_deref(), own, layer.args.eps)?;
        if single { y.squeeze_dim(0) } else { Ok(y) }
    }
}

/// `(x - mean) / √(var + eps) w + b` over the trailing dimensions. PyTorch: `nn.LayerNorm`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct LayerNorm {
    /// Of the normalised shape.
    pub weight: Option<Parameter>,
    /// Of the normalised shape.
    pub bias: Option<Parameter>,
    #[module(skip)]
    shape: Vec<usize>,
    #[module(skip)]
    eps: f64,
    state: ModuleState,
}

builder! {
    /// Options of a [`LayerNorm`].
    LayerNormBuilder(normalized_shape: Ints) {
        /// Added to the variance; by default 1e-5.
        eps: f64 = 1e-5,
        /// Whether there is a weight, and with it a bias; by default yes.
        elementwise_affine: bool = true,
        /// Whether there is a bias beside the weight; by default yes.
        bias: bool = true,
    }
}

impl LayerNorm {
    /// A layer for inputs whose shape ends with this one.
    #[track_caller]
    pub fn new(normalized_shape: impl Into<Ints>) -> Result<LayerNorm> {
        LayerNorm::builder(normalized_shape).build()
    }

    /// A layer with options.
    pub fn builder(normalized_shape: impl Into<Ints>) -> LayerNormBuilder {
        LayerNormBuilder::new(normalized_shape.into())
    }

    fn repr(&self) -> String {
        let affine = python(self.weight.is_some());
        format!(
            "{}, eps={}, elementwise_affine={affine}, bias={}",
            tuple(&self.shape),
            float(self.eps),
            python(self.bias.is_some())
        )
    }
}

impl LayerNormBuilder {
    /// The layer: ones and zeros.
    #[track_caller]
    pub fn build(self) -> Result<LayerNorm> {
        let shape = normalized("LayerNorm", &self.normalized_shape)?;
        let (weight, bias) = affine(&shape, self.elementwise_affine, self.bias, &self.options)?;
        Ok(LayerNorm {
            weight,
            bias,
            shape,
            eps: self.eps,
            state: ModuleState::default(),
        })
    }
}

impl Forward for LayerNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::layer_norm(
            x,
            &self.shape,
            self.weight.as_deref(),
            self.bias.as_deref(),
            self.eps,
        )
    }
}

/// `x / √(mean x² + eps) w` over the trailing dimensions. PyTorch: `nn.RMSNorm`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct RMSNorm {
    /// Of the normalised shape.
    pub weight: Option<Parameter>,
    #[module(skip)]
    shape: Vec<usize>,
    #[module(skip)]
    eps: Option<f64>,
    state: ModuleState,
}

builder! {
    /// Options of an [`RMSNorm`].
    RMSNormBuilder(normalized_shape: Ints) {
        /// Added to the mean square; by default the input dtype's epsilon.
        eps: Option<f64> = None,
        /// Whether there is a weight; by default yes.
        elementwise_affine: bool = true,
    }
}

impl RMSNorm {
    /// A layer for inputs whose shape ends with this one.
    #[track_caller]
    pub fn new(normalized_shape: impl Into<Ints>) -> Result<RMSNorm> {
        RMSNorm::builder(normalized_shape).build()
    }

    /// A layer with options.
    pub fn builder(normalized_shape: impl Into<Ints>) -> RMSNormBuilder {
        RMSNormBuilder::new(normalized_shape.into())
    }

    fn repr(&self) -> String {
        let eps = self.eps.map_or("None".to_owned(), float);
        format!(
            "{}, eps={eps}, elementwise_affine={}",
            tuple(&self.shape),
            python(self.weight.is_some())
        )
    }
}

impl RMSNormBuilder {
    /// The layer: ones.
    #[track_caller]
    pub fn build(self) -> Result<RMSNorm> {
        let shape = normalized("RMSNorm", &self.normalized_shape)?;
        let (weight, _) = affine(&shape, self.elementwise_affine, false, &self.options)?;
        Ok(RMSNorm {
            weight,
            shape,
            eps: self.eps,
            state: ModuleState::default(),
        })
    }
}

impl Forward for RMSNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::rms_norm(x, &self.shape, self.weight.as_deref(), self.eps)
    }
}

/// `(x - mean) / √(var + eps) w + b` over each of several groups of channels of `[n, c, ..]`. PyTorch: `nn.GroupNorm`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct GroupNorm {
    /// `[channels]`.
    pub weight: Option<Parameter>,
    /// `[channels]`.
    pub bias: Option<Parameter>,
    #[module(skip)]
    args: GroupNormBuilder,
    state: ModuleState,
}

builder! {
    /// Options of a [`GroupNorm`].
    GroupNormBuilder(num_groups: usize, num_channels: usize) {
        /// Added to the variance; by default 1e-5.
        eps: f64 = 1e-5,
        /// Whether there are a weight and a bias; by default yes.
        affine: bool = true,
    }
}

impl GroupNorm {
    /// A layer; the groups must divide the channels.
    #[track_caller]
    pub fn new(num_groups: usize, num_channels: usize) -> Result<GroupNorm> {
        GroupNorm::builder(num_groups, num_channels).build()
    }

    /// A layer with options.
    pub fn builder(num_groups: usize, num_channels: usize) -> GroupNormBuilder {
        GroupNormBuilder::new(num_groups, num_channels)
    }

    fn repr(&self) -> String {
        let a = &self.args;
        let affine = python(a.affine);
        format!(
            "{}, {}, eps={}, affine={affine}, bias={affine}",
            a.num_groups,
            a.num_channels,
            float(a.eps)
        )
    }
}

impl GroupNormBuilder {
    /// The layer: ones and zeros.
    #[track_caller]
    pub fn build(self) -> Result<GroupNorm> {
        if self.num_groups == 0 || !self.num_channels.is_multiple_of(self.num_groups) {
            let (channels, groups) = (self.num_channels, self.num_groups);
            return Err(Error::value(format!(
                "GroupNorm: {channels} channels do not divide into {groups} groups"
            )));
        }
        let (weight, bias) = affine(&[self.num_channels], self.affine, true, &self.options)?;
        Ok(GroupNorm {
            weight,
            bias,
            args: self,
            state: ModuleState::default(),
        })
    }
}

impl Forward for GroupNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::group_norm(
            x,
            self.args.num_groups,
            self.weight.as_deref(),
            self.bias.as_deref(),
            self.args.eps,
        )
    }
}

/// `x / (k + alpha / size Σ x²)^beta` over neighbouring channels. PyTorch: `nn.LocalResponseNorm`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct LocalResponseNorm {
    #[module(skip)]
    args: [f64; 3],
    #[module(skip)]
    size: usize,
    state: ModuleState,
}

impl LocalResponseNorm {
    /// A layer with PyTorch's defaults: alpha 1e-4, beta 0.75, k 1.
    pub fn new(size: usize) -> LocalResponseNorm {
        LocalResponseNorm::with(size, 1e-4, 0.75, 1.0)
    }

    /// A layer with arguments of its own.
    pub fn with(size: usize, alpha: f64, beta: f64, k: f64) -> LocalResponseNorm {
        LocalResponseNorm {
            args: [alpha, beta, k],
            size,
            state: ModuleState::default(),
        }
    }

    fn repr(&self) -> String {
        let [alpha, beta, k] = self.args;
        format!("{}, alpha={alpha:?}, beta={beta:?}, k={k:?}", self.size)
    }
}

impl Forward for LocalResponseNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [alpha, beta, k] = self.args;
        functional::local_response_norm(x, self.size, alpha, beta, k)
    }
}

#[track_caller]
fn normalized(name: &str, shape: &Ints) -> Result<Vec<usize>> {
    let sizes: Option<Vec<usize>> = shape
        .as_slice()
        .iter()
        .map(|&n| usize::try_from(n).ok())
        .collect();
    match sizes {
        Some(sizes) if !sizes.is_empty() => Ok(sizes),
        _ => Err(Error::shape(format!(
            "{name}: the normalised shape must be sizes, not {:?}",
            shape.as_slice()
        ))),
    }
}

/// A small number as Python prints it: `1e-05`.
fn float(x: f64) -> String {
    let text = format!("{x:?}");
    match text.split_once("e-") {
        Some((digits, exponent)) if exponent.len() == 1 => format!("{digits}e-0{exponent}"),
        _ => text,
    }
}
