//! Boolean masks: reading and writing where a mask is true, and the positions of nonzero elements.

use crate::Tensor;
use rushlight_backend::{DType, Error, Result, broadcast};

impl Tensor {
    /// The elements where `mask` is true, in row-major order, as a vector. `mask` (`bool`) and the tensor broadcast. The number of elements is
    /// read from the device. PyTorch: `torch.masked_select`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.masked_select(&x.gt(1)?)?.to_vec::<i64>()?, [2, 3, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the mask is not `bool` or does not broadcast with the tensor.
    #[track_caller]
    pub fn masked_select(&self, mask: &Tensor) -> Result<Tensor> {
        let (x, hits) = self.under_mask("masked_select", mask)?;
        x.reshape(-1)?.index_select(0, &hits)
    }

    /// A copy in which the elements where `mask` is true are replaced, in row-major order, by the first elements of `source`. `mask` (`bool`) and
    /// this tensor broadcast; `source` has its dtype. PyTorch: `torch.masked_scatter`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]).masked_scatter(&tensor!([true, false, true]), &tensor!([7, 8, 9]))?;
    /// assert_eq!(x.to_vec::<i64>()?, [7, 2, 8]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the mask is not `bool` or does not broadcast with the tensor, the dtypes differ, or `source` has fewer elements than are replaced.
    #[track_caller]
    pub fn masked_scatter(&self, mask: &Tensor, source: &Tensor) -> Result<Tensor> {
        self.expect_same_dtype("masked_scatter", source)?;
        let (x, hits) = self.under_mask("masked_scatter", mask)?;
        let count = hits.numel();
        if source.numel() < count {
            return Err(Error::shape(format!(
                "masked_scatter: the mask is true {count} times, the source of shape {:?} has {} elements",
                source.shape(),
                source.numel()
            )));
        }
        let first = source.reshape(-1)?.narrow(0, 0, count)?;
        x.reshape(-1)?
            .index_copy(0, &hits, &first)?
            .reshape(x.shape())
    }

    /// [`Tensor::masked_scatter`] in place. PyTorch: `Tensor.masked_scatter_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// x.masked_scatter_(&tensor!([true, false, true]), &tensor!([7, 8, 9]))?;
    /// assert_eq!(x.to_vec::<i64>()?, [7, 2, 8]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::masked_scatter`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this
    /// tensor's (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn masked_scatter_(&self, mask: &Tensor, source: &Tensor) -> Result<()> {
        self.copy_(&self.masked_scatter(mask, source)?)
    }

    /// This tensor under the shape that it and the mask broadcast to, and the positions, in order, at which the mask is true.
    #[track_caller]
    fn under_mask(&self, name: &str, mask: &Tensor) -> Result<(Tensor, Tensor)> {
        if mask.dtype() != DType::Bool {
            return Err(Error::dtype(format!(
                "{name}: the mask must be bool, not {}",
                mask.dtype()
            )));
        }
        let shape = broadcast(name, self.shape(), mask.shape())?;
        let hits = mask.expand(&shape)?.reshape(-1)?.nonzero()?;
        Ok((self.expand(&shape)?, hits.reshape(-1)?))
    }

    /// The indices of the elements that are not 0, one row for each, in row-major order: `[*] → [count, ndim]`, in `int64`. The elements are read
    /// from the device. PyTorch: `torch.nonzero`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[0, 5], [6, 0]]);
    /// assert_eq!(x.nonzero()?.to_vec2::<i64>()?, [[0, 1], [1, 0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the elements cannot be read from the device.
    #[track_caller]
    pub fn nonzero(&self) -> Result<Tensor> {
        let hits = self.ne(0)?.to_vec::<bool>()?;
        let count = hits.iter().filter(|hit| **hit).count();
        let mut rows: Vec<i64> = Vec::with_capacity(count * self.ndim());
        let Some((&n, outer)) = self.shape().split_last() else {
            return Tensor::from_slice_on(&rows, [count, 0], self.device());
        };
        // The indices along the other dimensions, which count up as the digits of a number.
        let mut index = vec![0; outer.len()];
        for row in hits.chunks(n.max(1)) {
            for i in (0..row.len()).filter(|&i| row[i]) {
                rows.extend_from_slice(&index);
                rows.push(i as i64);
            }
            for (i, &size) in index.iter_mut().zip(outer).rev() {
                *i += 1;
                if *i < size as i64 {
                    break;
                }
                *i = 0;
            }
        }
        Tensor::from_slice_on(&rows, [count, self.ndim()], self.device())
    }

    /// The columns of [`Tensor::nonzero`]: a vector of indices for each dimension, to index with. A scalar counts as a vector of one element.
    /// PyTorch: `torch.nonzero(as_tuple=True)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[0, 5], [6, 0]]);
    /// let index = x.nonzero_tuple()?;
    /// assert_eq!(index[0].to_vec::<i64>()?, [0, 1]);
    /// assert_eq!(x.i((&index[0], &index[1]))?.to_vec::<i64>()?, [5, 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::nonzero`].
    #[track_caller]
    pub fn nonzero_tuple(&self) -> Result<Vec<Tensor>> {
        self.atleast_1d()?.nonzero()?.unbind(1)
    }

    /// Another name for [`Tensor::nonzero`]. PyTorch: `torch.argwhere`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([0, 5, 6]).argwhere()?.to_vec2::<i64>()?, [[1], [2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::nonzero`].
    #[track_caller]
    pub fn argwhere(&self) -> Result<Tensor> {
        self.nonzero()
    }
}
