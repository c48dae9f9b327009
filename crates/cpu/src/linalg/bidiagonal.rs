//! Singular values and vectors of large matrices: Householder reflections from both sides make the matrix bidiagonal, and implicit QR steps
//! make that diagonal (Golub and Van Loan, sections 5.4.8 and 8.6).

use super::Unfit;
use super::product::{add_row, dot};
use super::reflections::{reflection, rows_of};
use super::rotations::Rotations;
use crate::parallel::{self, Shared};

/// The maximum number of QR steps for one singular value, which is never reached.
const STEPS: usize = 60;
/// Columns of a strip whose sums over all rows one thread computes.
const STRIP: usize = 128;

/// The singular values of a square matrix, with the left and the right singular vectors as rows.
pub(super) fn decompose(a: &mut [f64], n: usize) -> Result<[Vec<f64>; 3], Unfit> {
    let Bidiagonal {
        mut diagonal,
        mut off,
        left,
        right,
        columns,
    } = Bidiagonal::of(a, n);
    let mut u = rows_of(n, n, &left, 0, |i| &columns[i * n + i + 1..(i + 1) * n]);
    let mut v = rows_of(n, n, &right, 1, |i| &a[i * n + i + 2..(i + 1) * n]);
    let mut steps = Steps {
        d: &mut diagonal,
        e: &mut off,
        left: Rotations::new(&mut u, n),
        right: Rotations::new(&mut v, n),
    };
    steps.diagonalize()?;
    steps.left.finish();
    steps.right.finish();
    for (value, row) in diagonal.iter_mut().zip(v.chunks_mut(n)) {
        if *value < 0.0 {
            *value = -*value;
            row.iter_mut().for_each(|x| *x = -*x);
        }
    }
    Ok([u, diagonal, v])
}

struct Bidiagonal {
    diagonal: Vec<f64>,
    /// The elements above the diagonal.
    off: Vec<f64>,
    /// The factors of the reflections.
    left: Vec<f64>,
    right: Vec<f64>,
    /// The vectors of the left reflections: that of reflection `i` in row `i`, from element `i + 1` on.
    columns: Vec<f64>,
}

impl Bidiagonal {
    /// Leaves the vector of right reflection `i` in row `i` of `a`, from element `i + 2` on.
    fn of(a: &mut [f64], n: usize) -> Bidiagonal {
        let (mut diagonal, mut off) = (vec![0.0; n], vec![0.0; n.saturating_sub(1)]);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut columns = vec![0.0; n * n];
        for k in 0..n {
            let u = &mut columns[k * n..(k + 1) * n];
            (k..n).for_each(|i| u[i] = a[i * n + k]);
            let tau = reflection(&mut u[k..]);
            left.push(tau);
            diagonal[k] = u[k];
            if k + 1 == n {
                break;
            }
            u[k] = 1.0;
            let sums = column_sums(a, n, k, u);
            let (done, rest) = a.split_at_mut((k + 1) * n);
            let row = &mut done[k * n + k + 1..];
            add_row(row, -tau, &sums);
            let right_tau = reflection(row);
            right.push(right_tau);
            off[k] = row[0];
            let mut v = row.to_vec();
            v[0] = 1.0;
            let (v, u, rest) = (&v, &u, Shared(rest.as_mut_ptr()));
            let size = n - k - 1;
            parallel::for_ranges(
                size,
                parallel::grain(2 * size * size_of::<f64>()),
                |range| {
                    for i in range {
                        // SAFETY: a row below `k`, which belongs to one range.
                        let row =
                            unsafe { std::slice::from_raw_parts_mut(rest.at(i * n + k + 1), size) };
                        add_row(row, -tau * u[k + 1 + i], &sums);
                        let amount = right_tau * dot(row, v);
                        add_row(row, -amount, v);
                    }
                },
            );
        }
        Bidiagonal {
            diagonal,
            off,
            left,
            right,
            columns,
        }
    }
}

/// `Σ uᵢ aᵢⱼ` over the rows from `k` on, for the columns after `k`.
fn column_sums(a: &[f64], n: usize, k: usize, u: &[f64]) -> Vec<f64> {
    let size = n - k - 1;
    let mut sums = vec![0.0; size];
    let out = Shared(sums.as_mut_ptr());
    let grain = parallel::grain(STRIP * (n - k) * size_of::<f64>());
    parallel::for_ranges(size.div_ceil(STRIP), grain, |range| {
        for first in range.map(|i| i * STRIP) {
            let width = STRIP.min(size - first);
            // SAFETY: each strip belongs to one range.
            let sums = unsafe { std::slice::from_raw_parts_mut(out.at(first), width) };
            for i in k..n {
                add_row(sums, u[i], &a[i * n + k + 1 + first..][..width]);
            }
        }
    });
    sums
}

