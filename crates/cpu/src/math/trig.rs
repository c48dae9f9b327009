//! Sine, cosine and tangent of `f32`, without branches up to [`FAR`].
//!
//! The multiple of π/2 is subtracted in `f64`, so the remainder is exact to `f32`; short polynomials are evaluated at it.

use super::exp::poly;

/// Larger angles are computed by the standard library, without SIMD instructions.
pub(super) const FAR: f32 = (1 << 28) as f32;

/// The quadrant and the remainder, at most π/4 in magnitude.
#[inline(always)]
fn reduce(x: f32) -> (u32, f64) {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let x = x as f64;
    let t = x.mul_add(std::f64::consts::FRAC_2_PI, ROUND);
    let n = t - ROUND;
    let r = n.mul_add(-std::f64::consts::FRAC_PI_2, x);
    let r = n.mul_add(-6.123_233_995_736_766e-17, r);
    (t.to_bits() as u32, r)
}

#[inline(always)]
fn sin_core(r: f32) -> f32 {
    let z = r * r;
    let p = poly(
        z,
        [
            -0.166_666_67,
            0.008_333_329,
            -0.000_198_393_04,
            2.718_046_3e-6,
        ],
    );
    (z * r).mul_add(p, r)
}

#[inline(always)]
fn cos_core(r: f32) -> f32 {
    let z = r * r;
    let p = poly(
        z,
        [
            0.041_666_668,
            -0.001_388_888_3,
            2.479_945_2e-5,
            -2.720_504_4e-7,
        ],
    );
    z.mul_add(z.mul_add(p, -0.5), 1.0)
}

/// The sine of `quadrant π/2 + r`.
#[inline(always)]
fn sin_of(quadrant: u32, r: f32) -> f32 {
    let value = if quadrant & 1 == 0 {
        sin_core(r)
    } else {
        cos_core(r)
    };
    f32::from_bits(value.to_bits() ^ (quadrant & 2) << 30)
}

/// `sin x`.
#[inline(always)]
pub(crate) fn sin(x: f32) -> f32 {
    let (quadrant, r) = reduce(x);
    // The sign of a zero is lost in the polynomial.
    if x == 0.0 {
        x
    } else {
        sin_of(quadrant, r as f32)
    }
}

/// `cos x`.
#[inline(always)]
pub(crate) fn cos(x: f32) -> f32 {
    let (quadrant, r) = reduce(x);
    sin_of(quadrant.wrapping_add(1), r as f32)
}

/// `tan x`, in `f64` throughout, because a division in `f32` would double the error.
#[inline(always)]
pub(crate) fn tan(x: f32) -> f32 {
    let (quadrant, r) = reduce(x);
    let z = r * r;
    let p = 0.004_387_072_8f64.mul_add(z, 6.821_116e-5);
    let p = p.mul_add(z, 0.010_852_174).mul_add(z, 0.021_276_06);
    let p = p.mul_add(z, 0.054_061_066).mul_add(z, 0.133_326_53);
    let tangent = (z * r).mul_add(p.mul_add(z, 0.333_333_5), r);
    let value = if quadrant & 1 == 0 {
        tangent
    } else {
        -1.0 / tangent
    };
    value as f32
}

/// `sin(πx) / (πx)`, 1 at 0 and 0 at the other whole numbers; in `f64` for both types. The angle is reduced before it is multiplied by `π`.
pub(crate) fn sinc(x: f64) -> f64 {
    use std::f64::consts::PI;
    let angle = PI * x;
    if angle == 0.0 {
        return 1.0;
    }
    let reduced = x - 2.0 * (0.5 * x).round();
    // sin(πt) = sin(π(1 - t)): the nearer of both to 0.
    let rest = match reduced.abs() > 0.5 {
        true => (1.0 - reduced.abs()).copysign(reduced),
        false => reduced,
    };
    match rest == 0.0 {
        true => 0.0,
        false => (PI * rest).sin() / angle,
    }
}
