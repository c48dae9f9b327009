//! Padding with a number, or cropping.

use crate::{Ints, Tensor};
use rushlight_backend::{Error, Result, Scalar};

impl Tensor {
    /// `value` before and after each of the last dimensions: `[before, after]` of the last one first. Negative numbers crop.
    /// PyTorch: `torch.constant_pad_nd`, whose value is 0 by default.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.constant_pad_nd([1, -1], 0)?.to_vec2::<i64>()?, [[0, 1], [0, 3]]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn constant_pad_nd(
        &self,
        padding: impl Into<Ints>,
        value: impl Into<Scalar>,
    ) -> Result<Tensor> {
        let (padding, value) = (padding.into(), value.into());
        let padding = padding.as_slice();
        if !padding.len().is_multiple_of(2) || padding.len() / 2 > self.ndim() {
            return Err(Error::value(format!(
                "constant_pad_nd: {padding:?} must hold two numbers for each padded dimension, at most {} of them, for input {:?}",
                self.ndim(),
                self.shape()
            )));
        }
        for (i, sides) in padding.chunks(2).enumerate() {
            let (d, [before, after]) = (self.ndim() - 1 - i, [sides[0], sides[1]]);
            let n = self.shape()[d] as i128;
            let kept = n + before.min(0) as i128 + after.min(0) as i128;
            let total = n + before as i128 + after as i128;
            if kept < 0 || isize::try_from(total).is_err() {
                return Err(Error::shape(format!(
                    "constant_pad_nd: {before} and {after} do not fit size {n}, dimension {d} of {:?}",
                    self.shape()
                )));
            }
        }
        let mut out = self.clone();
        for (i, sides) in padding.chunks(2).enumerate() {
            if sides != [0, 0] {
                out = out.pad_one(self.ndim() - 1 - i, sides[0], sides[1], value)?;
            }
        }
        // The result is never the input's own memory.
        if out.shares_memory(self) {
            out.copy()
        } else {
            Ok(out)
        }
    }

    /// One dimension of [`Tensor::constant_pad_nd`], which has checked that it fits.
    #[track_caller]
    fn pad_one(&self, d: usize, before: isize, after: isize, value: Scalar) -> Result<Tensor> {
        let (dim, n) = (d as isize, self.shape()[d]);
        let (first, last) = (before.min(0).unsigned_abs(), after.min(0).unsigned_abs());
        let inner = self.narrow(dim, first, n - first - last)?;
        let block = |size: isize| {
            let mut shape = self.shape().to_vec();
            shape[d] = size as usize;
            self.new_full(&shape, value)
        };
        match (before > 0, after > 0) {
            (false, false) => Ok(inner),
            (true, false) => Tensor::cat(&[&block(before)?, &inner], dim),
            (false, true) => Tensor::cat(&[&inner, &block(after)?], dim),
            (true, true) => Tensor::cat(&[&block(before)?, &inner, &block(after)?], dim),
        }
    }
}
