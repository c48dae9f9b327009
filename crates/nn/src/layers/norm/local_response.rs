//! Local response normalization over neighbouring channels.

use crate::functional::{self, LocalResponseNormOptions};
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// Computes `x / (k + alpha / size Σ x²)^beta` over `size` neighbouring channels of `[n, c, *]`. PyTorch: `nn.LocalResponseNorm`.
///
/// The function is [`local_response_norm`](functional::local_response_norm).
///
/// ```
/// use rushlight::nn::{Call, LocalResponseNorm, LocalResponseNormOptions};
/// use rushlight::tensor;
/// let norm = LocalResponseNorm::with(1, LocalResponseNormOptions::new().alpha(1.0).beta(1.0));
/// assert!((norm.call(&tensor!([[[3.0]]]))?.item::<f32>()? - 0.3).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
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

impl LocalResponseNorm {
    /// Creates a layer that normalizes over `size` channels.
    pub fn new(size: usize) -> LocalResponseNorm {
        LocalResponseNorm::with(size, ())
    }

    /// Creates a layer with options.
    pub fn with(size: usize, options: impl Into<LocalResponseNormOptions>) -> LocalResponseNorm {
        LocalResponseNorm {
            size,
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
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
        functional::local_response_norm(x, self.size, self.options)
    }
}
