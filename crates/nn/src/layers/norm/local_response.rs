//! Local response normalisation, over neighbouring channels.

use crate::{Forward, Module, ModuleState, functional};
use rushlight_tensor::{Result, Tensor, options};

/// `x / (k + alpha / size Σ x²)^beta` over neighbouring channels. PyTorch: `nn.LocalResponseNorm`.
///
/// ```
/// use rushlight_nn::{Call, LocalResponseNorm, LocalResponseNormOptions};
/// use rushlight_tensor::tensor;
/// let options = LocalResponseNormOptions::new().alpha(1.0).beta(1.0).k(3.0);
/// let norm = LocalResponseNorm::with(1, options);
/// assert_eq!(norm.call(&tensor!([[[1.0], [3.0]]]))?.to_vec::<f32>()?, [0.25, 0.25]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct LocalResponseNorm {
    #[module(skip)]
    size: usize,
    #[module(skip)]
    options: LocalResponseNormOptions,
    state: ModuleState,
}

options! {
    /// Options of a [`LocalResponseNorm`].
    LocalResponseNormOptions {
        /// The factor of the mean square; by default 1e-4.
        alpha: f64 = 1e-4,
        /// The exponent; by default 0.75.
        beta: f64 = 0.75,
        /// Added to the mean square times `alpha`; by default 1.
        k: f64 = 1.0,
    }
}

impl LocalResponseNorm {
    /// A layer over `size` neighbouring channels, with PyTorch's defaults.
    pub fn new(size: usize) -> LocalResponseNorm {
        LocalResponseNorm::with(size, ())
    }

    /// A layer with options.
    pub fn with(size: usize, options: impl Into<LocalResponseNormOptions>) -> LocalResponseNorm {
        LocalResponseNorm {
            size,
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// The options.
    pub fn options(&self) -> &LocalResponseNormOptions {
        &self.options
    }

    fn repr(&self) -> String {
        let LocalResponseNormOptions { alpha, beta, k } = self.options;
        format!("{}, alpha={alpha:?}, beta={beta:?}, k={k:?}", self.size)
    }
}

impl Forward for LocalResponseNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let LocalResponseNormOptions { alpha, beta, k } = self.options;
        functional::local_response_norm(x, self.size, alpha, beta, k)
    }
}
