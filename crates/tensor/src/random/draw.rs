//! Sampling of each distribution from the engine, as PyTorch's CPU kernels do it, into slices.
//!
//! The order and width of the draws must match: with one draw more or less, all later numbers differ from PyTorch's. Callers check the
//! arguments.

use super::generator::State;
use super::mt19937::Mt19937;
use half::{bf16, f16};
use rushlight_backend::{Element, Result, Scalar, room};
use std::cmp::Ordering;
use std::f64::consts::PI;
use std::ops::{Add, Div};

/// A float type that can be sampled. Halves are sampled in `f32` and rounded.
pub(crate) trait RandomFloat: Element {
    /// The nearest value of this type.
    fn of(x: f64) -> Self;
    /// A uniform number in `[low, high)`.
    fn uniform(engine: &mut Mt19937, low: f64, high: f64) -> Self;
    /// Whether a uniform number falls below `self`.
    fn success(self, engine: &mut Mt19937) -> bool;
    /// Normal numbers into a slice of at least 16 elements.
    fn normal_blocks(engine: &mut Mt19937, out: &mut [Self], mean: f64, std: f64);
}

/// Elements that one Box-Muller step transforms together.
const BLOCK: usize = 16;

macro_rules! full {
    ($t:ident, $unit:ident) => {
        impl RandomFloat for $t {
            #[inline]
            fn of(x: f64) -> $t {
                x as $t
            }
            #[inline]
            fn uniform(engine: &mut Mt19937, low: f64, high: f64) -> $t {
                let (low, high) = (low as $t, high as $t);
                // PyTorch's kernels round once here (fused multiply-add), and a result rounded up to `high` becomes `low`.
                let x = $unit(engine).mul_add(high - low, low);
                if x < high { x } else { low }
            }
            #[inline]
            fn success(self, engine: &mut Mt19937) -> bool {
                $unit(engine) < self
            }
            fn normal_blocks(engine: &mut Mt19937, out: &mut [$t], mean: f64, std: f64) {
                let transform = |block: &mut [$t]| {
                    let (first, second) = block.split_at_mut(BLOCK / 2);
                    for (a, b) in first.iter_mut().zip(second) {
                        let radius = (-2.0 * (1.0 - *a).ln()).sqrt();
                        let (sin, cos) = (2.0 * std::$t::consts::PI * *b).sin_cos();
                        *a = radius * cos * std as $t + mean as $t;
                        *b = radius * sin * std as $t + mean as $t;
                    }
                };
                out.iter_mut().for_each(|x| *x = $unit(engine));
                out.chunks_exact_mut(BLOCK).for_each(transform);
                let n = out.len();
                if !n.is_multiple_of(BLOCK) {
                    let last = &mut out[n - BLOCK..];
                    last.iter_mut().for_each(|x| *x = $unit(engine));
                    transform(last);
                }
            }
        }
    };
}

full!(f32, unit_f32);
full!(f64, unit_f64);

macro_rules! half {
    ($t:ident) => {
        impl RandomFloat for $t {
            #[inline]
            fn of(x: f64) -> $t {
                $t::from_f32(x as f32)
            }
            #[inline]
            fn uniform(engine: &mut Mt19937, low: f64, high: f64) -> $t {
                let (low, high) = (low as f32, high as f32);
                let x = $t::from_f32(unit_f32(engine).mul_add(high - low, low));
                if x < $t::from_f32(high) {
                    x
                } else {
                    $t::from_f32(low)
                }
            }
            #[inline]
            fn success(self, engine: &mut Mt19937) -> bool {
                unit_f32(engine) < self.to_f32()
            }
            fn normal_blocks(engine: &mut Mt19937, out: &mut [$t], mean: f64, std: f64) {
                let mut wide = [0f32; BLOCK];
                let mut draw = |block: &mut [$t]| {
                    f32::normal_blocks(engine, &mut wide, mean, std);
                    for (x, w) in block.iter_mut().zip(wide) {
                        *x = $t::from_f32(w);
                    }
                };
                out.chunks_exact_mut(BLOCK).for_each(&mut draw);
                let n = out.len();
                if !n.is_multiple_of(BLOCK) {
                    draw(&mut out[n - BLOCK..]);
                }
            }
        }
    };
}

half!(f16);
half!(bf16);

/// A uniform number in `[0, 1)` with 24 random bits.
#[inline]
fn unit_f32(engine: &mut Mt19937) -> f32 {
    (engine.next_u32() & ((1 << 24) - 1)) as f32 * (1.0 / (1u32 << 24) as f32)
}

