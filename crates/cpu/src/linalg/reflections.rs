//! Householder reflections `I - τ v vᵀ`, applied one by one or in blocks.
//!
//! A product of reflections is `I - V T Vᵀ` with the vectors as the columns of `V` and a triangular `T` (Schreiber and Van Loan 1989), so that
//! it is applied with products of matrices.

use super::product::{Part, add_product, add_row, dot};

/// The number of reflections that are applied together.
pub(super) const BLOCK: usize = 32;

/// Replaces `x` by the first element of its reflection onto the first axis and the reflection's vector, whose first element, 1, is not stored;
/// returns its factor τ.
pub(super) fn reflection(x: &mut [f64]) -> f64 {
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

/// `x - τ (1, v) (1, v)ᵀ x`.
pub(super) fn reflect(v: &[f64], tau: f64, x: &mut [f64]) {
    if tau == 0.0 {
        return;
    }
    let amount = tau * (x[0] + dot(v, &x[1..]));
    x[0] -= amount;
    add_row(&mut x[1..], -amount, v);
}

/// Some reflections of vectors of `len` elements: `H₁ H₂ …`.
pub(super) struct Block {
    len: usize,
    /// The vectors, one after the other, with the zeros before them and their first elements.
    vectors: Vec<f64>,
    /// The upper triangular `T`.
    t: Vec<f64>,
    count: usize,
}

impl Block {
    /// Vectors of `len` elements: `vector(i)` is the index of the first element that is not 0 and those after it.
    pub fn new<'a>(
        len: usize,
        factors: &[f64],
        vector: impl Fn(usize) -> (usize, &'a [f64]),
    ) -> Block {
        let count = factors.len();
        let mut vectors = vec![0.0; count * len];
        for (i, row) in vectors.chunks_mut(len).enumerate() {
            let (first, rest) = vector(i);
            row[first] = 1.0;
            row[first + 1..first + 1 + rest.len()].copy_from_slice(rest);
        }
        let mut t = vec![0.0; count * count];
        for (j, &tau) in factors.iter().enumerate() {
            let row = |i: usize| &vectors[i * len..(i + 1) * len];
            let common: Vec<f64> = (0..j).map(|i| dot(row(i), row(j))).collect();
            for i in 0..j {
                t[i * count + j] = -tau * dot(&t[i * count + i..i * count + j], &common[i..]);
            }
            t[j * count + j] = tau;
        }
        Block {
            len,
            vectors,
            t,
            count,
        }
    }

    /// Applies `H₁ H₂ …`, or with `reverse` `… H₂ H₁`, to each of the `rows` vectors of `c` from element `first` on, before which the
    /// reflections change nothing; the vectors begin `step` apart.
    pub fn apply(&self, c: &mut [f64], rows: usize, step: usize, first: usize, reverse: bool) {
        if rows == 0 {
            return;
        }
        let (count, len) = (self.count, self.len - first);
        let vectors = Part::new(&self.vectors[first..], count, len, self.len);
        let t = Part::new(&self.t, count, count, count);
        let c = &mut c[first..];
        let mut along = vec![0.0; rows * count];
        let values = Part::new(c, rows, len, step);
        add_product(&mut along, count, 1.0, values, vectors.transposed());
        let mut turned = vec![0.0; rows * count];
        let along = Part::new(&along, rows, count, count);
        let t = if reverse { t } else { t.transposed() };
        add_product(&mut turned, count, 1.0, along, t);
        let turned = Part::new(&turned, rows, count, count);
        add_product(c, step, -1.0, turned, vectors);
    }
}

/// The first `k` rows of `(H₁ H₂ …)ᵀ` for reflections of vectors of `len` elements, which begin at element `shift + i`.
pub(super) fn rows_of<'a>(
    len: usize,
    k: usize,
    factors: &[f64],
    shift: usize,
    vector: impl Fn(usize) -> &'a [f64],
) -> Vec<f64> {
    let mut out = vec![0.0; k * len];
    (0..k).for_each(|i| out[i * len + i] = 1.0);
    // The rows before a reflection's first element have zeros where its vector has none.
    if len <= 2 * BLOCK {
        for (i, &tau) in factors.iter().enumerate().rev() {
            let start = i + shift;
            for row in out.chunks_mut(len).skip(start) {
                reflect(vector(i), tau, &mut row[start..]);
            }
        }
        return out;
    }
    for first in (0..factors.len()).step_by(BLOCK).rev() {
        let last = factors.len().min(first + BLOCK);
        let block = Block::new(len, &factors[first..last], |i| {
            (first + i + shift, vector(first + i))
        });
        let start = first + shift;
        if start < k {
            block.apply(&mut out[start * len..], k - start, len, start, false);
        }
    }
    out
}
