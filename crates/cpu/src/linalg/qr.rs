//! QR decomposition by Householder reflections, with LAPACK's signs.

use super::product::transposed;
use super::reflections::{BLOCK, Block, reflect, reflection, rows_of};

/// `a = q r` as `q: [m, k]` above `rᵀ: [n, k]`.
pub(super) fn decompose(a: &[f64], m: usize, n: usize, k: usize, out: &mut [f64]) {
    let reflected = Reflections::of(a, m, n);
    let (q, rt) = out.split_at_mut(m * k);
    reflected.q(k, q);
    rt.fill(0.0);
    for (j, column) in reflected.columns.chunks(m.max(1)).take(n).enumerate() {
        for i in 0..k.min(j + 1) {
            rt[j * k + i] = column[i];
        }
    }
}

/// The reflections that make a matrix upper triangular.
pub(super) struct Reflections {
    m: usize,
    /// The columns of the matrix, one after the other: on and above the diagonal `r`, below it the reflections' vectors, whose first
    /// element, 1, is not stored.
    pub columns: Vec<f64>,
    factors: Vec<f64>,
}

impl Reflections {
    pub fn of(a: &[f64], m: usize, n: usize) -> Reflections {
        let mut columns = transposed(a, m, n);
        let count = m.min(n);
        let mut factors = Vec::with_capacity(count);
        for first in (0..count).step_by(BLOCK) {
            let last = count.min(first + BLOCK);
            let (block, rest) = columns.split_at_mut(last * m);
            for i in first..last {
                let (done, rest) = block.split_at_mut((i + 1) * m);
                let v = &mut done[i * m + i..];
                let tau = reflection(v);
                factors.push(tau);
                for column in rest.chunks_mut(m) {
                    reflect(&v[1..], tau, &mut column[i..]);
                }
            }
            if last < n {
                let vector = |i: usize| {
                    (
                        first + i,
                        &block[(first + i) * m + first + i + 1..][..m - first - i - 1],
                    )
                };
                let block = Block::new(m, &factors[first..], vector);
                block.apply(rest, n - last, m, first, true);
            }
        }
        Reflections {
            m,
            columns,
            factors,
        }
    }

    /// The first `k` columns of the orthogonal factor, row by row.
    pub fn q(&self, k: usize, out: &mut [f64]) {
        let m = self.m;
        let vector = |i: usize| &self.columns[i * m + i + 1..(i + 1) * m];
        let rows = rows_of(m, k, &self.factors, 0, vector);
        out.copy_from_slice(&transposed(&rows, k, m));
    }
}
