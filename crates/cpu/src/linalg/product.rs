//! Products of small dense matrices.

/// `Σ xᵢ yᵢ`.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// `a b` for `a: [m, k]` and `b: [k, n]`.
pub(super) fn product(a: &[f64], b: &[f64], m: usize, k: usize, n: usize) -> Vec<f64> {
    let mut out = vec![0.0; m * n];
    if k == 0 || n == 0 {
        return out;
    }
    for (row, out) in a.chunks(k).zip(out.chunks_mut(n)) {
        for (&factor, other) in row.iter().zip(b.chunks(n)) {
            for (o, x) in out.iter_mut().zip(other) {
                *o += factor * x;
            }
        }
    }
    out
}

/// `aᵀ` for `a: [m, n]`.
pub(super) fn transposed(a: &[f64], m: usize, n: usize) -> Vec<f64> {
    let mut out = vec![0.0; m * n];
    for i in 0..m {
        for j in 0..n {
            out[j * m + i] = a[i * n + j];
        }
    }
    out
}