/// A uniform number in `[0, 1)` with 53 random bits.
#[inline]
pub(crate) fn unit_f64(engine: &mut Mt19937) -> f64 {
    (engine.next_u64() & ((1 << 53) - 1)) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// Uniform numbers in `[low, high)`.
pub(crate) fn uniform<T: RandomFloat>(state: &mut State, out: &mut [T], low: f64, high: f64) {
    for x in out {
        *x = T::uniform(&mut state.engine, low, high);
    }
}

/// Normal numbers into contiguous memory: in blocks of 16 if there are at least 16 elements, else one by one.
pub(crate) fn normal<T: RandomFloat>(state: &mut State, out: &mut [T], mean: f64, std: f64) {
    if out.len() < BLOCK {
        normal_one_by_one(state, out, mean, std);
    } else {
        T::normal_blocks(&mut state.engine, out, mean, std);
    }
}

/// Normal numbers one by one, the second of each pair kept for the next draw: the rule for fewer than 16 elements and for views with gaps.
pub(crate) fn normal_one_by_one<T: RandomFloat>(
    state: &mut State,
    out: &mut [T],
    mean: f64,
    std: f64,
) {
    for x in out {
        *x = T::of(unit_normal(state) * std + mean);
    }
}

fn unit_normal(state: &mut State) -> f64 {
    if let Some(spare) = state.spare_normal.take() {
        return spare;
    }
    let u = unit_f64(&mut state.engine);
    let v = unit_f64(&mut state.engine);
    let radius = (-2.0 * (-v).ln_1p()).sqrt();
    let theta = 2.0 * PI * u;
    state.spare_normal = Some(radius * theta.sin());
    radius * theta.cos()
}

/// `exp` of normal numbers, drawn one by one.
pub(crate) fn log_normal<T: RandomFloat>(state: &mut State, out: &mut [T], mean: f64, std: f64) {
    for x in out {
        *x = T::of((unit_normal(state) * std + mean).exp());
    }
}

/// Exponential numbers with rate `lambda`.
pub(crate) fn exponential<T: RandomFloat>(state: &mut State, out: &mut [T], lambda: f64) {
    for x in out {
        *x = T::of(-1.0 / lambda * (-unit_f64(&mut state.engine)).ln_1p());
    }
}

/// Cauchy numbers around `median` with scale `sigma`.
pub(crate) fn cauchy<T: RandomFloat>(state: &mut State, out: &mut [T], median: f64, sigma: f64) {
    for x in out {
        *x = T::of(median + sigma * (PI * (unit_f64(&mut state.engine) - 0.5)).tan());
    }
}

/// The number of trials until the first success, each with success probability `p`.
pub(crate) fn geometric<T: Element>(state: &mut State, out: &mut [T], p: f64) {
    for x in out {
        let trials = (unit_f64(&mut state.engine).ln() / (-p).ln_1p()).ceil();
        // Numbers of trials beyond the range of the integer saturate.
        let trials = match T::DTYPE.is_float() {
            true => trials,
            false => trials.min(T::DTYPE.largest_finite()),
        };
        *x = T::from_scalar(Scalar::Float(trials));
    }
}

/// One with probability `p`, zero otherwise.
pub(crate) fn bernoulli<T: Element>(state: &mut State, out: &mut [T], p: f64) {
    let (zero, one) = (T::default(), T::from_scalar(Scalar::Int(1)));
    for x in out {
        *x = if unit_f64(&mut state.engine) < p {
            one
        } else {
            zero
        };
    }
}

/// One with the probability in the same element of `p`.
pub(crate) fn bernoulli_each<T: Element, P: RandomFloat>(
    state: &mut State,
    out: &mut [T],
    p: &[P],
) {
    let (zero, one) = (T::default(), T::from_scalar(Scalar::Int(1)));
    for (x, p) in out.iter_mut().zip(p) {
        *x = if p.success(&mut state.engine) {
            one
        } else {
            zero
        };
    }
}

/// Integers in `low..low + range`, from 64 bits each if `wide`, else from 32; a range of 0 stands for all 2^64, whatever `low`.
pub(crate) fn integers<T: Element>(
    state: &mut State,
    out: &mut [T],
    low: i64,
    range: u64,
    wide: bool,
) {
    let engine = &mut state.engine;
    for x in out {
        let bits = if wide {
            engine.next_u64()
        } else {
            u64::from(engine.next_u32())
        };
        let number = match range {
            0 => bits as i64,
            _ => low.wrapping_add((bits % range) as i64),
        };
        *x = T::from_scalar(Scalar::Int(number));
    }
}

/// Whether bounded integers of this range are drawn from 64 bits each.
pub(crate) fn is_wide(range: u64) -> bool {
    range == 0 || range >= 1 << 28
}

/// The numbers `0..out.len()` in random order.
pub(crate) fn permutation<T: Element>(state: &mut State, out: &mut [T]) {
    let n = out.len();
    for (i, x) in out.iter_mut().enumerate() {
        *x = T::from_scalar(Scalar::Int(i as i64));
    }
    // From here on 32 bits would be visibly biased towards small numbers; PyTorch draws 64.
    let wide = n >= (u32::MAX / 20) as usize;
    for i in 0..n.saturating_sub(1) {
        let left = n - i;
        let skip = if wide {
            (state.engine.next_u64() % left as u64) as usize
        } else {
            (state.engine.next_u32() % left as u32) as usize
        };
        out.swap(i, i + skip);
    }
}

/// `n` indices into `p`, drawn with probabilities proportional to the weights, with or without replacement.
#[track_caller]
pub(crate) fn multinomial<P>(
    state: &mut State,
    p: &[P],
    n: usize,
    replacement: bool,
) -> Result<Vec<i64>>
where
    P: RandomFloat + Add<Output = P> + Div<Output = P> + PartialOrd + Into<f64>,
{
    if replacement && n > 1 {
        put_back(state, p, n)
    } else {
        Ok(kept(state, p, n))
    }
}

#[track_caller]
fn put_back<P>(state: &mut State, p: &[P], n: usize) -> Result<Vec<i64>>
where
    P: RandomFloat + Add<Output = P> + Div<Output = P> + Into<f64>,
{
    let sums_of = |parts: P| {
        let mut total = P::default();
        let mut sums = Vec::with_capacity(p.len());
        for &weight in p {
            total = total + weight / parts;
            sums.push(total);
        }
        (sums, total)
    };
    let (mut sums, mut total) = sums_of(P::of(1.0));
    if total.into().is_infinite() {
        // Each weight is finite, and so is the sum of their parts.
        (sums, total) = sums_of(P::of(2.0 * p.len() as f64));
    }
    let mut shares: Vec<f64> = sums.into_iter().map(|s| (s / total).into()).collect();
    // Rounding may leave the last share below one.
    if let Some(last) = shares.last_mut() {
        *last = 1.0;
    }
    let index = |_| {
        let unit = unit_f64(&mut state.engine);
        // A share of 0 belongs to weights that are 0, even where the number drawn is 0 too.
        shares.partition_point(|&s| s < unit || s == 0.0) as i64
    };
    let mut drawn = room("multinomial", Some(n))?;
    drawn.extend((0..n).map(index));
    Ok(drawn)
}

/// The indices of the `n` largest ratios of weight to an exponential number: each is the largest with a probability proportional to its weight.
fn kept<P>(state: &mut State, p: &[P], n: usize) -> Vec<i64>
where
    P: RandomFloat + Div<Output = P> + PartialOrd + Into<f64>,
{
    let mut times = vec![P::default(); p.len()];
    exponential(state, &mut times, 1.0);
    // Weights of 0 are never drawn, not even if an exponential number or a ratio rounds to 0.
    let ratio = |(&p, t): (&P, P)| match p == P::default() {
        true => P::of(-1.0),
        false => p / t,
    };
    let ratios: Vec<P> = p.iter().zip(times.iter().copied()).map(ratio).collect();
    let time_of = |i: i64| -> f64 { times[i as usize].into() / p[i as usize].into() };
    let mut order: Vec<i64> = (0..p.len() as i64).collect();
    let larger_first = |&a: &i64, &b: &i64| {
        let (x, y) = (ratios[a as usize], ratios[b as usize]);
        let order = y.partial_cmp(&x).unwrap_or(Ordering::Equal);
        if order.is_eq() && x.into().is_infinite() {
            // Ratios beyond the dtype's range are compared by their reciprocals instead.
            return time_of(a).total_cmp(&time_of(b)).then(a.cmp(&b));
        }
        order.then(a.cmp(&b))
    };
    if n < order.len() {
        order.select_nth_unstable_by(n, larger_first);
        order.truncate(n);
    }
    order.sort_unstable_by(larger_first);
    order
}

#[cfg(test)]
mod tests {
    //! The numbers are PyTorch 2.15's, drawn in this order after `manual_seed(110)`.

    use super::super::Generator;
    use super::*;

    #[track_caller]
    fn near<T: RandomFloat + Into<f64>>(got: &[T], expected: &[f64]) {
        assert_eq!(got.len(), expected.len());
        for (&g, w) in got.iter().zip(expected) {
            assert!(
                (g.into() - w).abs() <= 2e-6 * w.abs().max(1.0),
                "{g:?} is not {w}"
            );
        }
    }

    fn filled<T: Element, const N: usize>(draw: impl FnOnce(&mut [T])) -> [T; N] {
        let mut out = [T::default(); N];
        draw(&mut out);
        out
    }

    #[test]
    fn one_stream_of_all_distributions_is_pytorchs() {
        let generator = Generator::new(110);
        let s = &mut *generator.lock();
        let x: [f32; 4] = filled(|o| uniform(s, o, -0.1, 0.7));
        assert_eq!(x, [0.468_853_77, -0.027_650_31, 0.351_663_08, 0.539_514_9]);
        let x: [f64; 3] = filled(|o| uniform(s, o, -0.1, 0.7));
        near(&x, &[0.0649894545, 0.682977239, 0.377325499]);
        let x: [f32; 5] = filled(|o| normal(s, o, 0.0, 1.0));
        near(
            &x,
            &[
                -0.794138432,
                -1.81887865,
                1.16699421,
                0.24229908,
                -1.23532164,
            ],
        );
        let x: [f32; 1] = filled(|o| normal(s, o, 0.0, 1.0));
        near(&x, &[0.0844752714]);
        let x: [f32; 20] = filled(|o| normal(s, o, 0.0, 1.0));
        near(
            &x[..4],
            &[0.744282305, -0.0175647419, -1.45990229, -0.62133348],
        );
        near(
            &x[16..],
            &[-1.52672744, 0.59179312, -1.72138131, 0.0168506075],
        );
        let x: [bf16; 20] = filled(|o| normal(s, o, 0.0, 1.0));
        near(&x[..4], &[1.5859375, 0.65234375, 1.96875, -0.294921875]);
        near(&x[17..], &[1.515625, 0.150390625, -1.2109375]);
        let x: [f16; 3] = filled(|o| uniform(s, o, 0.0, 1.0));
        near(&x, &[0.321289062, 0.684570312, 0.770019531]);
        let x: [f32; 3] = filled(|o| exponential(s, o, 1.7));
        near(&x, &[0.83729136, 1.19498181, 0.0769203752]);
        let x: [f32; 3] = filled(|o| cauchy(s, o, 0.5, 2.0));
        near(&x, &[10.2684078, 23.9499416, 1.45419884]);
        let x: [f32; 3] = filled(|o| log_normal(s, o, 0.5, 0.7));
        near(&x, &[0.428154409, 0.870301068, 1.57663083]);
        let x: [i32; 5] = filled(|o| geometric(s, o, 0.3));
        assert_eq!(x, [2, 5, 1, 1, 3]);
        let x: [u8; 8] = filled(|o| bernoulli(s, o, 0.3));
        assert_eq!(x, [1, 0, 1, 0, 0, 0, 1, 0]);
        let p: Vec<f32> = (0..8).map(|i| i as f32 / 8.0).collect();
        let x: [bool; 8] = filled(|o| bernoulli_each(s, o, &p));
        assert_eq!(x, [false, false, false, false, false, false, false, true]);
        let x: [i64; 6] = filled(|o| integers(s, o, 0, 10, false));
        assert_eq!(x, [8, 4, 5, 3, 3, 6]);
        let x: [i64; 2] = filled(|o| integers(s, o, 0, 1 << 28, true));
        assert_eq!(x, [84_582_835, 168_618_321]);
        let x: [i64; 2] = filled(|o| integers(s, o, -(1 << 40), 1 << 41, true));
        assert_eq!(x, [798_888_490_448, 911_537_131_497]);
        let x: [i64; 6] = filled(|o| permutation(s, o));
        assert_eq!(x, [3, 1, 5, 0, 4, 2]);
        let x = multinomial(s, &[0.1f32, 0.2, 0.3, 0.4], 6, true).unwrap();
        assert_eq!(x, [1, 2, 3, 2, 3, 3]);
        let x: [i64; 2] = filled(|o| integers(s, o, i64::MIN, 0, true));
        assert_eq!(x, [-2_588_633_253_899_233_975, -7_813_844_301_142_559_484]);
    }

    #[test]
    fn a_uniform_number_never_reaches_the_upper_bound() {
        let generator = Generator::new(1);
        let mut x = vec![bf16::default(); 10_000];
        uniform(&mut generator.lock(), &mut x, 0.3, 5.7);
        let (low, high) = (bf16::from_f32(0.3), bf16::from_f32(5.7));
        assert!(x.iter().all(|&x| low <= x && x < high));
    }
}
