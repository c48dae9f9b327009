//! Boolean masks: reading and writing where a mask is true, and the positions of nonzero elements.

use crate::Tensor;
use rushlight_backend::{DType, Error, Result, broadcast};

impl Tensor {
    /// The elements where `mask` (`bool`, broadcast) is true, as a vector. PyTorch: `torch.masked_select`.
    #[track_caller]
    pub fn masked_select(&self, mask: &Tensor) -> Result<Tensor> {
        let (x, hits) = self.under_mask("masked_select", mask)?;
        x.reshape(-1)?.index_select(0, &hits)
    }

    /// A copy with the elements where `mask` is true replaced, in order, by the first elements of `source`. `mask` (`bool`) and this tensor
    /// broadcast.
    /// PyTorch: `Tensor.masked_scatter`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([1, 2, 3]).masked_scatter(&tensor!([true, false, true]), &tensor!([7, 8, 9]))?;
    /// assert_eq!(x.to_vec::<i64>()?, [7, 2, 8]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
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

    /// [`Tensor::masked_scatter`] in place.
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

    /// The indices of the elements that are not 0, one per row. Their number is read back from the device. PyTorch: `torch.nonzero`.
    #[track_caller]
    pub fn nonzero(&self) -> Result<Tensor> {
        let hits = self.ne(0)?.to_vec::<bool>()?;
        let strides = self.layout().shape().contiguous_strides();
        let mut rows: Vec<i64> = Vec::new();
        for flat in (0..hits.len()).filter(|&i| hits[i]) {
            let mut rest = flat;
            for &stride in strides.iter() {
                rows.push((rest / stride) as i64);
                rest %= stride;
            }
        }
        let count = hits.iter().filter(|h| **h).count();
        Tensor::from_slice_on(&rows, [count, self.ndim()], self.device())
    }

    /// [`Tensor::nonzero`] as one vector for each dimension, ready to index with; a scalar counts as a vector.
    /// PyTorch: `torch.nonzero(as_tuple=True)`.
    #[track_caller]
    pub fn nonzero_tuple(&self) -> Result<Vec<Tensor>> {
        self.atleast_1d()?.nonzero()?.unbind(1)
    }

    /// Another name for [`Tensor::nonzero`]. PyTorch: `torch.argwhere`.
    #[track_caller]
    pub fn argwhere(&self) -> Result<Tensor> {
        self.nonzero()
    }
}