/// The QR iteration on an upper bidiagonal matrix.
struct Steps<'a> {
    d: &'a mut [f64],
    e: &'a mut [f64],
    left: Rotations<'a>,
    right: Rotations<'a>,
}

impl Steps<'_> {
    /// Steps until every element above the diagonal is negligible.
    fn diagonalize(&mut self) -> Result<(), Unfit> {
        let largest = |x: &[f64]| x.iter().fold(0.0, |top: f64, x| top.max(x.abs()));
        let none = f64::EPSILON * largest(self.d).max(largest(self.e));
        let (mut last, mut steps) = (self.d.len() - 1, 0);
        while last > 0 {
            for i in 0..last {
                let next = f64::EPSILON * (self.d[i].abs() + self.d[i + 1].abs());
                if self.e[i].abs() <= next.max(none) {
                    self.e[i] = 0.0;
                }
            }
            if self.e[last - 1] == 0.0 {
                (last, steps) = (last - 1, 0);
                continue;
            }
            let first = (1..last).rev().find(|&i| self.e[i - 1] == 0.0).unwrap_or(0);
            match (first..=last).find(|&i| self.d[i].abs() <= none) {
                Some(i) if i == last => self.clear_column(first, last),
                Some(i) => self.clear_row(i, last),
                None => {
                    steps += 1;
                    if steps > STEPS {
                        return Err(Unfit(
                            "has no singular values that could be found".to_owned(),
                        ));
                    }
                    self.step(first, last);
                }
            }
        }
        Ok(())
    }

    /// Rotates away what is right of a zero on the diagonal.
    fn clear_row(&mut self, zero: usize, last: usize) {
        self.d[zero] = 0.0;
        let mut x = std::mem::take(&mut self.e[zero]);
        for j in zero + 1..=last {
            let (c, s, r) = turn(self.d[j], x);
            self.d[j] = r;
            if j < last {
                x = -s * self.e[j];
                self.e[j] *= c;
            }
            self.left.rotate(zero, j, c, -s);
        }
    }

    /// Rotates away what is above a zero at the end of the diagonal.
    fn clear_column(&mut self, first: usize, last: usize) {
        self.d[last] = 0.0;
        let mut x = std::mem::take(&mut self.e[last - 1]);
        for j in (first..last).rev() {
            let (c, s, r) = turn(self.d[j], x);
            self.d[j] = r;
            if j > first {
                x = -s * self.e[j - 1];
                self.e[j - 1] *= c;
            }
            self.right.rotate(j, last, c, s);
        }
    }

    /// One step on the elements from `first` to `last`, shifted by an eigenvalue of the last two rows and columns of the matrix times its transpose.
    fn step(&mut self, first: usize, last: usize) {
        let (d, e) = (&mut *self.d, &mut *self.e);
        let above = if last - 1 > first { e[last - 2] } else { 0.0 };
        let (high, low) = (
            d[last - 1].powi(2) + above.powi(2),
            d[last].powi(2) + e[last - 1].powi(2),
        );
        let (side, half) = (d[last - 1] * e[last - 1], (high - low) / 2.0);
        let shift = low - side.powi(2) / (half + half.hypot(side).copysign(half));
        let (mut y, mut z) = (d[first].powi(2) - shift, d[first] * e[first]);
        for k in first..last {
            let (c, s, r) = turn(y, z);
            if k > first {
                e[k - 1] = r;
            }
            (d[k], e[k]) = (c * d[k] + s * e[k], c * e[k] - s * d[k]);
            z = s * d[k + 1];
            d[k + 1] *= c;
            self.right.rotate(k, k + 1, c, s);
            let (c, s, r) = turn(d[k], z);
            d[k] = r;
            (e[k], d[k + 1]) = (c * e[k] + s * d[k + 1], c * d[k + 1] - s * e[k]);
            self.left.rotate(k, k + 1, c, s);
            if k + 1 < last {
                (y, z) = (e[k], s * e[k + 1]);
                e[k + 1] *= c;
            }
        }
    }
}

/// Cosine, sine and length `r` with `c x + s y = r` and `c y = s x`.
fn turn(x: f64, y: f64) -> (f64, f64, f64) {
    let r = x.hypot(y);
    if r == 0.0 {
        (1.0, 0.0, 0.0)
    } else {
        (x / r, y / r, r)
    }
}
