//! Products of integers, exact modulo 2⁶⁴ as in PyTorch.

use super::matrix::Matrix;
use super::{Bias, Multiply};
use crate::parallel;
use rushlight_backend::Result;

/// The number of rows of the result that reuse a row of `b` while it is in the cache.
const ROWS: usize = 4;

impl Multiply for i64 {
    unsafe fn product(
        [m, n, k]: [usize; 3],
        a: Matrix<i64>,
        b: Matrix<i64>,
        c: Matrix<i64>,
        bias: Option<Bias<i64>>,
    ) -> Result<()> {
        let grain = ((1 << 16) / (n * k).max(1)).next_multiple_of(ROWS);
        parallel::for_ranges(m, grain, |range| {
            for first in range.clone().step_by(ROWS) {
                let rows = first..(first + ROWS).min(range.end);
                // SAFETY: all indices are within the matrices, and these rows of `c` belong to this part.
                unsafe {
                    for i in rows.clone() {
                        for j in 0..n {
                            *c.at(i, j).pointer = bias.map_or(0, |bias| *bias.0.add(j));
                        }
                    }
                    for p in 0..k {
                        for i in rows.clone() {
                            let (x, row) = (*a.at(i, p).pointer, c.at(i, 0).pointer);
                            if b.col == 1 {
                                let b = b.at(p, 0).pointer;
                                for j in 0..n {
                                    *row.add(j) =
                                        (*row.add(j)).wrapping_add(x.wrapping_mul(*b.add(j)));
                                }
                            } else {
                                for j in 0..n {
                                    let y = *b.at(p, j).pointer;
                                    *row.add(j) = (*row.add(j)).wrapping_add(x.wrapping_mul(y));
                                }
                            }
                        }
                    }
                }
            }
        });
        Ok(())
    }
}
