//! Activations as layers.

use crate::functional::Gelu;
use crate::{Forward, Module, ModuleState, Parameter, functional, init};
use rushlight_tensor::{Error, Options, Result, Tensor};

/// Declares activations: name, parameters with defaults, printed form, and the function of [`functional`] that computes them.
macro_rules! activations {
    ($($(#[$doc:meta])* $name:ident ($($field:ident: $type:ty = $default:expr),*), $repr:literal, |$x:ident| $call:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug)]
        #[module(repr = Self::repr)]
        pub struct $name {
            $(#[doc = concat!("PyTorch's `", stringify!($field), "`.")] #[module(skip)] pub $field: $type,)*
            state: ModuleState,
        }

        impl $name {
            /// The layer.
            pub fn new($($field: $type),*) -> $name {
                $name { $($field,)* state: ModuleState::default() }
            }

            fn repr(&self) -> String {
                let $name { $($field,)* .. } = self;
                format!($repr)
            }
        }

        /// With PyTorch's default arguments.
        impl Default for $name {
            fn default() -> $name {
                $name::new($($default),*)
            }
        }

        impl Forward for $name {
            type Output = Tensor;
            fn forward(&self, $x: &Tensor) -> Result<Tensor> {
                let &$name { $($field,)* .. } = self;
                $call
            }
        }
    )* };
}

activations! {
    /// `max(x, 0)`. PyTorch: `nn.ReLU`.
    ///
    /// ```
    /// use rushlight_nn::{Call, ReLU};
    /// use rushlight_tensor::tensor;
    /// assert_eq!(ReLU::new().call(&tensor!([-1.0, 2.0]))?.to_vec::<f32>()?, [0.0, 2.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    ReLU(), "", |x| functional::relu(x);
    /// `min(max(x, 0), 6)`. PyTorch: `nn.ReLU6`.
    ReLU6(), "", |x| functional::relu6(x);
    /// `x` above 0, `negative_slope x` otherwise. PyTorch: `nn.LeakyReLU`.
    LeakyReLU(negative_slope: f64 = 0.01), "negative_slope={negative_slope:?}", |x| functional::leaky_relu(x, negative_slope);
    /// `1 / (1 + e⁻ˣ)`. PyTorch: `nn.Sigmoid`.
    Sigmoid(), "", |x| functional::sigmoid(x);
    /// The hyperbolic tangent. PyTorch: `nn.Tanh`.
    Tanh(), "", |x| functional::tanh(x);
    /// `x sigmoid(x)`. PyTorch: `nn.SiLU`.
    SiLU(), "", |x| functional::silu(x);
    /// `x tanh(ln(1 + eˣ))`. PyTorch: `nn.Mish`.
    Mish(), "", |x| functional::mish(x);
    /// `x` above 0, `alpha (eˣ - 1)` otherwise. PyTorch: `nn.ELU`.
    ELU(alpha: f64 = 1.0), "alpha={alpha:?}", |x| functional::elu(x, alpha);
    /// `max(0, x) + min(0, alpha (e^(x/alpha) - 1))`. PyTorch: `nn.CELU`.
    CELU(alpha: f64 = 1.0), "alpha={alpha:?}", |x| functional::celu(x, alpha);
    /// The self-normalising exponential unit. PyTorch: `nn.SELU`.
    SELU(), "", |x| functional::selu(x);
    /// `ln(1 + e^(beta x)) / beta`, and `x` where `beta x` exceeds the threshold. PyTorch: `nn.Softplus`.
    Softplus(beta: f64 = 1.0, threshold: f64 = 20.0), "beta={beta:?}, threshold={threshold:?}",
        |x| functional::softplus(x, beta, threshold);
    /// `x / (1 + |x|)`. PyTorch: `nn.Softsign`.
    Softsign(), "", |x| functional::softsign(x);
    /// `x` moved towards 0 by `lambd`. PyTorch: `nn.Softshrink`.
    Softshrink(lambd: f64 = 0.5), "{lambd:?}", |x| functional::softshrink(x, lambd);
    /// `x` outside `[-lambd, lambd]`, 0 inside. PyTorch: `nn.Hardshrink`.
    Hardshrink(lambd: f64 = 0.5), "{lambd:?}", |x| functional::hardshrink(x, lambd);
    /// `x - tanh x`. PyTorch: `nn.Tanhshrink`.
    Tanhshrink(), "", |x| functional::tanhshrink(x);
    /// `x` limited to `[min_val, max_val]`. PyTorch: `nn.Hardtanh`.
    Hardtanh(min_val: f64 = -1.0, max_val: f64 = 1.0), "min_val={min_val:?}, max_val={max_val:?}",
        |x| functional::hardtanh(x, min_val, max_val);
    /// `x hardsigmoid(x)`. PyTorch: `nn.Hardswish`.
    Hardswish(), "", |x| functional::hardswish(x);
    /// `x / 6 + 1/2`, limited to `[0, 1]`. PyTorch: `nn.Hardsigmoid`.
    Hardsigmoid(), "", |x| functional::hardsigmoid(x);
    /// `ln sigmoid(x)`. PyTorch: `nn.LogSigmoid`.
    LogSigmoid(), "", |x| functional::log_sigmoid(x);
    /// `a sigmoid(b)` for the two halves of `x` along `dim`. PyTorch: `nn.GLU`.
    GLU(dim: isize = -1), "dim={dim}", |x| functional::glu(x, dim);
}

/// Declares activations that have no default arguments.
macro_rules! along {
    ($($(#[$doc:meta])* $name:ident ($($field:ident: $type:ty),*), $repr:literal, |$x:ident| $call:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug)]
        #[module(repr = Self::repr)]
        pub struct $name {
            $(#[doc = concat!("PyTorch's `", stringify!($field), "`.")] #[module(skip)] pub $field: $type,)*
            state: ModuleState,
        }

        impl $name {
            /// The layer.
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
    )* };
}

along! {
    /// `e^xᵢ / Σ e^xⱼ` along `dim`. PyTorch: `nn.Softmax`.
    Softmax(dim: isize), "dim={dim}", |x| functional::softmax(x, dim);
    /// `ln softmax(x)` along `dim`. PyTorch: `nn.LogSoftmax`.
    LogSoftmax(dim: isize), "dim={dim}", |x| functional::log_softmax(x, dim);
    /// `e^-xᵢ / Σ e^-xⱼ` along `dim`. PyTorch: `nn.Softmin`.
    Softmin(dim: isize), "dim={dim}", |x| functional::softmin(x, dim);
    /// `x` above `threshold`, `value` otherwise. PyTorch: `nn.Threshold`.
    Threshold(threshold: f64, value: f64), "threshold={threshold:?}, value={value:?}", |x| functional::threshold(x, threshold, value);
}

/// `e^xᵢ / Σ e^xⱼ` over the channels of each place of `[n, c, h, w]` or `[c, h, w]`. PyTorch: `nn.Softmax2d`.
#[derive(Module, Debug, Default)]
pub struct Softmax2d {
    state: ModuleState,
}

impl Softmax2d {
    /// The layer.
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

/// `x` above 0, otherwise times a slope drawn from `[lower, upper)`, or times their mean in evaluation. PyTorch: `nn.RReLU`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct RReLU {
    /// The smallest slope.
    #[module(skip)]
    pub lower: f64,
    /// The largest slope.
    #[module(skip)]
    pub upper: f64,
    state: ModuleState,
}

impl RReLU {
    /// Slopes from `lower` to `upper`.
    pub fn new(lower: f64, upper: f64) -> RReLU {
        RReLU {
            lower,
            upper,
            state: ModuleState::default(),
        }
    }

    fn repr(&self) -> String {
        format!("lower={:?}, upper={:?}", self.lower, self.upper)
    }
}

/// Slopes from 1/8 to 1/3.
impl Default for RReLU {
    fn default() -> RReLU {
        RReLU::new(1.0 / 8.0, 1.0 / 3.0)
    }
}

impl Forward for RReLU {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::rrelu(x, self.lower, self.upper, self.state.is_training())
    }
}

/// The Gaussian error linear unit, in either form. PyTorch: `nn.GELU`.
#[derive(Module, Debug, Default)]
#[module(repr = Self::repr)]
pub struct GELU {
    /// Which formula.
    #[module(skip)]
    pub approximate: Gelu,
    state: ModuleState,
}

impl GELU {
    /// The exact form, `x Φ(x)`.
    pub fn new() -> GELU {
        GELU::default()
    }

    /// The form with the hyperbolic tangent. PyTorch: `nn.GELU("tanh")`.
    pub fn tanh() -> GELU {
        GELU {
            approximate: Gelu::Tanh,
            state: ModuleState::default(),
        }
    }

    fn repr(&self) -> String {
        let form = match self.approximate {
            Gelu::Exact => "none",
            Gelu::Tanh => "tanh",
        };
        format!("approximate='{form}'")
    }
}

impl Forward for GELU {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::gelu(x, self.approximate)
    }
}

/// `x` above 0, `weight x` otherwise, with a learnt slope for each channel or one for all. PyTorch: `nn.PReLU`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct PReLU {
    /// `[channels]` or `[1]`.
    pub weight: Parameter,
    state: ModuleState,
}

impl PReLU {
    /// `num_parameters` slopes that start at `init`; PyTorch's defaults are 1 and 0.25.
    #[track_caller]
    pub fn new(num_parameters: usize, init: f64) -> Result<PReLU> {
        PReLU::with(num_parameters, init, ())
    }

    /// As [`PReLU::new`], of a dtype or on a device.
    #[track_caller]
    pub fn with(num_parameters: usize, init: f64, options: impl Into<Options>) -> Result<PReLU> {
        if num_parameters == 0 {
            return Err(Error::value("PReLU: num_parameters must be positive"));
        }
        let weight = Tensor::empty(num_parameters, options)?;
        init::constant_(&weight, init)?;
        Ok(PReLU {
            weight: Parameter::new(weight)?,
            state: ModuleState::default(),
        })
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
