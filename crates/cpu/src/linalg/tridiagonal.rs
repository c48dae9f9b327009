//! Eigenvalues and eigenvectors of large symmetric matrices: Householder reflections make the matrix tridiagonal, and implicit QL steps
//! make that diagonal (Golub and Van Loan, sections 8.3.1 and 8.3.3).

use super::product::dot;
use super::reflections::{reflection, rows_of};
use super::rotations::Rotations;
use super::{Unfit, Worked};
use crate::element::vectorized;
use crate::parallel::{self, Shared};

/// The maximum number of QL steps for one eigenvalue, which is never reached.
const STEPS: usize = 60;

/// The eigenvalues of a symmetric matrix, and the eigenvectors as rows.
pub(super) fn decompose(s: &mut [f64], n: usize) -> Result<(Vec<f64>, Vec<f64>), Unfit> {
    let Tridiagonal {
        mut diagonal,
        mut off,
        factors,
    } = Tridiagonal::of(s, n);
    let mut vectors = rows_of(n, n, &factors, 1, |i| &s[i * n + i + 2..(i + 1) * n]);
    let mut rotations = Rotations::new(&mut vectors, n);
    diagonalize(&mut diagonal, &mut off, &mut rotations)?;
    rotations.finish();
    Ok((diagonal, vectors))
}

struct Tridiagonal {
    diagonal: Vec<f64>,
    /// The element next to each of the diagonal, and 0 next to the last.
    off: Vec<f64>,
    factors: Vec<f64>,
}

impl Tridiagonal {
    /// Leaves the vector of reflection `i` in row `i` of `s`, from element `i + 2` on.
    fn of(s: &mut [f64], n: usize) -> Tridiagonal {
        let (mut diagonal, mut off, mut factors) = (vec![0.0; n], vec![0.0; n], Vec::new());
        // The change of the last step that rows below it still lack: s - v wᵀ - w vᵀ.
        let (mut v, mut w) = (vec![0.0; n], vec![0.0; n]);
        for k in 0..n {
            let (done, rest) = s.split_at_mut((k + 1) * n);
            let row = &mut done[k * n..];
            subtract(&mut row[k..], [v[k], w[k]], [&w[k..], &v[k..]]);
            diagonal[k] = row[k];
            if k + 2 >= n {
                if k + 1 < n {
                    off[k] = row[k + 1];
                }
                continue;
            }
            let tau = reflection(&mut row[k + 1..]);
            factors.push(tau);
            off[k] = row[k + 1];
            let mut next = vec![0.0; n];
            next[k + 1] = 1.0;
            next[k + 2..].copy_from_slice(&row[k + 2..]);
            let mut product = vec![0.0; n];
            let size = n - k - 1;
            let (rows, sums) = (Shared(rest.as_mut_ptr()), Shared(product.as_mut_ptr()));
            parallel::for_ranges(
                size,
                parallel::grain(2 * size * size_of::<f64>()),
                |range| {
                    for i in range {
                        // SAFETY: a row below `k`, and its sum, which belong to one range each.
                        let (row, sum) = unsafe {
                            (
                                std::slice::from_raw_parts_mut(rows.at(i * n), n),
                                &mut *sums.at(k + 1 + i),
                            )
                        };
                        let (row, at) = (&mut row[k + 1..], k + 1 + i);
                        subtract(row, [v[at], w[at]], [&w[k + 1..], &v[k + 1..]]);
                        *sum = tau * dot(row, &next[k + 1..]);
                    }
                },
            );
            let part = 0.5 * tau * dot(&product[k + 1..], &next[k + 1..]);
            product
                .iter_mut()
                .zip(&next)
                .for_each(|(p, v)| *p -= part * v);
            (v, w) = (next, product);
        }
        Tridiagonal {
            diagonal,
            off,
            factors,
        }
    }
}

/// `row -= a x + b y`.
fn subtract(row: &mut [f64], [a, b]: [f64; 2], [x, y]: [&[f64]; 2]) {
    vectorized::<f64, _>(
        #[inline(always)]
        || {
            for (row, (x, y)) in row.iter_mut().zip(x.iter().zip(y)) {
                *row -= a * x + b * y;
            }
        },
    );
}

/// QL steps with Wilkinson's shifts, until every element next to the diagonal is negligible.
fn diagonalize(d: &mut [f64], e: &mut [f64], vectors: &mut Rotations<'_>) -> Worked {
    let n = d.len();
    let largest = |x: &[f64]| x.iter().fold(0.0, |top: f64, x| top.max(x.abs()));
    // Where the rank is low, what is left is noise, next to which nothing would be negligible.
    let none = f64::EPSILON * largest(d).max(largest(e));
    for first in 0..n {
        let mut steps = 0;
        loop {
            let negligible =
                |i: usize| e[i].abs() <= none.max(f64::EPSILON * (d[i].abs() + d[i + 1].abs()));
            let last = (first..n - 1).find(|&i| negligible(i)).unwrap_or(n - 1);
            if last == first {
                break;
            }
            steps += 1;
            if steps > STEPS {
                return Err(Unfit("has no eigenvectors that could be found".to_owned()));
            }
            step(d, e, first, last, vectors);
        }
    }
    Ok(())
}

/// One step on the elements from `first` to `last`: a rotation with the shift, and those that restore the tridiagonal form.
fn step(d: &mut [f64], e: &mut [f64], first: usize, last: usize, vectors: &mut Rotations<'_>) {
    let ratio = (d[first + 1] - d[first]) / (2.0 * e[first]);
    let away = ratio + ratio.hypot(1.0).copysign(ratio);
    let mut g = d[last] - d[first] + e[first] / away;
    let (mut c, mut s, mut shift) = (1.0, 1.0, 0.0);
    for i in (first..last).rev() {
        let (f, b) = (s * e[i], c * e[i]);
        let r = f.hypot(g);
        e[i + 1] = r;
        if r == 0.0 {
            // The matrix falls apart here.
            d[i + 1] -= shift;
            e[last] = 0.0;
            return;
        }
        (s, c) = (f / r, g / r);
        let base = d[i + 1] - shift;
        let change = (d[i] - base) * s + 2.0 * c * b;
        shift = s * change;
        d[i + 1] = base + shift;
        g = c * change - b;
        vectors.rotate(i, i + 1, c, -s);
    }
    d[first] -= shift;
    e[first] = g;
    e[last] = 0.0;
}
