//! Inverse trigonometric functions of `f32`, without branches.

use super::exp::poly;
use std::f32::consts::{FRAC_PI_2, PI};

/// The difference between π/2 and its `f32` value.
const FRAC_PI_2_LOW: f32 = -4.371_139e-8;

/// `arctan a` for 0 ≤ a ≤ 1.
#[inline(always)]
fn atan_core(a: f32) -> f32 {
    let z = a * a;
    let p = poly(
        z,
        [
            -0.333_333,
            0.199_985_49,
            -0.142_642_41,
            0.109_521_81,
            -0.084_034_37,
            0.057_957_36,
            -0.031_177_612,
            0.010_914_481,
            -0.001_793_593_9,
        ],
    );
    (z * a).mul_add(p, a)
}

/// `arctan x`.
#[inline(always)]
pub(crate) fn atan(x: f32) -> f32 {
    let a = x.abs();
    let steep = a > 1.0;
    let r = atan_core(if steep { 1.0 / a } else { a });
    let r = if steep {
        FRAC_PI_2 - (r - FRAC_PI_2_LOW)
    } else {
        r
    };
    r.copysign(x)
}

/// The angle of the point (x, y), in -π ..= π.
#[inline(always)]
pub(crate) fn atan2(y: f32, x: f32) -> f32 {
    let (a, b) = (x.abs(), y.abs());
    let steep = b > a;
    let (small, large) = if steep { (a, b) } else { (b, a) };
    let ratio = small / large;
    let ratio = if small == large { 1.0 } else { ratio };
    let ratio = if large == 0.0 { 0.0 } else { ratio };
    let r = atan_core(ratio);
    let r = if steep {
        FRAC_PI_2 - (r - FRAC_PI_2_LOW)
    } else {
        r
    };
    let r = if x.is_sign_negative() {
        PI - (r - 2.0 * FRAC_PI_2_LOW)
    } else {
        r
    };
    if x.is_nan() || y.is_nan() {
        x + y
    } else {
        r.copysign(y)
    }
}

/// `arcsin a - a` for 0 ≤ a ≤ 1/2.
#[inline(always)]
fn asin_tail(a: f32, z: f32) -> f32 {
    let p = poly(
        z,
        [
            0.166_666_6,
            0.075_005_054,
            0.044_516_71,
            0.031_809_907,
            0.014_429_854,
            0.037_529_357,
        ],
    );
    z * a * p
}

/// `arcsin x`; NaN beyond ±1. Above 1/2 as `π/2 - 2 arcsin √((1 - x) / 2)`.
#[inline(always)]
pub(crate) fn asin(x: f32) -> f32 {
    let a = x.abs();
    let near = a > 0.5;
    let half = 0.5 - 0.5 * a;
    let (z, s) = if near {
        (half, half.sqrt())
    } else {
        (a * a, a)
    };
    let tail = asin_tail(s, z);
    let r = if near {
        let lost = (-s).mul_add(s, half) / (s + s);
        let lost = if half == 0.0 { 0.0 } else { lost };
        FRAC_PI_2 - 2.0 * (s + (tail + lost - 0.5 * FRAC_PI_2_LOW))
    } else {
        s + tail
    };
    r.copysign(x)
}

/// `arccos x`; NaN beyond ±1.
#[inline(always)]
pub(crate) fn acos(x: f32) -> f32 {
    let a = x.abs();
    let near = a > 0.5;
    let half = 0.5 - 0.5 * a;
    let (z, s) = if near {
        (half, half.sqrt())
    } else {
        (a * a, a)
    };
    let tail = asin_tail(s, z);
    let signed = |v: f32| v.copysign(x);
    // The rounding error of the root.
    let lost = (-s).mul_add(s, half) / (s + s);
    let lost = if half == 0.0 { 0.0 } else { lost };
    let twice = 2.0 * (s + (tail + lost));
    let far = if x < 0.0 {
        PI - (twice - 2.0 * FRAC_PI_2_LOW)
    } else {
        twice
    };
    let middle = FRAC_PI_2 - (signed(s) + (signed(tail) - FRAC_PI_2_LOW));
    let r = if near { far } else { middle };
    if x.is_nan() { x } else { r }
}
