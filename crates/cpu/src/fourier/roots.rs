//! The roots of unity `e^(±2πi k/n)`.

use std::f64::consts::TAU;

/// All roots of one order as products of two, one of either of two tables: as exact as the table of all, and made in a fraction of the time.
pub(super) struct Roots {
    fine: Vec<[f64; 2]>,
    coarse: Vec<[f64; 2]>,
    bits: u32,
}

impl Roots {
    pub fn new(n: usize, inverse: bool) -> Roots {
        let bits = n.max(2).ilog2().div_ceil(2);
        let sign = if inverse { 1.0 } else { -1.0 };
        let root = |k: usize| {
            let (sin, cos) = (TAU * (k as f64 / n as f64)).sin_cos();
            [cos, sign * sin]
        };
        Roots {
            fine: (0..1 << bits).map(root).collect(),
            coarse: (0..=n >> bits).map(|k| root(k << bits)).collect(),
            bits,
        }
    }

    /// The `k`-th root, `k < n`.
    pub fn get(&self, k: usize) -> [f64; 2] {
        times(
            self.coarse[k >> self.bits],
            self.fine[k & ((1 << self.bits) - 1)],
        )
    }
}

/// The product of two complex numbers.
#[inline(always)]
pub(super) fn times([a, b]: [f64; 2], [c, d]: [f64; 2]) -> [f64; 2] {
    [a * c - b * d, a * d + b * c]
}
