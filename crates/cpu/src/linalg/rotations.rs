//! Rotations of pairs of rows, collected and then applied to one strip of columns after the other, which stays in the cache.

use crate::element::vectorized;
use crate::parallel::{self, Shared};

/// Columns that are rotated together.
const STRIP: usize = 64;
/// The number of rotations for each row that are collected before they are applied.
const WAITING: usize = 16;

/// Rows `p < q` become `c p + s q` and `c q - s p`.
struct Rotation {
    p: usize,
    q: usize,
    c: f64,
    s: f64,
}

/// The rows of a matrix, and the rotations that are still to be applied to them.
pub(super) struct Rotations<'a> {
    rows: &'a mut [f64],
    len: usize,
    waiting: Vec<Rotation>,
}

impl<'a> Rotations<'a> {
    pub fn new(rows: &'a mut [f64], len: usize) -> Rotations<'a> {
        Rotations {
            rows,
            len,
            waiting: Vec::new(),
        }
    }

    /// Rows `p < q` become `c p + s q` and `c q - s p`.
    pub fn rotate(&mut self, p: usize, q: usize, c: f64, s: f64) {
        self.waiting.push(Rotation { p, q, c, s });
        if self.waiting.len() >= WAITING * (self.rows.len() / self.len) {
            self.finish();
        }
    }

    /// Applies the rotations that were collected.
    pub fn finish(&mut self) {
        let (len, count) = (self.len, self.rows.len() / self.len);
        let rows = Shared(self.rows.as_mut_ptr());
        let waiting = &self.waiting;
        let grain = parallel::grain(8 * STRIP * waiting.len());
        parallel::for_ranges(len.div_ceil(STRIP), grain, |range| {
            let mut strip = vec![0.0; count * STRIP];
            for first in range.map(|i| i * STRIP) {
                let width = STRIP.min(len - first);
                for (i, to) in strip.chunks_mut(STRIP).enumerate() {
                    // SAFETY: columns of row `i`, which belong to one strip each.
                    let from =
                        unsafe { std::slice::from_raw_parts(rows.at(i * len + first), width) };
                    to[..width].copy_from_slice(from);
                }
                vectorized::<f64, _>(
                    #[inline(always)]
                    || waiting.iter().for_each(|r| r.apply(&mut strip)),
                );
                for (i, from) in strip.chunks(STRIP).enumerate() {
                    // SAFETY: as above.
                    let to =
                        unsafe { std::slice::from_raw_parts_mut(rows.at(i * len + first), width) };
                    to.copy_from_slice(&from[..width]);
                }
            }
        });
        self.waiting.clear();
    }
}

impl Rotation {
    #[inline(always)]
    fn apply(&self, strip: &mut [f64]) {
        let (above, below) = strip.split_at_mut(self.q * STRIP);
        let p = above[self.p * STRIP..].first_chunk_mut::<STRIP>();
        let q = below.first_chunk_mut::<STRIP>();
        if let (Some(p), Some(q)) = (p, q) {
            for (p, q) in p.iter_mut().zip(q) {
                (*p, *q) = (self.c * *p + self.s * *q, self.c * *q - self.s * *p);
            }
        }
    }
}
