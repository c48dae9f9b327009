//! The Cholesky decomposition of positive definite matrices, and linear systems solved by it.

use super::product::dot;
use super::{Unfit, Worked, triangular};

/// `a = l lᵀ` from the lower triangle of `a`; rows that cannot be computed are NaN.
pub(super) fn factor(a: &[f64], n: usize, l: &mut [f64]) -> Worked {
    l.fill(0.0);
    for i in 0..n {
        let (above, row) = l.split_at_mut(i * n);
        for j in 0..i {
            let other = &above[j * n..(j + 1) * n];
            row[j] = (a[i * n + j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let square = a[i * n + i] - dot(&row[..i], &row[..i]);
        if square <= 0.0 || square.is_nan() {
            l[i * n..].fill(f64::NAN);
            return Err(Unfit(format!(
                "is not positive definite: its leading minor of order {} is not positive",
                i + 1
            )));
        }
        row[i] = square.sqrt();
    }
    Ok(())
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
