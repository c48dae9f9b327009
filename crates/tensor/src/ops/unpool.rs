//! Max unpooling, the partial inverse of max pooling.

use super::conv::per_dimension;
use super::pool::{some_channels, space};
use crate::{Ints, Tensor};
use rushlight_backend::{DType, Dims, Error, IndexRole, Result};

crate::options! {
    /// Options of a max unpooling, as a function and as a layer: those of the pooling. Each list has one entry per spatial dimension, or one
    /// for all.
    #[derive(PartialEq)]
    MaxUnpoolOptions {
        /// Stride of the window; by default its size.
        stride(into Ints): Option<Ints> = None,
        /// Padding of the pooling's input on both sides; by default none.
        padding(into): Ints = 0.into(),
        /// The sizes of the result, less than a stride away from the default ones: those of the spatial dimensions, or a whole shape.
        output_size(into Ints): Option<Ints> = None,
    }
}

impl Tensor {
    /// Each element of `[n, c, *o]` or `[c, *o]` at the position that [`Tensor::max_pool`] found it at, zeros elsewhere; where positions
    /// repeat, one of them. PyTorch: `nn.functional.max_unpool1d`, `max_unpool2d`, `max_unpool3d`.
    ///
    /// `kernel_size`, which has one entry per spatial dimension, stride and padding are those of the pooling. The result has the spatial sizes
    /// `(o - 1) stride - 2 padding + kernel`, or those of `output_size`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (y, at) = tensor!([[1.0, 4.0, 3.0, 2.0]]).max_pool([2], ())?;
    /// assert_eq!(y.max_unpool(&at, [2], ())?.to_vec::<f32>()?, [0.0, 4.0, 3.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the positions are not `int64` of the input's shape, or lie outside the result; if a size is out of range.
    #[track_caller]
    pub fn max_unpool(
        &self,
        indices: &Tensor,
        kernel_size: impl Into<Ints>,
        options: impl Into<MaxUnpoolOptions>,
    ) -> Result<Tensor> {
        self.unpool(indices, &kernel_size.into(), &options.into())
    }

    #[track_caller]
    fn unpool(
        &self,
        indices: &Tensor,
        kernel: &Ints,
        options: &MaxUnpoolOptions,
    ) -> Result<Tensor> {
        let spatial = kernel.as_slice().len();
        let pooled = space("max_unpool", self, spatial)?;
        some_channels("max_unpool", self, spatial)?;
        if indices.dtype() != DType::I64 {
            return Err(Error::dtype(format!(
                "max_unpool: the indices must be int64, not {}",
                indices.dtype()
            )));
        }
        if indices.shape() != self.shape() {
            return Err(Error::shape(format!(
                "max_unpool: indices {:?} and input {:?} must have the same shape",
                indices.shape(),
                self.shape()
            )));
        }
        let sizes = unpooled(&pooled, kernel, options)?;
        let outer = self.ndim() - spatial;
        let flat = |space: usize| {
            let mut shape: Dims = self.shape()[..outer].iter().copied().collect();
            shape.push(space);
            shape
        };
        let mut shape: Dims = self.shape()[..outer].iter().copied().collect();
        sizes.iter().for_each(|&n| shape.push(n));
        let area = sizes.iter().try_fold(1, |n: usize, &d| n.checked_mul(d));
        let Some(area) = area else {
            return Err(Error::shape(format!(
                "max_unpool: a result of shape {shape:?} is too large"
            )));
        };
        let row = flat(pooled.iter().product());
        let zeros = self.new_zeros(&flat(area))?;
        let _role = IndexRole::of("max_unpool").counting("elements").enter();
        zeros
            .scatter(-1, &indices.reshape(&row)?, &self.reshape(&row)?)?
            .reshape(&shape)
    }
}

/// The spatial sizes of the result.
#[track_caller]
fn unpooled(pooled: &Dims, kernel: &Ints, options: &MaxUnpoolOptions) -> Result<Dims> {
    let (name, spatial) = ("max_unpool", pooled.len());
    let kernel = per_dimension(name, "kernel_size", kernel, spatial, 1)?;
    let stride = match &options.stride {
        Some(stride) => per_dimension(name, "stride", stride, spatial, 1)?,
        None => kernel,
    };
    let padding = per_dimension(name, "padding", &options.padding, spatial, 0)?;
    let given = match options.output_size.as_ref().map(Ints::as_slice) {
        Some(list) if list.len() == spatial => Some(list),
        Some(list) if list.len() == spatial + 2 => Some(&list[2..]),
        Some(list) => {
            return Err(Error::shape(format!(
                "max_unpool: output_size {list:?} must have {spatial} numbers, or those of a whole shape [n, c, *space]"
            )));
        }
        None => None,
    };
    let mut sizes = Dims::filled(0, spatial);
    for i in 0..spatial {
        let (step, edge) = (stride[i] as i128, padding[i] as i128);
        let usual = (pooled[i] as i128 - 1) * step - 2 * edge + kernel[i] as i128;
        let size = given.map_or(usual, |list| list[i] as i128);
        if (size - usual).abs() >= step {
            return Err(Error::value(format!(
                "max_unpool: output size {size} along spatial dimension {i} must be between {} and {}, both excluded",
                usual - step,
                usual + step
            )));
        }
        match isize::try_from(size) {
            Ok(size) if size > 0 => sizes[i] = size as usize,
            _ => {
                return Err(Error::shape(format!(
                    "max_unpool: kernel {kernel:?}, stride {stride:?} and padding {padding:?} give size {size} along spatial dimension {i}"
                )));
            }
        }
    }
    Ok(sizes)
}
