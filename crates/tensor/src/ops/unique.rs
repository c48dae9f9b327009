//! Distinct elements and slices.

use crate::Tensor;
use crate::parameters::dim_of;
use rushlight_backend::{DType, Error, Result};

/// The result of [`Tensor::unique`] and related methods.
#[derive(Clone, Debug)]
pub struct Unique {
    /// Each element, or each slice along the dimension, once.
    pub values: Tensor,
    /// For each element or slice of the input its position in `values`: `int64`.
    pub inverse: Tensor,
    /// The number of occurrences of each of `values`: `int64`.
    pub counts: Tensor,
}

impl Tensor {
    /// The elements without repetitions, in ascending order. NaN equals nothing. Their number is read back from the device.
    /// No gradient. PyTorch: `torch.unique`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let unique = tensor!([3, 1, 3]).unique()?;
    /// assert_eq!(unique.values.to_vec::<i64>()?, [1, 3]);
    /// assert_eq!(unique.inverse.to_vec::<i64>()?, [1, 0, 1]);
    /// assert_eq!(unique.counts.to_vec::<i64>()?, [1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the elements cannot be read from the device.
    #[track_caller]
    pub fn unique(&self) -> Result<Unique> {
        let flat = self.detach().reshape(-1)?;
        let groups = Groups::of_sorted(&flat)?;
        groups.unique(&flat, 0, self.shape())
    }

    /// The distinct slices along a dimension, in lexicographic order, with the index of each original slice among them and the number of
    /// occurrences of each. NaN equals nothing. No gradient. PyTorch: `torch.unique(dim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let unique = tensor!([[3, 4], [1, 2], [3, 4]]).unique_dim(0)?;
    /// assert_eq!(unique.values.to_vec2::<i64>()?, [[1, 2], [3, 4]]);
    /// assert_eq!(unique.inverse.to_vec::<i64>()?, [1, 0, 1]);
    /// assert_eq!(unique.counts.to_vec::<i64>()?, [1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, the tensor is a scalar, or the slices are empty.
    #[track_caller]
    pub fn unique_dim(&self, dim: isize) -> Result<Unique> {
        let (x, slices, dim) = self.slices("unique", dim)?;
        let groups = Groups::of_sorted(&lexicographic(&slices)?)?;
        groups.unique(&x, dim, &[x.shape()[dim]])
    }

    /// The elements in row-major order without those that equal the one before them, as a vector, with the index of each original element among
    /// them and the length of each run. NaN equals nothing. No gradient. PyTorch: `torch.unique_consecutive`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let unique = tensor!([1, 1, 2, 1]).unique_consecutive()?;
    /// assert_eq!(unique.values.to_vec::<i64>()?, [1, 2, 1]);
    /// assert_eq!(unique.counts.to_vec::<i64>()?, [2, 1, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the elements cannot be read from the device.
    #[track_caller]
    pub fn unique_consecutive(&self) -> Result<Unique> {
        let flat = self.detach().reshape(-1)?;
        let groups = Groups::of_neighbours(&flat.unsqueeze(1)?)?;
        groups.unique(&flat, 0, self.shape())
    }

    /// The slices along a dimension without those that equal the one before them, with the index of each original slice among them and the length
    /// of each run. NaN equals nothing. No gradient. PyTorch: `torch.unique_consecutive(dim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let unique = tensor!([[1, 2], [1, 2], [3, 4]]).unique_consecutive_dim(0)?;
    /// assert_eq!(unique.values.to_vec2::<i64>()?, [[1, 2], [3, 4]]);
    /// assert_eq!(unique.counts.to_vec::<i64>()?, [2, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, the tensor is a scalar, or the slices are empty.
    #[track_caller]
    pub fn unique_consecutive_dim(&self, dim: isize) -> Result<Unique> {
        let (x, slices, dim) = self.slices("unique_consecutive", dim)?;
        let groups = Groups::of_neighbours(&slices)?;
        groups.unique(&x, dim, &[x.shape()[dim]])
    }

