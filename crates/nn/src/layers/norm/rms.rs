//! RMS normalization: division by the root mean square over trailing dimensions.

use super::{affine, float, normalized};
use crate::functional;
use crate::layers::sizes::tuple;
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Ints, Result, Tensor, options};

/// Computes `x / √(mean x² + eps) w` over the trailing dimensions. PyTorch: `nn.RMSNorm`.
///
/// ```
/// use rushlight::nn::{Call, RMSNorm, RMSNormOptions};
/// use rushlight::Tensor;
/// let norm = RMSNorm::with(16, RMSNormOptions::new().eps(1e-6))?;
/// assert_eq!(norm.weight.as_ref().unwrap().shape(), [16]);
/// assert_eq!(norm.call(&Tensor::randn([4, 16], ())?)?.shape(), [4, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct RMSNorm {
    /// The bias, of the normalized shape.
    pub weight: Option<Parameter>,
    #[module(skip)]
    shape: Vec<usize>,
    #[module(skip)]
    options: RMSNormOptions,
    state: ModuleState,
}

options! {
    /// Options of an [`RMSNorm`].
    RMSNormOptions {
        /// The number that is added to the mean square; by default the epsilon of the dtype in which the input is computed.
        eps(into): Option<f64> = None,
        /// Whether there is a weight; by default true.
        elementwise_affine: bool = true,
    }
    parameters
}

impl RMSNorm {
    /// Creates a layer for inputs whose shape ends with this one.
    ///
    /// # Errors
    /// Returns the same errors as [`RMSNorm::with`].
    #[track_caller]
    pub fn new(normalized_shape: impl Into<Ints>) -> Result<RMSNorm> {
        RMSNorm::with(normalized_shape, ())
    }

    /// Creates a layer with options. The weight is initialized to one.
    ///
    /// # Errors
    /// Returns an error if the shape is empty or has a negative size, or the weight does not fit in memory.
    #[track_caller]
    pub fn with(
        normalized_shape: impl Into<Ints>,
        options: impl Into<RMSNormOptions>,
    ) -> Result<RMSNorm> {
        let mut options = options.into();
        let factory = options.take_factory();
        let shape = normalized("RMSNorm", &normalized_shape.into())?;
        let (weight, _) = affine(&shape, options.elementwise_affine, false, &factory)?;
        Ok(RMSNorm {
            weight,
            shape,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &RMSNormOptions {
        &self.options
    }

    fn repr(&self) -> String {
        let eps = self.options.eps.map_or("None".to_owned(), float);
        format!(
            "{}, eps={eps}, elementwise_affine={}",
            tuple(&self.shape),
            py_bool(self.weight.is_some())
        )
    }
}

impl Forward for RMSNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::rms_norm(x, &self.shape, self.weight.as_deref(), self.options.eps)
    }
}
