//! Transforms of one length: in passes over a few rows at a time, cut into two shorter ones for the sake of the cache, or as a convolution for
//! lengths with a large prime factor.

use super::columns::{Columns, Pair, factors};
use super::roots::{Roots, times};
use crate::element::{Number, vectorized};
use crate::math::Real;
use crate::parallel::{self, Shared};

/// The number of rows or columns that are transformed together.
const STRIP: usize = 16;
/// The length up to which a strip stays in the cache.
const WHOLE: usize = 2048;

pub(super) struct Transform<T> {
    pub n: usize,
    method: Method<T>,
}

enum Method<T> {
    Passes(Columns<T>),
    Split(Box<Split<T>>),
    Chirp(Box<Chirp<T>>),
}

/// The rows of a matrix, `n` apart, of which those outside of a call's range belong to other threads.
#[derive(Clone, Copy)]
pub(super) struct Rows<T> {
    pub re: Shared<*mut T>,
    pub im: Shared<*mut T>,
}

impl<T: Number + Real> Transform<T> {
    pub fn new(n: usize, inverse: bool) -> Transform<T> {
        let method = match factors(n) {
            None => Method::Chirp(Box::new(Chirp::new(n, inverse))),
            Some(all) if n <= WHOLE => Method::Passes(Columns::new(n, &all, inverse)),
            Some(all) => Method::Split(Box::new(Split::new(n, &all, inverse))),
        };
        Transform { n, method }
    }

    /// Transforms rows in place.
    ///
    /// # Safety
    /// `rows` has `count` rows of `n` elements, which nothing else accesses meanwhile.
    pub unsafe fn run(&self, rows: Rows<T>, count: usize) {
        let bits = self.n.max(2).ilog2() as usize;
        let cost = self.n * bits * size_of::<T>();
        let (strips, grain) = match self.method {
            Method::Passes(_) => (count.div_ceil(STRIP), parallel::grain(STRIP * cost)),
            _ => (count, parallel::grain(cost)),
        };
        parallel::for_ranges(strips, grain, |range| {
            let mut room: [Pair<T>; 2] = std::array::from_fn(|_| Pair::zeros(0));
            for i in range {
                // SAFETY: rows in range, as the caller guarantees, which belong to this strip.
                unsafe {
                    match &self.method {
                        Method::Passes(columns) => {
                            let first = i * STRIP;
                            passes(columns, rows, first, STRIP.min(count - first), &mut room);
                        }
                        Method::Split(split) => split.run(rows, i * self.n),
                        Method::Chirp(chirp) => chirp.run(rows, i * self.n, self.n),
                    }
                }
            }
        });
    }
}

/// Transforms rows `first..first + width`.
///
/// # Safety
/// They exist, and nothing else accesses them meanwhile.
unsafe fn passes<T: Number + Real>(
    columns: &Columns<T>,
    rows: Rows<T>,
    first: usize,
    width: usize,
    room: &mut [Pair<T>; 2],
) {
    let n = columns.n;
    for pair in room.iter_mut() {
        pair.re.resize(n * STRIP, T::ZERO);
        pair.im.resize(n * STRIP, T::ZERO);
    }
    let [x, other] = room;
    for i in 0..width {
        for j in 0..n {
            let at = (first + i) * n + j;
            // SAFETY: guaranteed by the caller.
            unsafe {
                (x.re[j * width + i], x.im[j * width + i]) = (*rows.re.at(at), *rows.im.at(at))
            };
        }
    }
    columns.run(x, other, width);
    for i in 0..width {
        for j in 0..n {
            let at = (first + i) * n + j;
            // SAFETY: guaranteed by the caller.
            unsafe {
                (*rows.re.at(at), *rows.im.at(at)) = (x.re[j * width + i], x.im[j * width + i])
            };
        }
    }
}

/// A length that is the product of two: transforms of the columns of a matrix `[high, low]`, a rotation of each element, and transforms of the
/// rows, the result transposed.
struct Split<T> {
    high: Columns<T>,
    low: Columns<T>,
    roots: Roots,
}

impl<T: Number + Real> Split<T> {
    fn new(n: usize, all: &[usize], inverse: bool) -> Split<T> {
        // The first of the two is the one whose square first reaches n.
        let mut high = 1;
        let first: Vec<usize> = all
            .iter()
            .copied()
            .take_while(|factor| {
                let more = high * high < n;
                high *= if more { *factor } else { 1 };
                more
            })
            .collect();
        let second = &all[first.len()..];
        Split {
            high: Columns::new(high, &first, inverse),
            low: Columns::new(n / high, second, inverse),
            roots: Roots::new(n, inverse),
        }
    }

    /// Transforms the row that begins at `start`.
    ///
    /// # Safety
    /// It exists, and nothing else accesses it meanwhile.
    unsafe fn run(&self, rows: Rows<T>, start: usize) {
        let (high, low) = (self.high.n, self.low.n);
        let mut between = Pair::<T>::zeros(high * low);
        let between = Rows {
            re: Shared(between.re.as_mut_ptr()),
            im: Shared(between.im.as_mut_ptr()),
        };
        // SAFETY: the row is valid, as the caller guarantees; `between` has `high low` elements; each strip reads and writes its own columns.
        unsafe {
            strips(
                &self.high,
                low,
                |j, k| start + j * low + k,
                rows,
                |first, width, x| {
                    self.rotate(first, width, x);
                    for k in 0..width {
                        for j in 0..high {
                            let at = (first + k) * high + j;
                            *between.re.at(at) = x.re[j * width + k];
                            *between.im.at(at) = x.im[j * width + k];
                        }
                    }
                },
            );
            strips(
                &self.low,
                high,
                |j, k| j * high + k,
                between,
                |first, width, x| {
                    for j in 0..low {
                        for k in 0..width {
                            let at = start + j * high + first + k;
                            *rows.re.at(at) = x.re[j * width + k];
                            *rows.im.at(at) = x.im[j * width + k];
                        }
                    }
                },
            );
        }
    }

