//! `Unfold` and `Fold`: sliding windows as columns (im2col), and the reverse (col2im).

use super::sizes::{Each, one_or_tuple};
use crate::functional::{self, FoldOptions};
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// Extracts the windows of a plane as columns: `[n, c, h, w] → [n, c kh kw, l]`. PyTorch: `nn.Unfold`.
///
/// Invalid arguments are reported when the layer is called.
///
/// ```
/// use rushlight::nn::{Call, FoldOptions, Unfold};
/// use rushlight::Tensor;
/// let x = Tensor::zeros([1, 3, 4, 5], ())?;
/// assert_eq!(Unfold::new([2, 3]).call(&x)?.shape(), [1, 18, 9]);
/// assert_eq!(Unfold::with(3, FoldOptions::new().padding(1)).call(&x)?.shape(), [1, 27, 20]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct Unfold {
    #[module(skip)]
    kernel_size: Each<2>,
    #[module(skip)]
    options: FoldOptions,
    state: ModuleState,
}

/// Adds columns back to a plane: `[n, c kh kw, l] → [n, c, h, w]`. PyTorch: `nn.Fold`.
///
/// Invalid arguments are reported when the layer is called.
///
/// ```
/// use rushlight::nn::{Call, Fold, FoldOptions};
/// use rushlight::Tensor;
/// let columns = Tensor::zeros([1, 12, 4], ())?;
/// assert_eq!(Fold::new(3, 2).call(&columns)?.shape(), [1, 3, 3, 3]);
/// assert_eq!(Fold::with(4, 2, FoldOptions::new().stride(2)).call(&columns)?.shape(), [1, 3, 4, 4]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct Fold {
    #[module(skip)]
    output_size: Each<2>,
    #[module(skip)]
    kernel_size: Each<2>,
    #[module(skip)]
    options: FoldOptions,
    state: ModuleState,
}

impl Unfold {
    /// Creates a layer with stride 1 and no padding.
    pub fn new(kernel_size: impl Into<Each<2>>) -> Unfold {
        Unfold::with(kernel_size, ())
    }

    /// Creates a layer with options.
    pub fn with(kernel_size: impl Into<Each<2>>, options: impl Into<FoldOptions>) -> Unfold {
        Unfold {
            kernel_size: kernel_size.into(),
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &FoldOptions {
        &self.options
    }

    fn repr(&self) -> String {
        windows(self.kernel_size, &self.options)
    }
}

impl Fold {
    /// Creates a layer for a plane of this size, with stride 1 and no padding.
    pub fn new(output_size: impl Into<Each<2>>, kernel_size: impl Into<Each<2>>) -> Fold {
        Fold::with(output_size, kernel_size, ())
    }

    /// Creates a layer with options.
    pub fn with(
        output_size: impl Into<Each<2>>,
        kernel_size: impl Into<Each<2>>,
        options: impl Into<FoldOptions>,
    ) -> Fold {
        Fold {
            output_size: output_size.into(),
            kernel_size: kernel_size.into(),
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &FoldOptions {
        &self.options
    }

    fn repr(&self) -> String {
        let windows = windows(self.kernel_size, &self.options);
        format!("output_size={}, {windows}", self.output_size)
    }
}

impl Forward for Unfold {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::unfold(x, self.kernel_size, &self.options)
    }
}

impl Forward for Fold {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::fold(x, self.output_size, self.kernel_size, &self.options)
    }
}

/// The arguments of the windows as PyTorch prints them.
fn windows(kernel_size: Each<2>, options: &FoldOptions) -> String {
    format!(
        "kernel_size={kernel_size}, dilation={}, padding={}, stride={}",
        one_or_tuple(&options.dilation),
        one_or_tuple(&options.padding),
        one_or_tuple(&options.stride)
    )
}
