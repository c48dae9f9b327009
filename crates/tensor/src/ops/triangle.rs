//! Triangles of matrices.

use crate::{Options, Tensor};
use rushlight_backend::{DType, Error, Result};
use std::ops::Range;

impl Tensor {
    /// The lower triangle of the last two dimensions, up to diagonal `k`; zeros above. PyTorch: `torch.tril`.
    #[track_caller]
    pub fn tril(&self, k: isize) -> Result<Tensor> {
        let (row, col) = self.coordinates("tril")?;
        self.masked_fill(&col.sub(&row)?.gt(k as i64)?, 0)
    }

    /// The upper triangle of the last two dimensions, from diagonal `k` on; zeros below. PyTorch: `torch.triu`.
    #[track_caller]
    pub fn triu(&self, k: isize) -> Result<Tensor> {
        let (row, col) = self.coordinates("triu")?;
        self.masked_fill(&col.sub(&row)?.lt(k as i64)?, 0)
    }

    /// Row numbers as a column and column numbers as a row.
    #[track_caller]
    fn coordinates(&self, name: &str) -> Result<(Tensor, Tensor)> {
        let &[.., rows, cols] = self.shape() else {
            return Err(Error::shape(format!(
                "{name}: expected at least 2 dimensions, got shape {:?}",
                self.shape()
            )));
        };
        let row = Tensor::arange(0, rows, 1, self.device())?.reshape([rows, 1])?;
        Ok((row, Tensor::arange(0, cols, 1, self.device())?))
    }

    /// Rows and columns of the elements of a lower triangle up to diagonal `k`, row by row: `[2, n]`, `int64` by default.
    /// PyTorch: `torch.tril_indices`.
    ///
    /// ```
    /// # use rushlight_tensor::Tensor;
    /// assert_eq!(Tensor::tril_indices(2, 2, 0, ())?.to_vec2::<i64>()?, [[0, 1, 1], [0, 0, 1]]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn tril_indices(
        rows: usize,
        cols: usize,
        k: isize,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let below = |row: usize| 0..reach(row, k.saturating_add(1), cols);
        indices("tril_indices", rows, below, options.into())
    }

    /// Rows and columns of the elements of an upper triangle from diagonal `k` on, row by row: `[2, n]`, `int64` by default.
    /// PyTorch: `torch.triu_indices`.
    #[track_caller]
    pub fn triu_indices(
        rows: usize,
        cols: usize,
        k: isize,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let above = |row: usize| reach(row, k, cols)..cols;
        indices("triu_indices", rows, above, options.into())
    }
}

/// `row + k`, kept between 0 and `cols`.
fn reach(row: usize, k: isize, cols: usize) -> usize {
    row.saturating_add_signed(k).min(cols)
}

/// The places of a matrix whose rows reach over `columns`.
#[track_caller]
fn indices(
    name: &str,
    rows: usize,
    columns: impl Fn(usize) -> Range<usize>,
    options: Options,
) -> Result<Tensor> {
    let dtype = options.dtype.unwrap_or(DType::I64);
    if !matches!(dtype, DType::I64 | DType::I32) {
        return Err(Error::dtype(format!(
            "{name}: indices are int64 or int32, not {dtype}"
        )));
    }
    let (mut row, mut col) = (Vec::new(), Vec::new());
    for r in 0..rows {
        for c in columns(r) {
            row.push(r as i64);
            col.push(c as i64);
        }
    }
    let n = row.len();
    row.append(&mut col);
    Tensor::from_slice_on(&row, [2, n], &options.device())?.to(dtype)
}
