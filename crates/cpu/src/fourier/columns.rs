//! Transforms of the columns of a small matrix, by Stockham's algorithm, which needs no reordering: each pass takes one factor off the length,
//! and its innermost loops run over neighbouring elements.

use super::roots::Roots;
use crate::element::{Number, vectorized};
use crate::math::Real;

/// The largest factor of a length that has a pass of its own.
pub(super) const LARGEST: usize = 13;

/// The real and the imaginary parts of complex numbers.
pub(super) struct Pair<T> {
    pub re: Vec<T>,
    pub im: Vec<T>,
}

impl<T: Real> Pair<T> {
    pub fn zeros(n: usize) -> Pair<T> {
        Pair {
            re: vec![T::ZERO; n],
            im: vec![T::ZERO; n],
        }
    }
}

/// Transforms of one length.
pub(super) struct Columns<T> {
    pub n: usize,
    passes: Vec<Pass<T>>,
}

/// A pass over sequences that are `factor rest` long.
struct Pass<T> {
    factor: usize,
    rest: usize,
    /// The roots of order `factor`.
    small: Vec<[T; 2]>,
    /// Root `j k` of order `factor rest` for `j < rest` and `k < factor`, by `j`.
    twiddles: Vec<[T; 2]>,
    /// Whether the exponent is positive.
    inverse: bool,
}

/// The factors of `n` in the order of the passes, none larger than [`LARGEST`]; `None` if a prime factor is.
pub(super) fn factors(mut n: usize) -> Option<Vec<usize>> {
    let mut all = Vec::new();
    for factor in [4, 2, 3, 5, 7, 11, LARGEST] {
        while n.is_multiple_of(factor) {
            all.push(factor);
            n /= factor;
        }
    }
    (n == 1).then_some(all)
}

impl<T: Number + Real> Columns<T> {
    pub fn new(n: usize, factors: &[usize], inverse: bool) -> Columns<T> {
        let round = |[cos, sin]: [f64; 2]| [T::of(cos), T::of(sin)];
        let mut len = n;
        let passes = factors.iter().map(|&factor| {
            let rest = len / factor;
            let (roots, small) = (Roots::new(len, inverse), Roots::new(factor, inverse));
            let pass = Pass {
                factor,
                rest,
                small: (0..factor).map(|k| round(small.get(k))).collect(),
                twiddles: (0..len)
                    .map(|i| round(roots.get(i / factor * (i % factor))))
                    .collect(),
                inverse,
            };
            len = rest;
            pass
        });
        Columns {
            n,
            passes: passes.collect(),
        }
    }

    /// Transforms the columns of `x: [n, width]`; `room` is as large.
    pub fn run(&self, x: &mut Pair<T>, room: &mut Pair<T>, width: usize) {
        let mut stride = width;
        for pass in &self.passes {
            let length = self.n * width;
            let from = [&x.re[..length], &x.im[..length]];
            let to = [&mut room.re[..length], &mut room.im[..length]];
            vectorized::<T, _>(
                #[inline(always)]
                || match pass.factor {
                    2 => pass.run::<2>(from, to, stride),
                    3 => pass.run::<3>(from, to, stride),
                    4 => pass.run::<4>(from, to, stride),
                    5 => pass.run::<5>(from, to, stride),
                    7 => pass.run::<7>(from, to, stride),
                    11 => pass.run::<11>(from, to, stride),
                    _ => pass.run::<LARGEST>(from, to, stride),
                },
            );
            std::mem::swap(x, room);
            stride *= pass.factor;
        }
    }
}

impl<T: Real> Pass<T> {
    /// Element `j + rest l` of each sequence, for all `l < P`, becomes elements `P j + k` of the result, for all `k < P`.
    #[inline(always)]
    fn run<const P: usize>(
        &self,
        [re, im]: [&[T]; 2],
        [to_re, to_im]: [&mut [T]; 2],
        stride: usize,
    ) {
        let rest = self.rest;
        let outputs = to_re
            .chunks_exact_mut(P * stride)
            .zip(to_im.chunks_exact_mut(P * stride));
        for (j, (to_re, to_im)) in outputs.enumerate() {
            let twiddles: [[T; 2]; P] = std::array::from_fn(|k| self.twiddles[j * P + k]);
            let at = |l: usize| (j + rest * l) * stride..(j + rest * l + 1) * stride;
            let re: [&[T]; P] = std::array::from_fn(|l| &re[at(l)]);
            let im: [&[T]; P] = std::array::from_fn(|l| &im[at(l)]);
            for q in 0..stride {
                let x: [[T; 2]; P] = std::array::from_fn(|l| [re[l][q], im[l][q]]);
                let y = self.butterfly(x);
                for k in 0..P {
                    let ([a, b], [c, d]) = (y[k], twiddles[k]);
                    to_re[k * stride + q] = a * c - b * d;
                    to_im[k * stride + q] = a * d + b * c;
                }
            }
        }
    }

    /// The transform of `P` numbers.
    #[inline(always)]
    fn butterfly<const P: usize>(&self, x: [[T; 2]; P]) -> [[T; 2]; P] {
        let plus = |a: [T; 2], b: [T; 2]| [a[0] + b[0], a[1] + b[1]];
        let minus = |a: [T; 2], b: [T; 2]| [a[0] - b[0], a[1] - b[1]];
        let mut y = [[T::ZERO; 2]; P];
        match P {
            2 => {
                y[0] = plus(x[0], x[1]);
                y[1] = minus(x[0], x[1]);
            }
            4 => {
                let (a, b) = (plus(x[0], x[2]), minus(x[0], x[2]));
                let (c, d) = (plus(x[1], x[3]), minus(x[1], x[3]));
                // d times the second root.
                let d = if self.inverse {
                    [-d[1], d[0]]
                } else {
                    [d[1], -d[0]]
                };
                y = std::array::from_fn(|k| match k {
                    0 => plus(a, c),
                    1 => plus(b, d),
                    2 => minus(a, c),
                    _ => minus(b, d),
                });
            }
            _ => {
                // An element and the one as far from the end have conjugate roots.
                for (k, y) in y.iter_mut().enumerate() {
                    let mut sum = x[0];
                    for l in 1..=P / 2 {
                        let [c, s] = self.small[k * l % P];
                        let (both, apart) = (plus(x[l], x[P - l]), minus(x[l], x[P - l]));
                        sum = [
                            sum[0] + c * both[0] - s * apart[1],
                            sum[1] + c * both[1] + s * apart[0],
                        ];
                    }
                    *y = sum;
                }
            }
        }
        y
    }
}
