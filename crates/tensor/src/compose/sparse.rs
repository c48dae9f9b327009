//! Products with sparse matrices, composed of reads by index and sums.

use crate::Tensor;
use rushlight_backend::{Result, SparseRows};

/// The number of entries in a row up to which the first entries of all rows are added together, then the second ones, and so on.
const FEW: usize = 8;

#[track_caller]
pub(super) fn product(matrix: &SparseRows, x: &Tensor, dim: usize) -> Result<Tensor> {
    let rows = || (0..matrix.rows()).map(|i| matrix.row(i));
    let most = rows().map(<[_]>::len).max().unwrap_or(0);
    let taken = |entries: &[(usize, f64)]| -> Result<Tensor> {
        let index: Vec<i64> = entries.iter().map(|entry| entry.0 as i64).collect();
        let weights: Vec<f64> = entries.iter().map(|entry| entry.1).collect();
        let mut along = vec![1; x.ndim()];
        along[dim] = entries.len();
        let index = Tensor::from_slice_on(&index, index.len(), x.device())?;
        let weights = Tensor::from_slice_on(&weights, along.as_slice(), x.device())?;
        x.index_select(dim as isize, &index)?
            .mul(&weights.to(x.dtype())?)
    };
    let mut shape = x.shape().to_vec();
    shape[dim] = matrix.rows();
    if most > FEW || rows().any(<[_]>::is_empty) {
        let all: Vec<(usize, f64)> = rows().flatten().copied().collect();
        let to: Vec<i64> = (0..matrix.rows())
            .flat_map(|i| std::iter::repeat_n(i as i64, matrix.row(i).len()))
            .collect();
        let to = Tensor::from_slice_on(&to, to.len(), x.device())?;
        let zeros = Tensor::zeros(shape, (x.dtype(), x.device()))?;
        return zeros.index_add(dim as isize, &to, &taken(&all)?);
    }
    let mut sum: Option<Tensor> = None;
    for k in 0..most {
        // A row with fewer entries repeats its last column with the weight 0.
        let last =
            |row: &[(usize, f64)]| row.get(k).copied().unwrap_or((row[row.len() - 1].0, 0.0));
        let part = taken(&rows().map(last).collect::<Vec<_>>())?;
        sum = Some(match sum {
            None => part,
            Some(sum) => sum.add(&part)?,
        });
    }
    sum.map_or_else(|| Tensor::zeros(shape, (x.dtype(), x.device())), Ok)
}
