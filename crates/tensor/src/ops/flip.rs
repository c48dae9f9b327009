//! Flips, which reverse dimensions, and rotations by 90 degrees.

use crate::parameters::dim_of;
use crate::{Ints, Tensor};
use rushlight_backend::{Error, Result};

impl Tensor {
    /// A copy with the order of the entries along the given dimensions reversed; without dimensions a plain copy. PyTorch: `torch.flip`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.flip(1)?.to_vec2::<i64>()?, [[2, 1], [4, 3]]);
    /// assert_eq!(x.flip([0, 1])?.to_vec2::<i64>()?, [[4, 3], [2, 1]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears more than once.
    #[track_caller]
    pub fn flip(&self, dims: impl Into<Ints>) -> Result<Tensor> {
        let dims = dims.into();
        if dims.as_slice().is_empty() {
            return self.copy();
        }
        let axes = self.axes("flip", dims)?;
        if self.ndim() == 0 || self.numel() == 0 {
            return self.copy();
        }
        let mut x = self.clone();
        for d in axes.iter() {
            let n = self.shape()[d] as i64;
            let index = Tensor::arange(n - 1, -1, -1, self.device())?;
            x = x.index_select(d as isize, &index)?;
        }
        Ok(x)
    }

    /// A copy with the columns, dimension 1, in reverse order. PyTorch: `torch.fliplr`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2], [3, 4]]).fliplr()?.to_vec2::<i64>()?, [[2, 1], [4, 3]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions.
    #[track_caller]
    pub fn fliplr(&self) -> Result<Tensor> {
        self.at_least("fliplr", 2)?;
        self.flip(1)
    }

    /// A copy with the rows, dimension 0, in reverse order. PyTorch: `torch.flipud`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2], [3, 4]]).flipud()?.to_vec2::<i64>()?, [[3, 4], [1, 2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is a scalar.
    #[track_caller]
    pub fn flipud(&self) -> Result<Tensor> {
        self.at_least("flipud", 1)?;
        self.flip(0)
    }

    /// A copy rotated by `k` times 90 degrees in the plane of two dimensions, from the first towards the second. PyTorch: `torch.rot90` (there `k`
    /// is 1 and `dims` is `[0, 1]` by default).
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.rot90(1, [0, 1])?.to_vec2::<i64>()?, [[2, 4], [1, 3]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `dims` are not two different dimensions of the tensor.
    #[track_caller]
    pub fn rot90(&self, k: isize, dims: impl Into<Ints>) -> Result<Tensor> {
        self.at_least("rot90", 2)?;
        let dims = dims.into();
        let &[first, second] = dims.as_slice() else {
            return Err(Error::value(format!(
                "rot90: the dimensions of a plane are two, got {:?}",
                dims.as_slice()
            )));
        };
        let rank = self.ndim();
        if dim_of("rot90", first, rank)? == dim_of("rot90", second, rank)? {
            return Err(Error::value(format!(
                "rot90: the dimensions of a plane differ, got {first} and {second}"
            )));
        }
        match k.rem_euclid(4) {
            1 => self.flip(second)?.transpose(first, second),
            2 => self.flip([first, second]),
            3 => self.flip(first)?.transpose(first, second),
            _ => self.copy(),
        }
    }
}
