//! Functions of the normal distribution's tail, in `f64` for both types.

use super::erfinv::erfinv;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI, SQRT_2};

/// `e^(x²) erfc x`, which overflows only if the result does.
pub(crate) fn erfcx(x: f64) -> f64 {
    if x < 3.0 {
        return square_exp(x) * libm::erfc(x);
    }
    // Laplace's continued fraction, evaluated from the innermost level; from 3 on 40 levels are exact.
    let inner = (1..=40).rev().fold(x, |rest, k| x + 0.5 * k as f64 / rest);
    1.0 / (PI.sqrt() * inner)
}

/// `ln Φ(x)`, with all digits where Φ is near 0 or 1.
pub(crate) fn log_ndtr(x: f64) -> f64 {
    let t = x * FRAC_1_SQRT_2;
    if x < -1.0 {
        (0.5 * erfcx(-t)).ln() - t * t
    } else {
        (-0.5 * libm::erfc(t)).ln_1p()
    }
}

/// The `y` with `Φ(y) = p`; ∓∞ at 0 and 1, NaN beyond.
pub(crate) fn ndtri(p: f64) -> f64 {
    if p > 0.125 && p < 0.875 {
        return SQRT_2 * erfinv(2.0 * p - 1.0);
    }
    if p <= 0.5 {
        -SQRT_2 * tail(2.0 * p)
    } else {
        SQRT_2 * tail(2.0 * (1.0 - p))
    }
}

/// The `z` with `erfc z = q`, for `q` below 1/4.
fn tail(q: f64) -> f64 {
    if q == 0.0 {
        return f64::INFINITY;
    }
    // Winitzki's closed form, as in erfinv; then Newton's steps for the logarithm, which is almost a parabola.
    let log = q.ln();
    let l = log + (2.0 - q).ln();
    let c = 2.0 / (PI * 0.147) + 0.5 * l;
    let mut z = (-l / 0.147 / ((c * c - l / 0.147).sqrt() + c)).sqrt();
    for _ in 0..5 {
        // erfc z = e^(-z²) erfcx z, whose logarithm has the slope -2/√π / erfcx z.
        let scaled = erfcx(z);
        z += (scaled.ln() - z * z - log) * scaled / FRAC_2_SQRT_PI;
    }
    z
}

/// `e^(x²)`; the rounding error of the square is corrected.
fn square_exp(x: f64) -> f64 {
    let square = x * x;
    let lost = x.mul_add(x, -square);
    let e = square.exp();
    if e == f64::INFINITY { e } else { e + e * lost }
}
