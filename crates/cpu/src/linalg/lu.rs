//! LU decomposition with row exchanges, and what follows from it.

use super::product::{Part, add_product, add_row};
use super::{Unfit, Worked, triangular};

/// The number of columns that are eliminated before the columns to their right are changed, by one product.
const BLOCK: usize = 32;

/// `p a = l u` for `a: [m, n]`: below the diagonal `l`, whose diagonal is ones, else `u`.
pub(super) struct Lu {
    n: usize,
    pub factors: Vec<f64>,
    /// For each row, the row that it was exchanged with.
    pub pivots: Vec<usize>,
}

impl Lu {
    pub fn of(a: &[f64], m: usize, n: usize) -> Lu {
        let mut lu = a.to_vec();
        let count = m.min(n);
        let mut pivots = Vec::with_capacity(count);
        for first in (0..count).step_by(BLOCK) {
            let last = count.min(first + BLOCK);
            eliminate(&mut lu, m, n, first..last, &mut pivots);
            if last == n {
                continue;
            }
            // The rows of u to the right of the block, then what is left of the rows below.
            let (size, width) = (last - first, n - last);
            let (done, below) = lu.split_at_mut(last * n);
            let mut right = Vec::with_capacity(size * width);
            for row in done[first * n..].chunks(n) {
                right.extend_from_slice(&row[last..]);
            }
            let corner: Vec<f64> = done[first * n..]
                .chunks(n)
                .flat_map(|row| &row[first..last])
                .copied()
                .collect();
            triangular::solve(&corner, size, false, true, &mut right, width);
            for (row, solved) in done[first * n..].chunks_mut(n).zip(right.chunks(width)) {
                row[last..].copy_from_slice(solved);
            }
            if last < m {
                // The factors are copied, because the product is written to the same rows.
                let factors: Vec<f64> = below
                    .chunks(n)
                    .flat_map(|row| &row[first..last])
                    .copied()
                    .collect();
                let factors = Part::new(&factors, m - last, size, size);
                let right = Part::new(&right, size, width, width);
                add_product(&mut below[last..], n, -1.0, factors, right);
            }
        }
        Lu {
            n,
            factors: lu,
            pivots,
        }
    }

    fn diagonal(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.n).map(|i| self.factors[i * self.n + i])
    }

    fn sign(&self) -> f64 {
        let exchanged = self.pivots.iter().enumerate().filter(|(i, p)| i != *p);
        if exchanged.count() % 2 == 0 {
            1.0
        } else {
            -1.0
        }
    }

    /// The product of the diagonal. Exponents are added separately, since a partial product may overflow although the product does not.
    pub fn determinant(&self) -> f64 {
        let (product, exponent) = self.diagonal().fold((self.sign(), 0), |(product, sum), x| {
            let (mantissa, exponent) = libm::frexp(product * libm::frexp(x).0);
            (mantissa, sum + exponent + libm::frexp(x).1)
        });
        libm::ldexp(product, exponent)
    }

    /// Sign, and logarithm of the magnitude.
    pub fn log_determinant(&self) -> (f64, f64) {
        self.diagonal().fold((self.sign(), 0.0), |(sign, log), x| {
            let part = if x == 0.0 { 0.0 } else { x.signum() };
            (sign * part, log + x.abs().ln())
        })
    }

    /// Replaces the `cols` right-hand sides `b` by the solutions.
    pub fn solve(&self, b: &mut [f64], cols: usize) -> Worked {
        let n = self.n;
        if let Some(i) = self.diagonal().position(|x| x == 0.0) {
            return Err(Unfit(format!(
                "is singular: diagonal element {i} of its factor u is 0"
            )));
        }
        for (i, &p) in self.pivots.iter().enumerate() {
            if p != i {
                let (upper, lower) = b.split_at_mut(p * cols);
                upper[i * cols..(i + 1) * cols].swap_with_slice(&mut lower[..cols]);
            }
        }
        triangular::solve(&self.factors, n, false, true, b, cols);
        triangular::solve(&self.factors, n, true, false, b, cols);
        Ok(())
    }
}

/// Eliminates some columns below the diagonal; of the columns to their right, only these are changed, but whole rows are exchanged.
fn eliminate(
    lu: &mut [f64],
    m: usize,
    n: usize,
    columns: std::ops::Range<usize>,
    pivots: &mut Vec<usize>,
) {
    let last = columns.end;
    for k in columns {
        let mut p = k;
        for i in k + 1..m {
            if lu[i * n + k].abs() > lu[p * n + k].abs() {
                p = i;
            }
        }
        pivots.push(p);
        if p != k {
            let (upper, lower) = lu.split_at_mut(p * n);
            upper[k * n..(k + 1) * n].swap_with_slice(&mut lower[..n]);
        }
        let pivot = lu[k * n + k];
        if pivot == 0.0 {
            continue;
        }
        let (done, below) = lu.split_at_mut((k + 1) * n);
        let row = &done[k * n + k + 1..k * n + last];
        for other in below.chunks_mut(n) {
            let factor = other[k] / pivot;
            other[k] = factor;
            if factor != 0.0 {
                add_row(&mut other[k + 1..last], -factor, row);
            }
        }
    }
}
