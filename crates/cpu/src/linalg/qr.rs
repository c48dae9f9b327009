//! QR decomposition by Householder reflections, with LAPACK's signs.

use super::product::{dot, transposed};

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
        let mut factors = Vec::with_capacity(m.min(n));
        for i in 0..m.min(n) {
            let (done, rest) = columns.split_at_mut((i + 1) * m);
            let v = &mut done[i * m + i..];
            let tau = reflection(v);
            factors.push(tau);
            for column in rest.chunks_mut(m) {
                reflect(&v[1..], tau, &mut column[i..]);
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
        let mut column = vec![0.0; m];
        for j in 0..k {
            column.fill(0.0);
            column[j] = 1.0;
            for (i, &tau) in self.factors.iter().enumerate().rev() {
                reflect(
                    &self.columns[i * m + i + 1..(i + 1) * m],
                    tau,
                    &mut column[i..],
                );
            }
            for (row, x) in out.chunks_mut(k).zip(&column) {
                row[j] = *x;
            }
        }
    }
}

/// Replaces `x` by the first element of its reflection onto the first axis and the reflection's vector; returns its factor.
fn reflection(x: &mut [f64]) -> f64 {
    let scale = x[1..].iter().fold(0.0, |top: f64, x| top.max(x.abs()));
    // There is nothing to reflect, so the sign stays.
    if scale == 0.0 {
        return 0.0;
    }
    let scale = scale.max(x[0].abs());
    let norm = scale * x.iter().map(|x| (x / scale).powi(2)).sum::<f64>().sqrt();
    let (alpha, beta) = (x[0], -norm.copysign(x[0]));
    x[1..].iter_mut().for_each(|x| *x /= alpha - beta);
    x[0] = beta;
    (beta - alpha) / beta
}

/// `x - tau (1, v) (1, v)ᵀ x`.
fn reflect(v: &[f64], tau: f64, x: &mut [f64]) {
    if tau == 0.0 {
        return;
    }
    let amount = tau * (x[0] + dot(v, &x[1..]));
    x[0] -= amount;
    for (x, v) in x[1..].iter_mut().zip(v) {
        *x -= amount * v;
    }
}
