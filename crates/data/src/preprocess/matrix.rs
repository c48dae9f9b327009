//! The result of a transformer: a dense matrix of f64.

use rushlight_backend::{DType, Error, Result, room};
use rushlight_tensor::Tensor;

/// A dense `rows × cols` matrix of `f64` in row-major order.
///
/// ```
/// use rushlight::data::Matrix;
/// let m = Matrix::new(2, 3, vec![1., 2., 3., 4., 5., 6.])?;
/// assert_eq!(m.shape(), [2, 3]);
/// assert_eq!(m.row(1), [4., 5., 6.]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// A matrix of the numbers `data`, row by row.
    ///
    /// # Errors
    /// If the number of numbers is not `rows × cols`.
    #[track_caller]
    pub fn new(rows: usize, cols: usize, data: Vec<f64>) -> Result<Matrix> {
        if rows.checked_mul(cols) != Some(data.len()) {
            let got = data.len();
            return Err(Error::shape(format!(
                "matrix: {got} numbers do not fill {rows} x {cols}"
            )));
        }
        Ok(Matrix { rows, cols, data })
    }

    /// A matrix of zeros.
    ///
    /// # Errors
    /// If there is not enough memory for it.
    #[track_caller]
    pub fn zeros(rows: usize, cols: usize) -> Result<Matrix> {
        let mut data = room("matrix", rows.checked_mul(cols))?;
        data.resize(rows * cols, 0.0);
        Ok(Matrix { rows, cols, data })
    }

    /// The number of rows.
    pub fn n_rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn n_cols(&self) -> usize {
        self.cols
    }

    /// The number of rows and the number of columns.
    pub fn shape(&self) -> [usize; 2] {
        [self.rows, self.cols]
    }

    /// The numbers, row by row.
    pub fn data(&self) -> &[f64] {
        &self.data
    }

    /// The numbers, row by row, without a copy.
    pub fn into_data(self) -> Vec<f64> {
        self.data
    }

    /// The numbers rounded to `f32`, row by row.
    pub fn to_f32(&self) -> Vec<f32> {
        self.data.iter().map(|&x| x as f32).collect()
    }

    /// The matrix as a tensor `[rows, cols]` of any dtype. Models are usually trained in `DType::F32`.
    #[track_caller]
    pub fn to_tensor(&self, dtype: DType) -> Result<Tensor> {
        let shape = self.shape();
        match dtype {
            // A tensor of f64 in between would be a second copy of all numbers.
            DType::F32 => Tensor::from_slice(&self.to_f32(), shape),
            DType::F64 => Tensor::from_slice(&self.data, shape),
            _ => Tensor::from_slice(&self.data, shape)?.to(dtype),
        }
    }

    /// The numbers of a row. Panics if the row is out of range, as slices do.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.cols..][..self.cols]
    }

    /// The numbers of a column, from top to bottom. Panics if the column is out of range.
    pub fn column(&self, col: usize) -> impl ExactSizeIterator<Item = f64> {
        assert!(col < self.cols, "matrix: column {col} of {}", self.cols);
        (0..self.rows).map(move |row| self.data[row * self.cols + col])
    }

    /// The numbers of row `row` from column `first` on.
    pub(crate) fn row_from(&mut self, row: usize, first: usize) -> &mut [f64] {
        &mut self.data[row * self.cols + first..(row + 1) * self.cols]
    }

    /// Writes `values`, one per row, into column `col`.
    pub(crate) fn set_column(&mut self, col: usize, values: impl Iterator<Item = f64>) {
        for (cell, value) in self
            .data
            .iter_mut()
            .skip(col)
            .step_by(self.cols)
            .zip(values)
        {
            *cell = value;
        }
    }
}
