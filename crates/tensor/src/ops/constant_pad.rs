//! Padding with a constant, or cropping.

use crate::create::expect_fits;
use crate::{Ints, Tensor};
use rushlight_backend::{Error, Result, Scalar};

impl Tensor {
    /// `value` before and after each of the last dimensions: `[before, after]` of the last one first. Negative numbers crop.
    /// PyTorch: `torch.constant_pad_nd`, whose value is 0 by default.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.constant_pad_nd([1, -1], 0)?.to_vec2::<i64>()?, [[0, 1], [0, 3]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `padding` does not hold two numbers for each padded dimension, crops more than there is, or the dtype cannot hold `value`.
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
        let mut shape = *self.layout().shape();
        for (i, sides) in padding.chunks(2).enumerate() {
            let (d, [before, after]) = (self.ndim() - 1 - i, [sides[0], sides[1]]);
            let n = self.shape()[d] as i128;
            let kept = n + before.min(0) as i128 + after.min(0) as i128;
            let total = n + before as i128 + after as i128;
            shape[d] = usize::try_from(total).unwrap_or(usize::MAX);
            if kept < 0 || shape.extent().is_none() {
                return Err(Error::shape(format!(
                    "constant_pad_nd: {before} and {after} do not fit size {n}, dimension {d} of {:?}",
                    self.shape()
                )));
            }
        }
        if padding.iter().any(|n| *n > 0) {
            expect_fits("constant_pad_nd", value, self.dtype())?;
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

    /// [`Tensor::constant_pad_nd`] for one dimension, whose arguments are already checked.
    #[track_caller]
    fn pad_one(&self, d: usize, before: isize, after: isize, value: Scalar) -> Result<Tensor> {
        let (dim, n) = (d as isize, self.shape()[d]);
        let (first, last) = (before.min(0).unsigned_abs(), after.min(0).unsigned_abs());
        let inner = self.narrow(dim, first, n - first - last)?;
        let (before, after) = (before.max(0).unsigned_abs(), after.max(0).unsigned_abs());
        if before == 0 && after == 0 {
            return Ok(inner);
        }
        let (before, after) = (self.block(d, before, value)?, self.block(d, after, value)?);
        Tensor::cat(&[&before, &inner, &after], dim)
    }

    /// A tensor filled with `value`, with this tensor's shape except for dimension `d`.
    #[track_caller]
    fn block(&self, d: usize, size: usize, value: Scalar) -> Result<Tensor> {
        let mut shape = *self.layout().shape();
        shape[d] = size;
        self.new_full(&shape, value)
    }
}
