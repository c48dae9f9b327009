//! Activations as layers.

use crate::functional::{
    CELUOptions, ELUOptions, GELUOptions, GLUOptions, HardshrinkOptions, HardtanhOptions,
    LeakyReLUOptions, RReLUOptions, SoftplusOptions, SoftshrinkOptions,
};
use crate::{Forward, Module, ModuleState, Parameter, functional, init};
use rushlight_tensor::{Error, Result, Tensor, options};

/// Declares activations without options: name, required arguments, printed form, and the function of [`functional`] that computes them.
macro_rules! activations {
    ($($(#[$doc:meta])* $name:ident ($($field:ident: $type:ty),*), $repr:literal, |$x:ident| $call:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug)]
        #[module(repr = Self::repr)]
        pub struct $name {
            $(#[doc = concat!("PyTorch's `", stringify!($field), "`.")] #[module(skip)] pub $field: $type,)*
            state: ModuleState,
        }

        impl $name {
            /// Creates the layer.
            pub fn new($($field: $type),*) -> $name {
                $name { $($field,)* state: ModuleState::default() }
            }

            fn repr(&self) -> String {
                let $name { $($field,)* .. } = self;
                format!($repr)
            }
        }

        impl Forward for $name {
            type Output = Tensor;
            fn forward(&self, $x: &Tensor) -> Result<Tensor> {
                let &$name { $($field,)* .. } = self;
                $call
            }
        }

        activations!(@default $name $($field)*);
    )* };
    (@default $name:ident) => {
        impl Default for $name {
            fn default() -> $name {
                $name::new()
            }
        }
    };
    (@default $name:ident $($field:ident)+) => {};
}

/// Declares activations with options: name, options, printed form, and the function of [`functional`] that computes them.
macro_rules! activations_with_options {
    ($($(#[$doc:meta])* $name:ident, $options:ident { $($field:ident),* }, $repr:literal, |$layer:ident, $x:ident| $call:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug, Default)]
        #[module(repr = Self::repr)]
        pub struct $name {
            #[module(skip)]
            options: $options,
            state: ModuleState,
        }

        impl $name {
            /// Creates the layer with PyTorch's defaults.
            pub fn new() -> $name {
                $name::default()
            }

            /// Creates the layer with options.
            pub fn with(options: impl Into<$options>) -> $name {
                $name { options: options.into(), state: ModuleState::default() }
            }

            /// Returns the options.
            pub fn options(&self) -> &$options {
                &self.options
            }

            fn repr(&self) -> String {
                let $options { $($field),* } = self.options;
                format!($repr)
            }
        }

        impl Forward for $name {
            type Output = Tensor;
            fn forward(&self, $x: &Tensor) -> Result<Tensor> {
                let $layer = self;
                $call
            }
        }
    )* };
}

activations! {
    /// Computes `max(x, 0)`. PyTorch: `nn.ReLU`.
    ///
    /// ```
    /// use rushlight::nn::{Call, ReLU};
    /// use rushlight::tensor;
    /// assert_eq!(ReLU::new().call(&tensor!([-1.0, 2.0]))?.to_vec::<f32>()?, [0.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ReLU(), "", |x| functional::relu(x);
    /// Computes `min(max(x, 0), 6)`. PyTorch: `nn.ReLU6`.
    ///
    /// ```
    /// use rushlight::nn::{Call, ReLU6};
    /// use rushlight::tensor;
    /// assert_eq!(ReLU6::new().call(&tensor!([-1.0, 8.0]))?.to_vec::<f32>()?, [0.0, 6.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ReLU6(), "", |x| functional::relu6(x);
    /// Computes `1 / (1 + e⁻ˣ)`. PyTorch: `nn.Sigmoid`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Sigmoid};
    /// use rushlight::tensor;
    /// assert_eq!(Sigmoid::new().call(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.5, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Sigmoid(), "", |x| functional::sigmoid(x);
    /// Computes the hyperbolic tangent. PyTorch: `nn.Tanh`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Tanh};
    /// use rushlight::tensor;
    /// assert_eq!(Tanh::new().call(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Tanh(), "", |x| functional::tanh(x);
    /// Computes `x sigmoid(x)`. PyTorch: `nn.SiLU`.
    ///
    /// ```
    /// use rushlight::nn::{Call, SiLU};
    /// use rushlight::tensor;
    /// assert_eq!(SiLU::new().call(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 100.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    SiLU(), "", |x| functional::silu(x);
    /// Computes `x tanh(ln(1 + eˣ))`. PyTorch: `nn.Mish`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Mish};
    /// use rushlight::tensor;
    /// assert_eq!(Mish::new().call(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 100.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Mish(), "", |x| functional::mish(x);
    /// Computes the self-normalizing exponential unit. PyTorch: `nn.SELU`.
    ///
    /// ```
    /// use rushlight::nn::{Call, SELU};
    /// use rushlight::tensor;
    /// assert_eq!(SELU::new().call(&tensor!([0.0, 1.0]))?.to_vec::<f32>()?, [0.0, 1.050_701]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    SELU(), "", |x| functional::selu(x);
    /// Computes `x / (1 + |x|)`. PyTorch: `nn.Softsign`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Softsign};
    /// use rushlight::tensor;
    /// assert_eq!(Softsign::new().call(&tensor!([-1.0, 3.0]))?.to_vec::<f32>()?, [-0.5, 0.75]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Softsign(), "", |x| functional::softsign(x);
    /// Computes `x - tanh x`. PyTorch: `nn.Tanhshrink`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Tanhshrink};
    /// use rushlight::tensor;
    /// assert_eq!(Tanhshrink::new().call(&tensor!([0.0, 20.0]))?.to_vec::<f32>()?, [0.0, 19.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Tanhshrink(), "", |x| functional::tanhshrink(x);
    /// Computes `x hardsigmoid(x)`. PyTorch: `nn.Hardswish`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Hardswish};
    /// use rushlight::tensor;
    /// assert_eq!(Hardswish::new().call(&tensor!([-4.0, 6.0]))?.to_vec::<f32>()?, [0.0, 6.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Hardswish(), "", |x| functional::hardswish(x);
    /// Computes `x / 6 + 1/2`, limited to `[0, 1]`. PyTorch: `nn.Hardsigmoid`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Hardsigmoid};
    /// use rushlight::tensor;
    /// assert_eq!(Hardsigmoid::new().call(&tensor!([-4.0, 0.0]))?.to_vec::<f32>()?, [0.0, 0.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Hardsigmoid(), "", |x| functional::hardsigmoid(x);
    /// Computes `ln sigmoid(x)`. PyTorch: `nn.LogSigmoid`.
    ///
    /// ```
    /// use rushlight::nn::{Call, LogSigmoid};
    /// use rushlight::tensor;
    /// assert_eq!(LogSigmoid::new().call(&tensor!([-1000.0, 1000.0]))?.to_vec::<f32>()?, [-1000.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    LogSigmoid(), "", |x| functional::log_sigmoid(x);
    /// Computes `e^xᵢ / Σ e^xⱼ` along `dim`. PyTorch: `nn.Softmax`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Softmax};
    /// use rushlight::tensor;
    /// assert_eq!(Softmax::new(0).call(&tensor!([1.0, 1.0]))?.to_vec::<f32>()?, [0.5, 0.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Softmax(dim: isize), "dim={dim}", |x| functional::softmax(x, dim);
    /// Computes `ln softmax(x)` along `dim`. PyTorch: `nn.LogSoftmax`.
    ///
    /// ```
    /// use rushlight::nn::{Call, LogSoftmax};
    /// use rushlight::tensor;
    /// assert_eq!(LogSoftmax::new(0).call(&tensor!([0.0, 1000.0]))?.to_vec::<f32>()?, [-1000.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    LogSoftmax(dim: isize), "dim={dim}", |x| functional::log_softmax(x, dim);
    /// Computes `e^-xᵢ / Σ e^-xⱼ` along `dim`. PyTorch: `nn.Softmin`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Softmin};
    /// use rushlight::tensor;
    /// assert_eq!(Softmin::new(0).call(&tensor!([0.0, 1000.0]))?.to_vec::<f32>()?, [1.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Softmin(dim: isize), "dim={dim}", |x| functional::softmin(x, dim);
    /// Returns `x` where it is above `threshold`, and `value` elsewhere. PyTorch: `nn.Threshold`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Threshold};
    /// use rushlight::tensor;
    /// assert_eq!(Threshold::new(1.0, -1.0).call(&tensor!([0.5, 2.0]))?.to_vec::<f32>()?, [-1.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Threshold(threshold: f64, value: f64), "threshold={threshold:?}, value={value:?}", |x| functional::threshold(x, threshold, value);
}

activations_with_options! {
    /// Returns `x` where it is above 0, and `negative_slope x` elsewhere. PyTorch: `nn.LeakyReLU`.
    ///
    /// ```
    /// use rushlight::nn::{Call, LeakyReLU};
    /// use rushlight::tensor;
    /// assert_eq!(LeakyReLU::with(0.5).call(&tensor!([-2.0, 3.0]))?.to_vec::<f32>()?, [-1.0, 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    LeakyReLU, LeakyReLUOptions { negative_slope }, "negative_slope={negative_slope:?}", |layer, x| functional::leaky_relu(x, layer.options);
    /// Returns `x` where it is above 0, and `alpha (eˣ - 1)` elsewhere. PyTorch: `nn.ELU`.
    ///
    /// ```
    /// use rushlight::nn::{Call, ELU};
    /// use rushlight::tensor;
    /// assert_eq!(ELU::new().call(&tensor!([-1.0, 3.0]))?.to_vec::<f32>()?, [-0.632_120_55, 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ELU, ELUOptions { alpha }, "alpha={alpha:?}", |layer, x| functional::elu(x, layer.options);
    /// Computes `max(0, x) + min(0, alpha (e^(x/alpha) - 1))`. PyTorch: `nn.CELU`.
    ///
    /// ```
    /// use rushlight::nn::{CELU, Call};
    /// use rushlight::tensor;
    /// assert_eq!(CELU::with(2.0).call(&tensor!([-2.0, 3.0]))?.to_vec::<f32>()?, [-1.264_241_1, 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    CELU, CELUOptions { alpha }, "alpha={alpha:?}", |layer, x| functional::celu(x, layer.options);
    /// Computes `ln(1 + e^(beta x)) / beta`, and returns `x` where `beta x` exceeds the threshold. PyTorch: `nn.Softplus`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Softplus};
    /// use rushlight::tensor;
    /// assert_eq!(Softplus::new().call(&tensor!([0.0, 30.0]))?.to_vec::<f32>()?, [0.693_147_2, 30.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Softplus, SoftplusOptions { beta, threshold }, "beta={beta:?}, threshold={threshold:?}", |layer, x| functional::softplus(x, layer.options);
    /// Moves `x` towards 0 by `lambd`. PyTorch: `nn.Softshrink`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Softshrink};
    /// use rushlight::tensor;
    /// assert_eq!(Softshrink::new().call(&tensor!([-2.0, 0.25]))?.to_vec::<f32>()?, [-1.5, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Softshrink, SoftshrinkOptions { lambd }, "{lambd:?}", |layer, x| functional::softshrink(x, layer.options);
    /// Returns `x` outside `[-lambd, lambd]`, and 0 inside. PyTorch: `nn.Hardshrink`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Hardshrink};
    /// use rushlight::tensor;
    /// assert_eq!(Hardshrink::new().call(&tensor!([-2.0, 0.25]))?.to_vec::<f32>()?, [-2.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Hardshrink, HardshrinkOptions { lambd }, "{lambd:?}", |layer, x| functional::hardshrink(x, layer.options);
    /// Limits `x` to `[min_val, max_val]`. PyTorch: `nn.Hardtanh`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Hardtanh};
    /// use rushlight::tensor;
    /// assert_eq!(Hardtanh::new().call(&tensor!([-3.0, 0.25]))?.to_vec::<f32>()?, [-1.0, 0.25]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Hardtanh, HardtanhOptions { min_val, max_val }, "min_val={min_val:?}, max_val={max_val:?}", |layer, x| functional::hardtanh(x, layer.options);
    /// Computes `a sigmoid(b)` for the two halves of `x` along `dim`. PyTorch: `nn.GLU`.
    ///
    /// ```
    /// use rushlight::nn::{Call, GLU};
    /// use rushlight::tensor;
    /// assert_eq!(GLU::new().call(&tensor!([4.0, 0.0]))?.to_vec::<f32>()?, [2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    GLU, GLUOptions { dim }, "dim={dim}", |layer, x| functional::glu(x, layer.options);
    /// Returns `x` where it is above 0, and elsewhere `x` times a slope drawn from `[lower, upper)`, or times the mean of the two bounds in
    /// evaluation. PyTorch: `nn.RReLU`.
    ///
    /// ```
    /// use rushlight::nn::{Call, RReLU, functional::RReLUOptions};
    /// use rushlight::tensor;
    /// let layer = RReLU::with(RReLUOptions::new().lower(0.5).upper(0.5));
    /// assert_eq!(layer.call(&tensor!([-2.0, 3.0]))?.to_vec::<f32>()?, [-1.0, 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    RReLU, RReLUOptions { lower, upper }, "lower={lower:?}, upper={upper:?}",
        |layer, x| functional::rrelu(x, layer.state.is_training(), layer.options);
    /// Computes the Gaussian error linear unit: `x Φ(x)`, or its approximation with the hyperbolic tangent. PyTorch: `nn.GELU`.
    ///
    /// ```
    /// use rushlight::nn::{Call, GELU, functional::Approximate};
    /// use rushlight::tensor;
    /// let gelu = GELU::with(Approximate::Tanh);
    /// assert_eq!(gelu.call(&tensor!([0.0, 1.0]))?.to_vec::<f32>()?, [0.0, 0.841_192]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    GELU, GELUOptions { approximate }, "approximate='{approximate}'", |layer, x| functional::gelu(x, layer.options);
}

/// Computes `e^xᵢ / Σ e^xⱼ` over the channels of each pixel of `[n, c, h, w]` or `[c, h, w]`. PyTorch: `nn.Softmax2d`.
///
/// ```
/// use rushlight::nn::{Call, Softmax2d};
/// use rushlight::Tensor;
/// let y = Softmax2d::new().call(&Tensor::zeros([2, 1, 2], ())?)?;
/// assert_eq!(y.to_vec::<f32>()?, [0.5; 4]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug, Default)]
pub struct Softmax2d {
    state: ModuleState,
}

impl Softmax2d {
    /// Creates the layer.
    pub fn new() -> Softmax2d {
        Softmax2d::default()
    }
}

impl Forward for Softmax2d {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match x.ndim() {
            3 | 4 => functional::softmax(x, -3),
            _ => Err(Error::shape(format!(
                "Softmax2d: expected [n, c, h, w] or [c, h, w], got shape {:?}",
                x.shape()
            ))),
        }
    }
}

/// Returns `x` where it is above 0, and `weight x` elsewhere, with a learnt slope per channel or one for all. PyTorch: `nn.PReLU`.
///
/// ```
/// use rushlight::nn::{Call, PReLU};
/// use rushlight::tensor;
/// assert_eq!(PReLU::new()?.call(&tensor!([-1.0, 2.0]))?.to_vec::<f32>()?, [-0.25, 2.0]);
/// assert_eq!(PReLU::with(3)?.weight.shape(), [3]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct PReLU {
    /// The slopes, `[channels]` or `[1]`.
    pub weight: Parameter,
    #[module(skip)]
    options: PReLUOptions,
    state: ModuleState,
}

options! {
    /// Options of a [`PReLU`].
    PReLUOptions from(num_parameters: usize) {
        /// The number of slopes: by default 1, for all channels; otherwise one per channel.
        num_parameters: usize = 1,
        /// The initial slope; by default 0.25.
        init: f64 = 0.25,
    }
    parameters
}

impl PReLU {
    /// Creates a layer with one slope for all channels.
    ///
    /// # Errors
    /// Returns an error if the parameter does not fit in memory.
    #[track_caller]
    pub fn new() -> Result<PReLU> {
        PReLU::with(())
    }

    /// Creates a layer with options, or with a number of slopes.
    ///
    /// # Errors
    /// Returns an error if `num_parameters` is 0, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(options: impl Into<PReLUOptions>) -> Result<PReLU> {
        let mut options = options.into();
        let factory = options.take_factory();
        if options.num_parameters == 0 {
            return Err(Error::value("PReLU: num_parameters must be positive"));
        }
        let weight = Tensor::empty(options.num_parameters, factory)?;
        init::constant_(&weight, options.init)?;
        Ok(PReLU {
            weight: Parameter::new(weight)?,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &PReLUOptions {
        &self.options
    }

    fn repr(&self) -> String {
        format!("num_parameters={}", self.weight.numel())
    }
}

impl Forward for PReLU {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::prelu(x, &self.weight)
    }
}
