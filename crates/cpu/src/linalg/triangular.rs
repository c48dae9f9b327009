//! Triangular systems, by substitution: blocks of rows less the product with those that are known.

use super::product::{Part, add_product, add_row};

/// The number of rows that are substituted one by one.
const BLOCK: usize = 32;

/// Replaces the `cols` right-hand sides `b` by the solutions of `a x = b`, reading one triangle of `a`; the diagonal counts as ones if `unit`.
/// A division by a zero on the diagonal follows IEEE 754.
pub(super) fn solve(a: &[f64], n: usize, upper: bool, unit: bool, b: &mut [f64], cols: usize) {
    let system = System {
        a,
        n,
        transposed: false,
        unit,
    };
    system.solve(upper, b, cols);
}

/// The same for `aᵀ x = b`: `upper` says which triangle of `a` is read.
pub(super) fn solve_transposed(a: &[f64], n: usize, upper: bool, b: &mut [f64], cols: usize) {
    let system = System {
        a,
        n,
        transposed: true,
        unit: false,
    };
    system.solve(!upper, b, cols);
}

struct System<'a> {
    a: &'a [f64],
    n: usize,
    transposed: bool,
    unit: bool,
}

impl System<'_> {
    /// `upper` says which triangle of the matrix, or of its transpose, is read.
    fn solve(&self, upper: bool, b: &mut [f64], cols: usize) {
        let n = self.n;
        if cols == 0 {
            return;
        }
        let blocks = n.div_ceil(BLOCK);
        for block in 0..blocks {
            let block = if upper { blocks - 1 - block } else { block };
            let rows = block * BLOCK..n.min((block + 1) * BLOCK);
            let (above, rest) = b.split_at_mut(rows.start * cols);
            let (own, below) = rest.split_at_mut(rows.len() * cols);
            let (known, first) = if upper {
                (&*below, rows.end)
            } else {
                (&*above, 0)
            };
            let count = known.len() / cols;
            if count > 0 {
                let known = Part::new(known, count, cols, cols);
                add_product(own, cols, -1.0, self.part(&rows, first, count), known);
            }
            self.substitute(upper, rows, own, cols);
        }
    }

    fn part(&self, rows: &std::ops::Range<usize>, first: usize, count: usize) -> Part<'_> {
        if self.transposed {
            let from = &self.a[first * self.n + rows.start..];
            Part::new(from, count, rows.len(), self.n).transposed()
        } else {
            let from = &self.a[rows.start * self.n + first..];
            Part::new(from, rows.len(), count, self.n)
        }
    }

    /// Solves for the given rows, once all others are accounted for.
    fn substitute(&self, upper: bool, rows: std::ops::Range<usize>, b: &mut [f64], cols: usize) {
        let at = |i: usize, j: usize| {
            let (i, j) = (rows.start + i, rows.start + j);
            if self.transposed {
                self.a[j * self.n + i]
            } else {
                self.a[i * self.n + j]
            }
        };
        let count = rows.len();
        for step in 0..count {
            let i = if upper { count - 1 - step } else { step };
            let known = if upper { i + 1..count } else { 0..i };
            let (above, rest) = b.split_at_mut(i * cols);
            let (own, below) = rest.split_at_mut(cols);
            for j in known {
                let other = if upper {
                    &below[(j - i - 1) * cols..][..cols]
                } else {
                    &above[j * cols..][..cols]
                };
                add_row(own, -at(i, j), other);
            }
            if !self.unit {
                let diagonal = at(i, i);
                own.iter_mut().for_each(|x| *x /= diagonal);
            }
        }
    }
}
