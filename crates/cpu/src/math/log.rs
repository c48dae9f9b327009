//! Logarithms of `f32`, without branches.
//!
//! `x = 2ᵉ (1 + f)` with 1 + f between √½ and √2; `ln(1 + f) = f - f²/2 + f³ P(f)`, P fitted for the least relative error.

use super::exp::{LN2_HI, LN2_LO, poly};
use std::f32::consts::{LOG2_E, LOG10_E};

/// The bits of √½.
const ROOT_HALF: u32 = 0x3f35_04f3;

/// e and 1 + f of a positive number.
#[inline(always)]
fn split(x: f32) -> (i32, f32) {
    let above = x.to_bits().wrapping_sub(ROOT_HALF);
    let mantissa = (above & 0x007f_ffff) + ROOT_HALF;
    (above as i32 >> 23, f32::from_bits(mantissa))
}

/// e and f, subnormal numbers scaled first.
#[inline(always)]
fn reduce(x: f32) -> (f32, f32) {
    let tiny = x < f32::MIN_POSITIVE;
    let (e, m) = split(if tiny { x * (1 << 25) as f32 } else { x });
    ((e - if tiny { 25 } else { 0 }) as f32, m - 1.0)
}

/// `ln(1 + f) - f`.
#[inline(always)]
fn tail(f: f32) -> f32 {
    let p = poly(
        f,
        [
            0.333_333_13,
            -0.250_000_1,
            0.200_021_2,
            -0.166_679_96,
            0.142_195_18,
            -0.124_055_46,
            0.118_883_91,
            -0.116_760_41,
            0.067_465_97,
        ],
    );
    let square = f * f;
    (square * f).mul_add(p, -0.5 * square)
}

/// `result` where x is positive and finite, and the special values elsewhere.
#[inline(always)]
fn ends(x: f32, result: f32) -> f32 {
    let result = if x > 0.0 { result } else { f32::NAN };
    let result = if x == 0.0 { f32::NEG_INFINITY } else { result };
    if x == f32::INFINITY { x } else { result }
}

/// `ln x`.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    let (e, f) = reduce(x);
    let low = e.mul_add(LN2_LO, tail(f));
    ends(x, e.mul_add(LN2_HI, f + low))
}

/// `log₂ x`.
#[inline(always)]
pub(crate) fn log2(x: f32) -> f32 {
    const LOW: f32 = 1.925_963e-8;
    let (e, f) = reduce(x);
    let low = f.mul_add(LOW, tail(f) * LOG2_E);
    ends(x, e + f.mul_add(LOG2_E, low))
}

/// `log₁₀ x`.
#[inline(always)]
pub(crate) fn log10(x: f32) -> f32 {
    const LOW: f32 = -1.010_305e-8;
    const TWO: f32 = std::f32::consts::LOG10_2;
    const TWO_LOW: f32 = -1.432_098_9e-8;
    let (e, f) = reduce(x);
    let low = e.mul_add(TWO_LOW, f.mul_add(LOW, tail(f) * LOG10_E));
    ends(x, e.mul_add(TWO, f.mul_add(LOG10_E, low)))
}

/// `ln(1 + x)`.
#[inline(always)]
pub(crate) fn log1p(x: f32) -> f32 {
    let u = 1.0 + x;
    // The rounding error of u.
    let lost = if x.abs() < 1.0 {
        x - (u - 1.0)
    } else {
        1.0 - (u - x)
    };
    let (e, m) = split(u);
    // 2⁻ᵉ, which underflows harmlessly for the u that lose all of the 1.
    let power = f32::from_bits((127i32.wrapping_sub(e.min(126)) as u32) << 23);
    let f = lost.mul_add(power, m - 1.0);
    let e = e as f32;
    let low = e.mul_add(LN2_LO, tail(f));
    let result = ends(u, e.mul_add(LN2_HI, f + low));
    if x == 0.0 { x } else { result }
}
