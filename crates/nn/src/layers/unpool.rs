//! Max unpooling layers.

use super::sizes::{Each, name_of, tuple_of};
use crate::call::surround;
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Ints, MaxUnpoolOptions, Result, Tensor};

/// Places each element of `[n, c, *o]` or `[c, *o]` at the position where a [`MaxPool`](super::MaxPool) found it, with zeros elsewhere.
///
/// The layer is called with the results of the pooling, elements and positions; the output size is `(o - 1) stride - 2 padding + kernel`,
/// or the size in the options. PyTorch: `nn.MaxUnpool1d`, `nn.MaxUnpool2d`, `nn.MaxUnpool3d`.
///
/// ```
/// use rushlight::nn::{Call, MaxPool2d, MaxUnpool2d};
/// use rushlight::Tensor;
/// let pooled = MaxPool2d::new(2).call_with_indices(&Tensor::ones([1, 3, 8, 8], ())?)?;
/// assert_eq!(MaxUnpool2d::new(2).call(&pooled)?.shape(), [1, 3, 8, 8]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct MaxUnpool<const N: usize> {
    #[module(skip)]
    kernel_size: Each<N>,
    #[module(skip)]
    options: MaxUnpoolOptions,
    state: ModuleState,
}

/// PyTorch: `nn.MaxUnpool1d`.
pub type MaxUnpool1d = MaxUnpool<1>;
/// PyTorch: `nn.MaxUnpool2d`.
pub type MaxUnpool2d = MaxUnpool<2>;
/// PyTorch: `nn.MaxUnpool3d`.
pub type MaxUnpool3d = MaxUnpool<3>;

impl<const N: usize> MaxUnpool<N> {
    /// Creates a layer with stride equal to the kernel size.
    pub fn new(kernel_size: impl Into<Each<N>>) -> MaxUnpool<N> {
        MaxUnpool::with(kernel_size, ())
    }

    /// Creates a layer with options.
    pub fn with(
        kernel_size: impl Into<Each<N>>,
        options: impl Into<MaxUnpoolOptions>,
    ) -> MaxUnpool<N> {
        MaxUnpool {
            kernel_size: kernel_size.into(),
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &MaxUnpoolOptions {
        &self.options
    }

    /// Unpools to this output size instead of the one that the options determine. PyTorch: the argument `output_size` of the call.
    ///
    /// ```
    /// use rushlight::nn::{MaxPool1d, MaxUnpool1d};
    /// use rushlight::tensor;
    /// let (y, at) = MaxPool1d::new(2).call_with_indices(&tensor!([[1.0, 4.0, 3.0, 2.0, 5.0]]))?;
    /// let x = MaxUnpool1d::new(2).call_to(&y, &at, 5)?;
    /// assert_eq!(x.to_vec::<f32>()?, [0.0, 4.0, 3.0, 0.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the same errors as [`Tensor::max_unpool`].
    #[track_caller]
    pub fn call_to(
        &self,
        x: &Tensor,
        indices: &Tensor,
        output_size: impl Into<Ints>,
    ) -> Result<Tensor> {
        let options = self.options.clone().output_size(output_size);
        let unpool = |x: &Tensor| x.max_unpool(indices, self.kernel_size, &options);
        surround(self.as_module(), x, unpool)
    }

    fn name(&self) -> &'static str {
        name_of(
            N,
            ["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"],
            "MaxUnpool",
        )
    }

    fn repr(&self) -> String {
        let stride = self.options.stride.as_ref();
        format!(
            "kernel_size={}, stride={}, padding={}",
            self.kernel_size.tuple(),
            stride.map_or(self.kernel_size.tuple(), |list| tuple_of(list, N)),
            tuple_of(&self.options.padding, N)
        )
    }
}

impl<const N: usize> Forward<(Tensor, Tensor)> for MaxUnpool<N> {
    type Output = Tensor;
    fn forward(&self, (x, indices): &(Tensor, Tensor)) -> Result<Tensor> {
        x.max_unpool(indices, self.kernel_size, &self.options)
    }
}