    /// The slices along a dimension as rows.
    #[track_caller]
    fn slices(&self, name: &str, dim: isize) -> Result<(Tensor, Tensor, usize)> {
        let d = dim_of(name, dim, self.ndim())?;
        if self.ndim() == 0 {
            return Err(Error::index(format!(
                "{name}: a scalar has no dimension {dim}"
            )));
        }
        let empty = |(other, &n): (usize, &usize)| other != d && n == 0;
        if self.shape().iter().enumerate().any(empty) {
            return Err(Error::shape(format!(
                "{name}: the slices along dimension {dim} of shape {:?} are empty",
                self.shape()
            )));
        }
        let n = self.shape()[d];
        let x = self.detach();
        let rows = x.movedim(d, 0)?.reshape([n, x.numel() / n.max(1)])?;
        Ok((x, rows, d))
    }
}

/// Elements or slices that are equal, as groups.
struct Groups {
    /// The position of the first of each group.
    first: Tensor,
    /// The group of each.
    inverse: Tensor,
    /// The size of each group.
    counts: Tensor,
}

impl Groups {
    /// Equal keys of a vector, in ascending order.
    #[track_caller]
    fn of_sorted(keys: &Tensor) -> Result<Groups> {
        let order = keys.argsort(0, false)?;
        let sorted = keys.gather(0, &order)?;
        let groups = Groups::of_neighbours(&sorted.unsqueeze(1)?)?;
        Ok(Groups {
            first: order.index_select(0, &groups.first)?,
            inverse: order.zeros_like()?.scatter(0, &order, &groups.inverse)?,
            counts: groups.counts,
        })
    }

    /// Equal rows that follow each other.
    #[track_caller]
    fn of_neighbours(rows: &Tensor) -> Result<Groups> {
        let n = rows.shape()[0];
        let starts = if n == 0 {
            Tensor::zeros(0, (DType::Bool, rows.device()))?
        } else {
            let changes = rows
                .narrow(0, 1, n - 1)?
                .ne(&rows.narrow(0, 0, n - 1)?)?
                .any_dim(1, false)?;
            let start = Tensor::ones(1, (DType::Bool, rows.device()))?;
            Tensor::cat(&[&start, &changes.to(DType::Bool)?], 0)?
        };
        let first = starts.nonzero()?.reshape(-1)?;
        let end = Tensor::full(1, n, (DType::I64, rows.device()))?;
        let counts = first.diff(1, 0, None, Some(&end))?;
        Ok(Groups {
            inverse: starts.cumsum(0)?.sub(1)?,
            first,
            counts,
        })
    }

    #[track_caller]
    fn unique(self, x: &Tensor, dim: usize, shape: &[usize]) -> Result<Unique> {
        Ok(Unique {
            values: x.index_select(dim as isize, &self.first)?,
            inverse: self.inverse.reshape(shape)?,
            counts: self.counts,
        })
    }
}

/// Keys in the order of rows: the ranks of the elements in each column, then those of neighbouring columns combined, pair by pair.
#[track_caller]
fn lexicographic(rows: &Tensor) -> Result<Tensor> {
    let n = rows.shape()[0];
    let mut keys = rows.clone();
    while keys.shape()[1] > 1 {
        let ranks = dense_ranks(&keys)?;
        let columns = ranks.shape()[1] as isize;
        let left = ranks.slice(1, 0, columns - columns % 2, 2)?;
        let right = ranks.slice(1, 1, columns, 2)?;
        // Ranks are below n, so this is their lexicographic order.
        keys = left.mul(n)?.add(&right)?;
        if columns % 2 == 1 {
            keys = Tensor::cat(&[&keys, &ranks.narrow(1, columns as usize - 1, 1)?], 1)?;
        }
    }
    keys.reshape(-1)
}

/// For each element the number of distinct smaller elements in its column.
#[track_caller]
fn dense_ranks(x: &Tensor) -> Result<Tensor> {
    let n = x.shape()[0];
    let order = x.argsort(0, false)?;
    if n < 2 {
        return order.zeros_like();
    }
    let sorted = x.gather(0, &order)?;
    let changes = sorted
        .narrow(0, 1, n - 1)?
        .ne(&sorted.narrow(0, 0, n - 1)?)?;
    let first = order.narrow(0, 0, 1)?.zeros_like()?;
    let ranks = Tensor::cat(&[&first, &changes.cumsum(0)?], 0)?;
    order.zeros_like()?.scatter(0, &order, &ranks)
}
