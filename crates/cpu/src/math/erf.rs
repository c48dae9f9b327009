//! The error function of `f32`, its complement, and the normal distribution's function in gelu, without branches.

use super::exp::{exp, limit, poly};
use super::pow;

/// `erf x` for |x| ≤ 1.
#[inline(always)]
fn near(x: f32) -> f32 {
    let p = poly(
        x * x,
        [
            0.128_379_17,
            -0.376_126_26,
            0.112_835_854,
            -0.026_853_811,
            0.005_188_327_7,
            -0.000_801_019_25,
            7.853_858e-5,
        ],
    );
    x.mul_add(p, x)
}

/// `erf x`: an odd polynomial up to 1, one minus a fitted exponential above.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let a = x.abs();
    let near = near(x);
    // erf 4 is 1 to the last bit.
    let t = limit(a, 0.0, 4.0);
    let exponent = poly(
        t,
        [
            -1.128_567_9,
            -0.635_551_5,
            -0.105_404_17,
            0.022_821_547,
            -0.003_020_258_2,
            8.187_7e-5,
            3.930_082_3e-5,
            -4.426_924_5e-6,
        ],
    );
    let far = (1.0 - exp(t * exponent)).copysign(x);
    if a < 1.0 { near } else { far }
}

/// `1 - erf x`: `e^-x²` times a smooth function of x; the rounding error of the square is corrected.
#[inline(always)]
pub(crate) fn erfc(x: f32) -> f32 {
    let a = limit(x.abs(), 0.0, 10.3);
    let square = a * a;
    let lost = a.mul_add(a, -square) as f64;
    let wide = a as f64;
    // In `f64`, so that the rounding errors of the factors do not add up.
    let p = pow::poly(
        (wide - 2.0) / (wide + 2.0),
        [
            1.276_978_4,
            -0.092_763_82,
            -0.166_030_53,
            0.164_051_06,
            -0.054_217_81,
            -0.008_030_957,
            0.008_708_94,
            0.001_252_952_1,
            -0.001_420_270_1,
            -0.000_400_862_34,
            0.000_168_803_88,
            7.916_27e-5,
        ],
    );
    let smooth = p / (wide + wide + 1.0);
    let r = (exp(-square) as f64 * (-lost).mul_add(smooth, smooth)) as f32;
    let far = if x < 0.0 { 2.0 - r } else { r };
    if a < 0.5 { 1.0 - near(x) } else { far }
}

/// `x Φ(x)`, with all digits in the tail where Φ is near 0: `Φ(-a) = e^(-a²/2) R(a)`, R smooth.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    let a = limit(x.abs(), 0.0, 15.0);
    let square = a * a;
    let lost = a.mul_add(a, -square);
    let smooth = poly(
        (a - 3.5) / (a + 3.5),
        [
            0.106_345_154,
            -0.187_139_66,
            0.125_855_3,
            -0.061_640_687,
            0.019_065_38,
            -0.001_551_569,
            -0.001_379_205_6,
            0.000_360_736,
            0.000_120_747_48,
            -2.146_996_3e-5,
        ],
    );
    let below = exp(-0.5 * square) * (-0.5 * lost).mul_add(smooth, smooth);
    // Not -∞ times 0.
    let bounded = if x < -15.0 { -15.0 } else { x };
    if x > 0.0 {
        (-a).mul_add(below, x)
    } else {
        bounded * below
    }
}
