//! Linear and bilinear layers.

use crate::init::{default_bias_, default_weight_, uniform_};
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState, Parameter, functional};
use rushlight_tensor::{Error, Options, Result, Tensor, options};

/// Computes `y = x Wᵀ + b`: `[.., in] → [.., out]`. PyTorch: `nn.Linear`.
///
/// Weight and bias are initialized uniformly in ±1/√in, with the numbers that PyTorch draws for the same seed.
///
/// ```
/// use rushlight::nn::{Call, Linear};
/// use rushlight::Tensor;
/// let linear = Linear::new(10, 5)?;
/// assert_eq!(linear.weight.shape(), [5, 10]);
/// assert_eq!(linear.call(&Tensor::randn([32, 10], ())?)?.shape(), [32, 5]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr, describe = Self::sizes)]
pub struct Linear {
    /// The weight, `[out, in]`.
    pub weight: Parameter,
    /// The bias, `[out]`.
    pub bias: Option<Parameter>,
    state: ModuleState,
}

options! {
    /// Options of a [`Linear`] or a [`Bilinear`].
    LinearOptions {
        /// Whether there is a bias; by default true.
        bias: bool = true,
    }
    parameters
}

impl Linear {
    /// Creates a layer with a bias.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn new(in_features: usize, out_features: usize) -> Result<Linear> {
        Linear::with(in_features, out_features, ())
    }

    /// Creates a layer with options.
    ///
    /// ```
    /// use rushlight::nn::{Linear, LinearOptions};
    /// use rushlight::DType;
    /// let linear = Linear::with(10, 5, LinearOptions::new().bias(false).dtype(DType::F64))?;
    /// assert!(linear.bias.is_none() && linear.weight.dtype() == DType::F64);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        in_features: usize,
        out_features: usize,
        options: impl Into<LinearOptions>,
    ) -> Result<Linear> {
        let mut options = options.into();
        let factory = options.take_factory();
        let layer = Linear::blank(in_features, out_features, options.bias, &factory)?;
        layer.draw()?;
        Ok(layer)
    }

    /// Creates a layer from an existing weight `[out, in]` and bias `[out]`.
    #[track_caller]
    pub fn from_parameters(weight: Parameter, bias: Option<Parameter>) -> Result<Linear> {
        let fits = weight.ndim() == 2
            && bias
                .as_ref()
                .is_none_or(|b| b.shape() == &weight.shape()[..1]);
        if !fits {
            let bias = bias.map(|b| b.shape().to_vec());
            return Err(Error::shape(format!(
                "Linear: weight {:?} and bias {bias:?} are not [out, in] and [out]",
                weight.shape()
            )));
        }
        Ok(Linear {
            weight,
            bias,
            state: ModuleState::default(),
        })
    }

    /// Creates a layer with uninitialized parameters.
    #[track_caller]
    pub(super) fn blank(
        in_features: usize,
        out_features: usize,
        bias: bool,
        options: &Options,
    ) -> Result<Linear> {
        let weight = Tensor::empty([out_features, in_features], options.clone())?;
        let bias = match bias {
            true => Some(Parameter::new(Tensor::empty(
                out_features,
                options.clone(),
            )?)?),
            false => None,
        };
        Ok(Linear {
            weight: Parameter::new(weight)?,
            bias,
            state: ModuleState::default(),
        })
    }

    /// Draws the parameters, the weight first.
    #[track_caller]
    pub(super) fn draw(&self) -> Result<()> {
        default_weight_(&self.weight)?;
        match &self.bias {
            Some(bias) => default_bias_(bias, self.weight.shape()[1]),
            None => Ok(()),
        }
    }

    fn repr(&self) -> String {
        let [out, input] = [self.weight.shape()[0], self.weight.shape()[1]];
        format!(
            "in_features={input}, out_features={out}, bias={}",
            py_bool(self.bias.is_some())
        )
    }

    fn sizes(&self) -> String {
        format!(
            "Linear {}→{}",
            self.weight.shape()[1],
            self.weight.shape()[0]
        )
    }
}

impl Forward for Linear {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.linear(&self.weight, self.bias.as_deref())
    }
}

/// Computes `yₖ = x₁ᵀ Wₖ x₂ + bₖ`: `[.., in1], [.., in2] → [.., out]`. PyTorch: `nn.Bilinear`.
///
/// ```
/// use rushlight::nn::{Bilinear, Call};
/// use rushlight::Tensor;
/// let layer = Bilinear::new(2, 3, 4)?;
/// let y = layer.call(&(Tensor::ones([5, 2], ())?, Tensor::ones([5, 3], ())?))?;
/// assert_eq!(y.shape(), [5, 4]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct Bilinear {
    /// The weight, `[out, in1, in2]`.
    pub weight: Parameter,
    /// The bias, `[out]`.
    pub bias: Option<Parameter>,
    state: ModuleState,
}

impl Bilinear {
    /// Creates a layer with a bias.
    ///
    /// # Errors
    /// Returns an error if `in1_features` is 0, or the parameters do not fit in memory.
    #[track_caller]
    pub fn new(in1_features: usize, in2_features: usize, out_features: usize) -> Result<Bilinear> {
        Bilinear::with(in1_features, in2_features, out_features, ())
    }

    /// Creates a layer with options.
    ///
    /// # Errors
    /// Returns an error if `in1_features` is 0, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        in1_features: usize,
        in2_features: usize,
        out_features: usize,
        options: impl Into<LinearOptions>,
    ) -> Result<Bilinear> {
        let mut options = options.into();
        let factory = options.take_factory();
        if in1_features == 0 {
            return Err(Error::value("Bilinear: in1_features must be positive"));
        }
        let weight = Tensor::empty([out_features, in1_features, in2_features], factory.clone())?;
        let bound = 1.0 / (in1_features as f64).sqrt();
        uniform_(&weight, -bound, bound)?;
        let bias = match options.bias {
            true => {
                let bias = Tensor::empty(out_features, factory)?;
                uniform_(&bias, -bound, bound)?;
                Some(Parameter::new(bias)?)
            }
            false => None,
        };
        Ok(Bilinear {
            weight: Parameter::new(weight)?,
            bias,
            state: ModuleState::default(),
        })
    }

    fn repr(&self) -> String {
        let s = self.weight.shape();
        let bias = py_bool(self.bias.is_some());
        format!(
            "in1_features={}, in2_features={}, out_features={}, bias={bias}",
            s[1], s[2], s[0]
        )
    }
}

impl Forward<(Tensor, Tensor)> for Bilinear {
    type Output = Tensor;
    fn forward(&self, (x1, x2): &(Tensor, Tensor)) -> Result<Tensor> {
        functional::bilinear(x1, x2, &self.weight, self.bias.as_deref())
    }
}

/// Returns its input. PyTorch: `nn.Identity`.
///
/// ```
/// use rushlight::nn::{Call, Identity};
/// use rushlight::tensor;
/// assert_eq!(Identity::new().call(&tensor!([1, 2]))?.to_vec::<i64>()?, [1, 2]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug, Default)]
pub struct Identity {
    state: ModuleState,
}

impl Identity {
    /// Creates the layer.
    pub fn new() -> Identity {
        Identity::default()
    }
}

impl Forward for Identity {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.clone())
    }
}
