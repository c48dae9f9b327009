//! Layer normalization over trailing dimensions.

use super::{affine, float, normalized};
use crate::functional;
use crate::layers::sizes::tuple;
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Ints, Result, Tensor, options};

/// Computes `(x - mean) / √(var + eps) w + b` over the trailing dimensions. PyTorch: `nn.LayerNorm`.
///
/// ```
/// use rushlight::nn::{Call, LayerNorm, LayerNormOptions};
/// use rushlight::Tensor;
/// let norm = LayerNorm::with(16, LayerNormOptions::new().eps(1e-6).bias(false))?;
/// assert!(norm.weight.is_some() && norm.bias.is_none());
/// assert_eq!(norm.call(&Tensor::randn([4, 16], ())?)?.shape(), [4, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct LayerNorm {
    /// The weight, of the normalized shape.
    pub weight: Option<Parameter>,
    /// The bias, of the normalized shape.
    pub bias: Option<Parameter>,
    #[module(skip)]
    shape: Vec<usize>,
    #[module(skip)]
    options: LayerNormOptions,
    state: ModuleState,
}

options! {
    /// Options of a [`LayerNorm`].
    LayerNormOptions {
        /// The number that is added to the variance; by default 1e-5.
        eps: f64 = 1e-5,
        /// Whether there are a weight and a bias; by default true.
        elementwise_affine: bool = true,
        /// Whether there is a bias in addition to the weight; by default true.
        bias: bool = true,
    }
    parameters
}

impl LayerNorm {
    /// Creates a layer for inputs whose shape ends with this one.
    ///
    /// # Errors
    /// Returns the same errors as [`LayerNorm::with`].
    #[track_caller]
    pub fn new(normalized_shape: impl Into<Ints>) -> Result<LayerNorm> {
        LayerNorm::with(normalized_shape, ())
    }

    /// Creates a layer with options. The weight is initialized to one, the bias to zero.
    ///
    /// # Errors
    /// Returns an error if the shape is empty or has a negative size, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        normalized_shape: impl Into<Ints>,
        options: impl Into<LayerNormOptions>,
    ) -> Result<LayerNorm> {
        let mut options = options.into();
        let factory = options.take_factory();
        let shape = normalized("LayerNorm", &normalized_shape.into())?;
        let (weight, bias) = affine(&shape, options.elementwise_affine, options.bias, &factory)?;
        Ok(LayerNorm {
            weight,
            bias,
            shape,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &LayerNormOptions {
        &self.options
    }

    fn repr(&self) -> String {
        let affine = py_bool(self.weight.is_some());
        format!(
            "{}, eps={}, elementwise_affine={affine}, bias={}",
            tuple(&self.shape),
            float(self.options.eps),
            py_bool(self.bias.is_some())
        )
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
            self.options.eps,
        )
    }
}