    /// Multiplies element (j, k) of the columns from `first` on by root `j k`.
    fn rotate(&self, first: usize, width: usize, x: &mut Pair<T>) {
        let mut steps = [[0.0; 2]; STRIP];
        for j in 0..self.high.n {
            let start = self.roots.get(j * first);
            for (k, step) in steps[..width].iter_mut().enumerate() {
                *step = self.roots.get(j * k);
            }
            let re = &mut x.re[j * width..(j + 1) * width];
            let im = &mut x.im[j * width..(j + 1) * width];
            vectorized::<T, _>(
                #[inline(always)]
                || {
                    for ((re, im), step) in re.iter_mut().zip(im).zip(&steps) {
                        let [c, s] = times(start, *step);
                        let (c, s) = (T::of(c), T::of(s));
                        (*re, *im) = (*re * c - *im * s, *re * s + *im * c);
                    }
                },
            );
        }
    }
}

/// Transforms the columns of a matrix in strips; `at` is the index of an element (j, k), `put` takes the first column of a strip, the
/// number of its columns and their transforms.
///
/// # Safety
/// The elements exist, and nothing but `put` of the same strip writes them meanwhile.
unsafe fn strips<T: Number + Real>(
    columns: &Columns<T>,
    count: usize,
    at: impl Fn(usize, usize) -> usize + Sync,
    from: Rows<T>,
    put: impl Fn(usize, usize, &mut Pair<T>) + Sync,
) {
    let n = columns.n;
    let cost = STRIP * n * n.max(2).ilog2() as usize * size_of::<T>();
    parallel::for_ranges(count.div_ceil(STRIP), parallel::grain(cost), |range| {
        let (mut x, mut room) = (Pair::zeros(n * STRIP), Pair::zeros(n * STRIP));
        for first in range.map(|i| i * STRIP) {
            let width = STRIP.min(count - first);
            for j in 0..n {
                for k in 0..width {
                    let at = at(j, first + k);
                    // SAFETY: guaranteed by the caller.
                    unsafe {
                        (x.re[j * width + k], x.im[j * width + k]) =
                            (*from.re.at(at), *from.im.at(at))
                    };
                }
            }
            columns.run(&mut x, &mut room, width);
            put(first, width, &mut x);
        }
    });
}

/// Bluestein's algorithm: `2jk = j² + k² - (k - j)²` makes the transform a convolution with the chirp `e^(±πi j²/n)`, which is computed by
/// transforms whose length is a power of two.
struct Chirp<T> {
    forward: Transform<T>,
    backward: Transform<T>,
    chirp: Vec<[T; 2]>,
    /// The transform of the conjugate chirp, divided by its length.
    kernel: Pair<T>,
}

impl<T: Number + Real> Chirp<T> {
    fn new(n: usize, inverse: bool) -> Chirp<T> {
        let size = (2 * n - 1).next_power_of_two();
        let roots = Roots::new(2 * n, inverse);
        let chirp: Vec<[f64; 2]> = (0..n as u128)
            .map(|j| roots.get((j * j % (2 * n as u128)) as usize))
            .collect();
        // In f64, because every element of the result depends on all of it.
        let mut kernel = Pair::<f64>::zeros(size);
        for (j, [c, s]) in chirp.iter().enumerate() {
            for at in [j, (size - j) % size] {
                (kernel.re[at], kernel.im[at]) = (c / size as f64, -s / size as f64);
            }
        }
        let exact = Transform::<f64>::new(size, false);
        // SAFETY: one row of `size` elements.
        unsafe { exact.run(all(&mut kernel), 1) };
        let round = |x: Vec<f64>| x.into_iter().map(T::of).collect();
        Chirp {
            forward: Transform::new(size, false),
            backward: Transform::new(size, true),
            chirp: chirp.iter().map(|[c, s]| [T::of(*c), T::of(*s)]).collect(),
            kernel: Pair {
                re: round(kernel.re),
                im: round(kernel.im),
            },
        }
    }

    /// Transforms the row of `n` elements that begins at `start`.
    ///
    /// # Safety
    /// It exists, and nothing else accesses it meanwhile.
    unsafe fn run(&self, rows: Rows<T>, start: usize, n: usize) {
        // SAFETY: elements of the row, as the caller guarantees; `x` has one row of the transforms' length.
        unsafe {
            let mut x = Pair::zeros(self.forward.n);
            for j in 0..n {
                let ([c, s], re, im) = (
                    self.chirp[j],
                    *rows.re.at(start + j),
                    *rows.im.at(start + j),
                );
                (x.re[j], x.im[j]) = (re * c - im * s, re * s + im * c);
            }
            self.forward.run(all(&mut x), 1);
            let values = x.re.iter_mut().zip(&mut x.im);
            for ((re, im), (c, s)) in values.zip(self.kernel.re.iter().zip(&self.kernel.im)) {
                (*re, *im) = (*re * *c - *im * *s, *re * *s + *im * *c);
            }
            self.backward.run(all(&mut x), 1);
            for j in 0..n {
                let ([c, s], re, im) = (self.chirp[j], x.re[j], x.im[j]);
                *rows.re.at(start + j) = re * c - im * s;
                *rows.im.at(start + j) = re * s + im * c;
            }
        }
    }
}

/// The elements of a pair as one row.
fn all<T>(x: &mut Pair<T>) -> Rows<T> {
    Rows {
        re: Shared(x.re.as_mut_ptr()),
        im: Shared(x.im.as_mut_ptr()),
    }
}
