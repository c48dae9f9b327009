//! Joining tensors, cutting them apart, repeating and turning them.

use crate::parameters::dim_of;
use crate::{Ints, Tensor, apply};
use rushlight_backend::{DType, Dims, Error, MAX_RANK, Op, Result, broadcast};

impl Tensor {
    /// Tensors joined along a dimension; sizes along the others are equal. PyTorch: `torch.cat`.
    ///
    /// ```
    /// # use rushlight_tensor::{Tensor, tensor};
    /// let x = Tensor::cat(&[&tensor!([[1, 2]]), &tensor!([[3, 4], [5, 6]])], 0)?;
    /// assert_eq!(x.shape(), [3, 2]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn cat(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
        let Some(first) = tensors.first() else {
            return Err(Error::value("cat: expected at least one tensor"));
        };
        // PyTorch skips empty vectors, whatever the others' rank.
        let joined: Vec<&Tensor> = tensors
            .iter()
            .copied()
            .filter(|t| t.shape() != [0])
            .collect();
        let Some(model) = joined.first() else {
            return first.copy();
        };
        if let Some(t) = tensors.iter().find(|t| t.ndim() == 0) {
            return Err(Error::shape(format!(
                "cat: a 0-dimensional tensor cannot be joined (shape {:?}); use stack",
                t.shape()
            )));
        }
        let dim = dim_of("cat", dim, model.ndim())? as u8;
        apply(Op::Cat { dim }, &joined)
    }

    /// Tensors of one shape along a new dimension. PyTorch: `torch.stack`.
    #[track_caller]
    pub fn stack(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
        let Some(first) = tensors.first() else {
            return Err(Error::value("stack: expected at least one tensor"));
        };
        if let Some(t) = tensors.iter().find(|t| t.shape() != first.shape()) {
            return Err(Error::shape(format!(
                "stack: the shapes differ: {:?} and {:?}",
                first.shape(),
                t.shape()
            )));
        }
        dim_of("stack", dim, first.ndim() + 1)?;
        let rows: Vec<Tensor> = tensors
            .iter()
            .map(|t| t.unsqueeze(dim))
            .collect::<Result<_>>()?;
        Tensor::cat(&rows.iter().collect::<Vec<_>>(), dim)
    }

    /// Views of `size` entries each along a dimension, the last perhaps shorter. PyTorch: `torch.split`.
    #[track_caller]
    pub fn split(&self, size: usize, dim: isize) -> Result<Vec<Tensor>> {
        let n = self.size(dim)?;
        if size == 0 && n > 0 {
            return Err(Error::value(format!(
                "split: the size must be positive for a dimension of {n}"
            )));
        }
        let count = if size == 0 {
            1
        } else {
            n.div_ceil(size).max(1)
        };
        (0..count)
            .map(|i| self.narrow(dim, i * size, size.min(n - i * size)))
            .collect()
    }

    /// Views of the given sizes along a dimension, which they must fill. PyTorch: `torch.split(list)`.
    #[track_caller]
    pub fn split_sizes(&self, sizes: &[usize], dim: isize) -> Result<Vec<Tensor>> {
        let n = self.size(dim)?;
        if sizes.iter().sum::<usize>() != n {
            return Err(Error::value(format!(
                "split: sizes {sizes:?} do not add up to dimension {dim} of shape {:?}",
                self.shape()
            )));
        }
        let mut start = 0;
        let mut parts = Vec::with_capacity(sizes.len());
        for &size in sizes {
            parts.push(self.narrow(dim, start, size)?);
            start += size;
        }
        Ok(parts)
    }

    /// At most `n` views of equal size along a dimension, the last perhaps smaller. PyTorch: `torch.chunk`.
    #[track_caller]
    pub fn chunk(&self, n: usize, dim: isize) -> Result<Vec<Tensor>> {
        if n == 0 {
            return Err(Error::value("chunk: the number of chunks must be positive"));
        }
        let size = self.size(dim)?;
        if size == 0 {
            return (0..n).map(|_| self.narrow(dim, 0, 0)).collect();
        }
        self.split(size.div_ceil(n), dim)
    }

    /// A view of each entry along a dimension. PyTorch: `torch.unbind`.
    #[track_caller]
    pub fn unbind(&self, dim: isize) -> Result<Vec<Tensor>> {
        (0..self.size(dim)?)
            .map(|i| self.select(dim, i as isize))
            .collect()
    }

    /// Repeated `repeats[i]` times along dimension `i`, new leading dimensions included. PyTorch: `Tensor.repeat`.
    #[track_caller]
    pub fn repeat(&self, repeats: impl Into<Ints>) -> Result<Tensor> {
        let repeats = repeats.into().shape("repeat")?;
        let Some(extra) = repeats.len().checked_sub(self.ndim()) else {
            return Err(Error::shape(format!(
                "repeat: {repeats:?} must have at least the {} dimensions of shape {:?}",
                self.ndim(),
                self.shape()
            )));
        };
        let shape: Vec<usize> = std::iter::repeat_n(1, extra)
            .chain(self.shape().iter().copied())
            .collect();
        let total: Vec<usize> = shape
            .iter()
            .zip(repeats.iter())
            .map(|(n, r)| n * r)
            .collect();
        let mut x = self.reshape(shape)?;
        for (d, &r) in repeats.iter().enumerate() {
            if r != 1 {
                // One dimension at a time: [r, n] side by side needs a spare dimension only while it is copied.
                let rows: Vec<&Tensor> = (0..r).map(|_| &x).collect();
                x = if r == 0 {
                    x.narrow(d as isize, 0, 0)?
                } else {
                    Tensor::cat(&rows, d as isize)?
                };
            }
        }
        let x = x.reshape(total)?;
        if x.shares_memory(self) {
            x.copy()
        } else {
            Ok(x)
        }
    }

    /// As [`Tensor::repeat`], missing leading repeats being 1. PyTorch: `torch.tile`.
    #[track_caller]
    pub fn tile(&self, repeats: impl Into<Ints>) -> Result<Tensor> {
        let repeats = repeats.into().shape("tile")?;
        let missing = self.ndim().saturating_sub(repeats.len());
        self.repeat(
            std::iter::repeat_n(1, missing)
                .chain(repeats.iter().copied())
                .collect::<Vec<usize>>(),
        )
    }

    /// Each entry along a dimension `n` times in a row. PyTorch: `torch.repeat_interleave`.
    #[track_caller]
    pub fn repeat_interleave(&self, n: usize, dim: isize) -> Result<Tensor> {
        let size = self.size(dim)?;
        let index = Tensor::arange(0, size, 1, self.device())?
            .reshape([-1, 1])?
            .expand([size, n])?
            .reshape(-1)?;
        self.index_select(dim, &index)
    }

    /// The order of the entries along the dimensions turned round, as a copy. PyTorch: `torch.flip`.
    #[track_caller]
    pub fn flip(&self, dims: impl Into<Ints>) -> Result<Tensor> {
        let dims = dims.into();
        if self.ndim() == 0 || dims.as_slice().is_empty() {
            return self.copy();
        }
        let mut x = self.clone();
        for d in self.axes("flip", dims)?.iter() {
            let n = self.shape()[d] as i64;
            let index = Tensor::arange(n - 1, -1, -1, self.device())?;
            x = x.index_select(d as isize, &index)?;
        }
        Ok(x)
    }

    /// Entries moved `shift` places along a dimension, those that leave coming in at the other end. PyTorch: `torch.roll`.
    #[track_caller]
    pub fn roll(&self, shift: isize, dim: isize) -> Result<Tensor> {
        if self.ndim() == 0 || self.numel() == 0 {
            return self.copy();
        }
        let n = self.size(dim)?;
        let cut = (-shift).rem_euclid(n as isize) as usize;
        Tensor::cat(
            &[&self.narrow(dim, cut, n - cut)?, &self.narrow(dim, 0, cut)?],
            dim,
        )
    }

    /// Views of all tensors expanded to the shape that they broadcast to. PyTorch: `torch.broadcast_tensors`.
    #[track_caller]
    pub fn broadcast_tensors(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
        let mut shape = Dims::SCALAR;
        for t in tensors {
            shape = broadcast("broadcast_tensors", &shape, t.shape())?;
        }
        tensors.iter().map(|t| t.expand(&shape)).collect()
    }

    /// Coordinate tensors from vectors, in matrix order (`ij`). PyTorch: `torch.meshgrid(indexing="ij")`.
    #[track_caller]
    pub fn meshgrid(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
        if tensors.len() > MAX_RANK || tensors.iter().any(|t| t.ndim() > 1) {
            return Err(Error::shape(format!(
                "meshgrid: expected up to {MAX_RANK} vectors"
            )));
        }
        let shape: Vec<usize> = tensors.iter().map(|t| t.numel()).collect();
        let place = |(i, t): (usize, &&Tensor)| {
            let mut own = vec![1; shape.len()];
            own[i] = shape[i];
            t.reshape(own)?.expand(&shape)
        };
        tensors.iter().enumerate().map(place).collect()
    }

    /// A last dimension of `classes` entries that is 1 at the index and 0 elsewhere, in `int64`; `None` takes as many classes as the largest
    /// index needs. PyTorch: `nn.functional.one_hot`.
    #[track_caller]
    pub fn one_hot(&self, classes: impl Into<Option<usize>>) -> Result<Tensor> {
        if self.dtype() != DType::I64 {
            return Err(Error::dtype(format!(
                "one_hot: the indices must be int64, not {}",
                self.dtype()
            )));
        }
        let classes = match classes.into() {
            Some(classes) => classes,
            None if self.numel() == 0 => {
                return Err(Error::shape(format!(
                    "one_hot: the indices of shape {:?} are empty and do not say how many classes there are",
                    self.shape()
                )));
            }
            None => (self.max()?.item::<i64>()? + 1).max(0) as usize,
        };
        let index = self.unsqueeze(-1)?;
        let mut shape = self.shape().to_vec();
        shape.push(classes);
        let ones = Tensor::ones(index.shape(), (DType::I64, self.device()))?;
        Tensor::zeros(shape, (DType::I64, self.device()))?.scatter(-1, &index, &ones)
    }
}
