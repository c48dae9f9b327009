//! Cyclic shifts along dimensions.

use crate::{Ints, Tensor};
use rushlight_backend::{Error, Result};

impl Tensor {
    /// Shifts the entries by `shifts[i]` positions along `dims[i]`; entries shifted beyond the end reappear at the start. Without dimensions,
    /// shifts the flattened tensor by one number. PyTorch: `torch.roll`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4], [5, 6]]);
    /// assert_eq!(x.roll(1, 0)?.to_vec2::<i64>()?, [[5, 6], [1, 2], [3, 4]]);
    /// assert_eq!(x.roll(1, ())?.to_vec2::<i64>()?, [[6, 1], [2, 3], [4, 5]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range, or there are not as many shifts as dimensions.
    #[track_caller]
    pub fn roll(&self, shifts: impl Into<Ints>, dims: impl Into<Ints>) -> Result<Tensor> {
        let (shifts, dims) = (shifts.into(), dims.into());
        let (shifts, dims) = (shifts.as_slice(), dims.as_slice());
        if let (&[shift], []) = (shifts, dims) {
            return self.reshape(-1)?.roll_one(shift, 0)?.reshape(self.shape());
        }
        if shifts.is_empty() || shifts.len() != dims.len() {
            return Err(Error::value(format!(
                "roll: shifts {shifts:?} and dimensions {dims:?} must be as many, or one shift without dimension"
            )));
        }
        for &dim in dims {
            self.dimension("roll", dim)?;
        }
        let mut x = self.roll_one(shifts[0], dims[0])?;
        for (&shift, &dim) in shifts.iter().zip(dims).skip(1) {
            x = x.roll_one(shift, dim)?;
        }
        Ok(x)
    }

    #[track_caller]
    fn roll_one(&self, shift: isize, dim: isize) -> Result<Tensor> {
        let n = self.size(dim)?;
        if self.numel() == 0 {
            return self.copy();
        }
        let cut = n - shift.rem_euclid(n as isize) as usize;
        let (back, front) = (self.narrow(dim, cut, n - cut)?, self.narrow(dim, 0, cut)?);
        Tensor::cat(&[&back, &front], dim)
    }
}
