//! Fractional max pooling, whose window positions are random.

use super::sizes::Each;
use crate::call::surround;
use crate::functional::{self, FractionalMaxPoolOptions, Resize};
use crate::{Buffer, Forward, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// Computes the maximum of as many windows of `[n, c, *s]` or `[c, *s]` as the output has elements. The strides of the windows are drawn at
/// every call. PyTorch: `nn.FractionalMaxPool2d`, `nn.FractionalMaxPool3d`.
///
/// ```
/// use rushlight::nn::{Call, FractionalMaxPool2d};
/// use rushlight::Tensor;
/// let x = Tensor::zeros([1, 3, 9, 9], ())?;
/// assert_eq!(FractionalMaxPool2d::new(2, [5, 6]).call(&x)?.shape(), [1, 3, 5, 6]);
/// assert_eq!(FractionalMaxPool2d::new(2, 0.5).call(&x)?.shape(), [1, 3, 4, 4]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name)]
pub struct FractionalMaxPool<const N: usize> {
    #[module(skip)]
    kernel_size: Each<N>,
    #[module(skip)]
    to: Resize,
    #[module(name = "_random_samples")]
    random_samples: Option<Buffer>,
    state: ModuleState,
}

/// PyTorch: `nn.FractionalMaxPool2d`.
pub type FractionalMaxPool2d = FractionalMaxPool<2>;
/// PyTorch: `nn.FractionalMaxPool3d`.
pub type FractionalMaxPool3d = FractionalMaxPool<3>;

impl<const N: usize> FractionalMaxPool<N> {
    /// Creates a layer with this output size, or with these ratios of the input size. PyTorch: `output_size`, `output_ratio`.
    pub fn new(kernel_size: impl Into<Each<N>>, to: impl Into<Resize>) -> FractionalMaxPool<N> {
        FractionalMaxPool::with(kernel_size, to, ())
    }

    /// Creates a layer with options.
    pub fn with(
        kernel_size: impl Into<Each<N>>,
        to: impl Into<Resize>,
        options: impl Into<FractionalMaxPoolOptions>,
    ) -> FractionalMaxPool<N> {
        FractionalMaxPool {
            kernel_size: kernel_size.into(),
            to: to.into(),
            random_samples: options.into().random_samples.map(Buffer::new),
            state: ModuleState::default(),
        }
    }

    /// Returns the options, with the current samples, on their device and in their dtype.
    pub fn options(&self) -> FractionalMaxPoolOptions {
        FractionalMaxPoolOptions {
            random_samples: self.random_samples.as_deref().cloned(),
        }
    }

    /// Returns the largest elements and their positions in the flattened space. PyTorch: `return_indices=True`.
    #[track_caller]
    pub fn call_with_indices(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        surround(self.as_module(), x, |x: &Tensor| self.pool(x))
    }

    #[track_caller]
    fn pool(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        functional::fractional_max_pool(x, &self.kernel_size.0, &self.to, &self.options())
    }

    fn name(&self) -> &'static str {
        ["FractionalMaxPool2d", "FractionalMaxPool3d"]
            .get(N.wrapping_sub(2))
            .unwrap_or(&"FractionalMaxPool")
    }
}

impl<const N: usize> Forward for FractionalMaxPool<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(self.pool(x)?.0)
    }
}
