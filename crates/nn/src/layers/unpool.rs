//! Max unpooling layers.

use super::sizes::{Each, Stride, name_of};
use crate::builder::builder;
use crate::call::surround;
use crate::{Forward, Module, ModuleState, functional};
use rushlight_tensor::{Ints, PoolOptions, Result, Tensor};

/// Each element of `[n, c, *o]` or `[c, *o]` back at the position that a [`MaxPool`](super::MaxPool) found it at, zeros elsewhere.
///
/// It is called with the pooling's results, elements and positions; the result has the sizes `(o - 1) stride - 2 padding + kernel`.
///
/// ```
/// use rushlight_nn::{Call, MaxPool2d, MaxUnpool2d};
/// use rushlight_tensor::Tensor;
/// let pooled = MaxPool2d::new(2).call_with_indices(&Tensor::ones([1, 3, 8, 8], ())?)?;
/// assert_eq!(MaxUnpool2d::new(2).call(&pooled)?.shape(), [1, 3, 8, 8]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct MaxUnpool<const N: usize> {
    #[module(skip)]
    args: MaxUnpoolBuilder<N>,
    state: ModuleState,
}

/// PyTorch: `nn.MaxUnpool1d`.
pub type MaxUnpool1d = MaxUnpool<1>;
/// PyTorch: `nn.MaxUnpool2d`.
pub type MaxUnpool2d = MaxUnpool<2>;
/// PyTorch: `nn.MaxUnpool3d`.
pub type MaxUnpool3d = MaxUnpool<3>;

builder! {
    /// Options of a [`MaxUnpool`]: the pooling's.
    MaxUnpoolBuilder<const N: usize>(kernel_size: Each<N>) {
        /// Step of the window; by default its size.
        stride: Stride<N> = Stride(None),
        /// Padding on either side.
        padding: Each<N> = Each([0; N]),
    }
}

impl<const N: usize> MaxUnpool<N> {
    /// Unpooling with stride equal to the kernel size.
    pub fn new(kernel_size: impl Into<Each<N>>) -> MaxUnpool<N> {
        MaxUnpool::builder(kernel_size).build()
    }

    /// A layer with options.
    pub fn builder(kernel_size: impl Into<Each<N>>) -> MaxUnpoolBuilder<N> {
        MaxUnpoolBuilder::new(kernel_size.into())
    }

    /// A result of this size, alone or as a whole shape: poolings of several sizes give the same. PyTorch: `output_size`.
    #[track_caller]
    pub fn call_to(
        &self,
        x: &Tensor,
        indices: &Tensor,
        output_size: impl Into<Ints>,
    ) -> Result<Tensor> {
        let size = output_size.into();
        let unpool = |x: &Tensor| functional::max_unpool(x, indices, &self.window(), Some(&size));
        surround(self.as_module(), x, unpool)
    }

    fn window(&self) -> PoolOptions {
        let a = &self.args;
        PoolOptions {
            stride: a.stride.0.map(Into::into),
            padding: a.padding.into(),
            ..PoolOptions::new(a.kernel_size, N)
        }
    }

    fn name(&self) -> &'static str {
        name_of(
            N,
            ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"],
            "MaxUnpool",
        )
    }

    fn repr(&self) -> String {
        let a = &self.args;
        format!(
            "kernel_size={}, stride={}, padding={}",
            a.kernel_size.tuple(),
            a.stride.0.unwrap_or(a.kernel_size).tuple(),
            a.padding.tuple()
        )
    }
}

impl<const N: usize> MaxUnpoolBuilder<N> {
    /// The layer.
    pub fn build(self) -> MaxUnpool<N> {
        MaxUnpool {
            args: self,
            state: ModuleState::default(),
        }
    }
}

impl<const N: usize> Forward<(Tensor, Tensor)> for MaxUnpool<N> {
    type Output = Tensor;
    fn forward(&self, (x, indices): &(Tensor, Tensor)) -> Result<Tensor> {
        functional::max_unpool(x, indices, &self.window(), None)
    }
}
