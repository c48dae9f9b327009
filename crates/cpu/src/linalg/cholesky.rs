//! The Cholesky decomposition of positive definite matrices, and linear systems solved by it.

use super::product::{Part, add_product, dot};
use super::{Unfit, Worked, triangular};

/// The number of columns that are computed before the columns to their right are changed, by products.
const BLOCK: usize = 32;

/// `a = l lᵀ` from the lower triangle of `a`; rows that cannot be computed are NaN.
pub(super) fn factor(a: &[f64], n: usize, l: &mut [f64]) -> Worked {
    l.fill(0.0);
    for i in 0..n {
        l[i * n..=i * n + i].copy_from_slice(&a[i * n..=i * n + i]);
    }
    for first in (0..n).step_by(BLOCK) {
        let last = n.min(first + BLOCK);
        for i in first..n {
            let (above, row) = l.split_at_mut(i * n);
            for j in first..last.min(i) {
                let other = &above[j * n..(j + 1) * n];
                row[j] = (row[j] - dot(&row[first..j], &other[first..j])) / other[j];
            }
            if i >= last {
                continue;
            }
            let square = row[i] - dot(&row[first..i], &row[first..i]);
            if square <= 0.0 || square.is_nan() {
                l[i * n..].fill(f64::NAN);
                return Err(Unfit(format!(
                    "is not positive definite: its leading minor of order {} is not positive",
                    i + 1
                )));
            }
            row[i] = square.sqrt();
        }
        subtract_square(l, n, first, last);
    }
    Ok(())
}

/// Subtracts the product of the columns from `first` to `last` with their transpose from what is below and to the right, of which only the
/// lower triangle is used.
fn subtract_square(l: &mut [f64], n: usize, first: usize, last: usize) {
    /// Rows of a part of the product.
    const ROWS: usize = 128;
    let width = last - first;
    let columns: Vec<f64> = l[last * n..]
        .chunks(n)
        .flat_map(|row| &row[first..last])
        .copied()
        .collect();
    for from in (last..n).step_by(ROWS) {
        let to = n.min(from + ROWS);
        let left = Part::new(&columns[(from - last) * width..], to - from, width, width);
        let right = Part::new(&columns, to - last, width, width).transposed();
        add_product(&mut l[from * n + last..], n, -1.0, left, right);
        // Above the diagonal there are zeros.
        for i in from..to {
            l[i * n + i + 1..(i + 1) * n].fill(0.0);
        }
    }
}

/// Replaces the right-hand sides `b` by the solutions of `l lᵀ x = b`, or of `lᵀ l x = b` for an upper factor.
pub(super) fn solve(l: &[f64], n: usize, upper: bool, b: &mut [f64], cols: usize) {
    if upper {
        triangular::solve_transposed(l, n, true, b, cols);
        triangular::solve(l, n, true, false, b, cols);
    } else {
        triangular::solve(l, n, false, false, b, cols);
        triangular::solve_transposed(l, n, false, b, cols);
    }
}
