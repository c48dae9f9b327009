//! The logarithm of the gamma function and its derivatives, in `f64` for both types.

use std::f64::consts::PI;

/// `ln |Γ(x)|`.
pub(crate) fn lgamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// `π` times the cotangent of `π x`; the argument is reduced first, which keeps it exact for large x.
fn pi_cot_pi(x: f64) -> f64 {
    let r = x - x.round();
    PI / (PI * r).tan()
}

/// `Γ'(x) / Γ(x)`: ∓∞ at ±0, NaN at the negative integers.
pub(crate) fn digamma(x: f64) -> f64 {
    if x == 0.0 {
        return f64::INFINITY.copysign(-x);
    }
    if x < 0.0 {
        return if x == x.floor() {
            f64::NAN
        } else {
            digamma(1.0 - x) - pi_cot_pi(x)
        };
    }
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below -= 1.0 / x;
        x += 1.0;
    }
    // Stirling's series; its coefficients are B₂ₖ / 2k.
    const SERIES: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32760.0,
        1.0 / 12.0,
    ];
    let z = 1.0 / (x * x);
    let tail = SERIES.iter().rev().fold(0.0, |sum, c| (sum + c) * z);
    below + x.ln() - 0.5 / x - tail
}

/// The derivative of [`digamma`]: ∞ at 0 and at the negative integers.
pub(crate) fn trigamma(x: f64) -> f64 {
    if x < 0.5 {
        let s = (PI * (x - x.round())).sin();
        return PI * PI / (s * s) - trigamma(1.0 - x);
    }
    let (mut x, mut below) = (x, 0.0);
    while x < 10.0 {
        below += 1.0 / (x * x);
        x += 1.0;
    }
    // The derivative of Stirling's series; its coefficients are B₂ₖ.
    const SERIES: [f64; 7] = [
        1.0 / 6.0,
        -1.0 / 30.0,
        1.0 / 42.0,
        -1.0 / 30.0,
        5.0 / 66.0,
        -691.0 / 2730.0,
        7.0 / 6.0,
    ];
    let z = 1.0 / (x * x);
    let tail = SERIES.iter().rev().fold(0.0, |sum, c| (sum + c) * z);
    below + (1.0 + 0.5 / x + tail) / x
}
