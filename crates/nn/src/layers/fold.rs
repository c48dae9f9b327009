//! `Unfold` and `Fold`: sliding windows as columns (im2col), and back.

use super::sizes::Each;
use crate::builder::builder;
use crate::functional::{self, FoldOptions};
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// The windows of a plane as columns: `[n, c, h, w] → [n, c kh kw, l]`. PyTorch: `nn.Unfold`.
///
/// ```
/// use rushlight_nn::{Call, Unfold};
/// use rushlight_tensor::Tensor;
/// assert_eq!(Unfold::new([2, 3]).call(&Tensor::zeros([1, 3, 4, 5], ())?)?.shape(), [1, 18, 9]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct Unfold {
    #[module(skip)]
    args: UnfoldBuilder,
    state: ModuleState,
}

builder! {
    /// Options of an [`Unfold`].
    UnfoldBuilder(kernel_size: Each<2>) {
        /// Spacing between the kernel's elements; by default 1.
        dilation: Each<2> = Each([1; 2]),
        /// Zeros on either side; by default none.
        padding: Each<2> = Each([0; 2]),
        /// Step of the window; by default 1.
        stride: Each<2> = Each([1; 2]),
    }
}

/// Columns added back to a plane: `[n, c kh kw, l] → [n, c, h, w]`. PyTorch: `nn.Fold`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct Fold {
    #[module(skip)]
    args: FoldBuilder,
    state: ModuleState,
}

builder! {
    /// Options of a [`Fold`].
    FoldBuilder(output_size: Each<2>, kernel_size: Each<2>) {
        /// Spacing between the kernel's elements; by default 1.
        dilation: Each<2> = Each([1; 2]),
        /// What is cut off on either side; by default nothing.
        padding: Each<2> = Each([0; 2]),
        /// Step of the window; by default 1.
        stride: Each<2> = Each([1; 2]),
    }
}

impl Unfold {
    /// A window at every place.
    pub fn new(kernel_size: impl Into<Each<2>>) -> Unfold {
        Unfold::builder(kernel_size).build()
    }

    /// A layer with options.
    pub fn builder(kernel_size: impl Into<Each<2>>) -> UnfoldBuilder {
        UnfoldBuilder::new(kernel_size.into())
    }

    fn repr(&self) -> String {
        let a = &self.args;
        format!(
            "kernel_size={}, dilation={}, padding={}, stride={}",
            a.kernel_size, a.dilation, a.padding, a.stride
        )
    }
}

impl Fold {
    /// To a plane of this size, from a window at every place.
    pub fn new(output_size: impl Into<Each<2>>, kernel_size: impl Into<Each<2>>) -> Fold {
        Fold::builder(output_size, kernel_size).build()
    }

    /// A layer with options.
    pub fn builder(
        output_size: impl Into<Each<2>>,
        kernel_size: impl Into<Each<2>>,
    ) -> FoldBuilder {
        FoldBuilder::new(output_size.into(), kernel_size.into())
    }

    fn repr(&self) -> String {
        let a = &self.args;
        format!(
            "output_size={}, kernel_size={}, dilation={}, padding={}, stride={}",
            a.output_size, a.kernel_size, a.dilation, a.padding, a.stride
        )
    }
}

impl UnfoldBuilder {
    /// The layer.
    pub fn build(self) -> Unfold {
        Unfold {
            args: self,
            state: ModuleState::default(),
        }
    }
}

impl FoldBuilder {
    /// The layer.
    pub fn build(self) -> Fold {
        Fold {
            args: self,
            state: ModuleState::default(),
        }
    }
}

impl Forward for Unfold {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let a = &self.args;
        let windows = windows(a.kernel_size, a.dilation, a.padding, a.stride);
        functional::unfold(x, &windows)
    }
}

impl Forward for Fold {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let a = &self.args;
        let windows = windows(a.kernel_size, a.dilation, a.padding, a.stride);
        functional::fold(x, a.output_size, &windows)
    }
}

/// How the windows lie.
fn windows(kernel: Each<2>, dilation: Each<2>, padding: Each<2>, stride: Each<2>) -> FoldOptions {
    FoldOptions {
        kernel: kernel.into(),
        dilation: dilation.into(),
        padding: padding.into(),
        stride: stride.into(),
    }
}
