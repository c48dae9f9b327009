//! Lower and upper triangles of matrices, and their indices.

use crate::{Options, Tensor};
use rushlight_backend::{DType, Error, Result, room};
use std::ops::Range;

impl Tensor {
    /// A copy in which the elements above diagonal `k` of the matrices in the last two dimensions are 0: `[*, m, n] → [*, m, n]`.
    /// PyTorch: `torch.tril`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.tril(0)?.to_vec2::<i64>()?, [[1, 0], [3, 4]]);
    /// assert_eq!(x.tril(-1)?.to_vec2::<i64>()?, [[0, 0], [3, 0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions.
    #[track_caller]
    pub fn tril(&self, k: isize) -> Result<Tensor> {
        let (row, col) = self.coordinates("tril")?;
        self.masked_fill(&col.sub(&row)?.gt(k as i64)?, 0)
    }

    /// A copy in which the elements below diagonal `k` of the matrices in the last two dimensions are 0: `[*, m, n] → [*, m, n]`.
    /// PyTorch: `torch.triu`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.triu(0)?.to_vec2::<i64>()?, [[1, 2], [0, 4]]);
    /// assert_eq!(x.triu(1)?.to_vec2::<i64>()?, [[0, 2], [0, 0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions.
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
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::tril_indices(2, 2, 0, ())?.to_vec2::<i64>()?, [[0, 1, 1], [0, 0, 1]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is neither `int64` nor `int32`, or cannot hold the largest index.
    #[track_caller]
    pub fn tril_indices(
        rows: usize,
        cols: usize,
        k: isize,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let below = |row: usize| 0..reach(row, k.saturating_add(1), cols);
        // Rows above the triangle have no elements.
        let first = k.saturating_add(1).min(0).unsigned_abs().min(rows);
        let n = lower(rows, cols, k.saturating_add(1));
        indices("tril_indices", first..rows, below, n, options.into())
    }

    /// The rows and columns of the elements of an upper triangle, from diagonal `k` on, in row-major order: `[2, n]`, `int64` by default.
    /// PyTorch: `torch.triu_indices`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::triu_indices(2, 2, 0, ())?.to_vec2::<i64>()?, [[0, 0, 1], [0, 1, 1]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is neither `int64` nor `int32`, or cannot hold the largest index.
    #[track_caller]
    pub fn triu_indices(
        rows: usize,
        cols: usize,
        k: isize,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let above = |row: usize| reach(row, k, cols)..cols;
        // Rows below the triangle have no elements.
        let end = cols.saturating_add_signed(k.saturating_neg()).min(rows);
        let n = rows as u128 * cols as u128 - lower(rows, cols, k);
        indices("triu_indices", 0..end, above, n, options.into())
    }
}

/// `row + k`, clamped to `0..=cols`.
fn reach(row: usize, k: isize, cols: usize) -> usize {
    row.saturating_add_signed(k).min(cols)
}

/// The number of elements before column `row + k` in the rows of a matrix.
fn lower(rows: usize, cols: usize, k: isize) -> u128 {
    let above = k.min(0).unsigned_abs().min(rows);
    let (rows, cols) = ((rows - above) as u128, cols as u128);
    let first = (k.max(0) as u128).min(cols);
    // These rows grow by one element each, the others are full.
    let growing = rows.min(cols - first);
    growing * (2 * first + growing.saturating_sub(1)) / 2 + (rows - growing) * cols
}

/// The coordinates of the `n` elements of a matrix whose rows consist of `columns`.
#[track_caller]
fn indices(
    name: &str,
    rows: Range<usize>,
    columns: impl Fn(usize) -> Range<usize>,
    n: u128,
    options: Options,
) -> Result<Tensor> {
    let dtype = options.dtype.unwrap_or(DType::I64);
    if !matches!(dtype, DType::I64 | DType::I32) {
        return Err(Error::dtype(format!(
            "{name}: indices are int64 or int32, not {dtype}"
        )));
    }
    if n > 0 && dtype == DType::I32 {
        let last = rows.end - 1;
        let largest = last.max(columns(last).end - 1);
        if i32::try_from(largest).is_err() {
            return Err(Error::value(format!(
                "{name}: the index {largest} is outside the range of int32; take int64"
            )));
        }
    }
    let n = usize::try_from(n).ok();
    let mut both: Vec<i64> = room(name, n.and_then(|n| n.checked_mul(2)))?;
    if n != Some(0) {
        let coordinates = || rows.clone().flat_map(|r| columns(r).map(move |c| (r, c)));
        both.extend(coordinates().map(|(r, _)| r as i64));
        both.extend(coordinates().map(|(_, c)| c as i64));
    }
    let shape = [2, both.len() / 2];
    Tensor::from_slice_on(&both, shape, &options.device())?.to(dtype)
}
