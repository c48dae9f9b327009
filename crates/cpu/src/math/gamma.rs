//! The logarithm of the gamma function and its derivatives, in `f64` for both types.

use crate::product::Product;
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

/// Hurwitz's zeta function `Σ (q + k)⁻ˢ` for `k` from 0 on: ∞ for `s` = 1 and where a term is infinite, NaN where a term is not real.
pub(crate) fn zeta(s: f64, q: f64) -> f64 {
    if s == 1.0 {
        return f64::INFINITY;
    }
    if s < 1.0 {
        return f64::NAN;
    }
    if q <= 0.0 && q == q.floor() {
        return f64::INFINITY;
    }
    if s.is_infinite() && q == 1.0 {
        return 1.0;
    }
    if !s.is_finite() || !q.is_finite() || (q < 0.0 && s != s.floor()) {
        return f64::NAN;
    }
    if q > 0.0 {
        return zeta_right(s, q);
    }
    // The terms left of 0 are, but for the sign, the first ones of a series: from 1 - r on, those before 1 - q.
    let floor = q.floor();
    let right = zeta_right(s, q - floor);
    let left = zeta_right(s, (1.0 + floor) - q);
    let beyond = zeta_right(s, 1.0 - q);
    match s % 2.0 == 0.0 {
        true => right + (left - beyond),
        // Halfway between two poles the first two terms cancel, and the remaining sum may be much smaller.
        false => (right - left) + beyond,
    }
}

/// The derivative of order `n` of digamma, `(-1)ⁿ⁺¹ n! ζ(n + 1, x)`, for whole `n` from 1 on; NaN for others.
///
/// The factorial and the terms of zeta may overflow or underflow although their product does not. So `x + k` and the factors of the
/// factorial are taken in units of a power of two near `n / 3`, which is exact, and the product has a separate exponent.
pub(crate) fn polygamma(n: f64, x: f64) -> f64 {
    /// Beyond, the result is in range in a narrow band of arguments, which the logarithm finds.
    const MOST: f64 = 10_000.0;
    if !n.is_finite() || n < 1.0 || n != n.floor() {
        return f64::NAN;
    }
    let s = n + 1.0;
    let finite = x > 0.0 && x < f64::INFINITY;
    let size = if x == f64::INFINITY {
        0.0
    } else if n > MOST {
        match finite {
            true => (lgamma(s) - s * x.ln()).exp(),
            false => zeta(s, x) * f64::INFINITY,
        }
    } else {
        let unit = match finite {
            true => 2f64.powi((n.log2().floor() as i32 - 1).max(0)),
            false => 1.0,
        };
        let sum = match finite {
            true => zeta_in_units(s, x, unit),
            false => zeta(s, x),
        };
        let start = Product::ONE.times(sum).times(1.0 / unit);
        let factors = (1..=n as u32).map(|j| f64::from(j) / unit);
        factors.fold(start, Product::times).value()
    };
    if n % 2.0 == 0.0 { -size } else { size }
}

/// [`zeta`] for `q > 0`.
fn zeta_right(s: f64, q: f64) -> f64 {
    zeta_in_units(s, q, 1.0)
}

/// `Σ ((q + k) / unit)⁻ˢ` for `q > 0` and a power of two, by the formula of Euler and Maclaurin.
fn zeta_in_units(s: f64, mut q: f64, unit: f64) -> f64 {
    let mut sum = 0.0;
    while q < 20.0 + s {
        let term = (q / unit).powf(-s);
        if term <= sum * 1e-18 {
            return sum;
        }
        sum += term;
        q += 1.0;
    }
    // B₂ₖ / (2k)!
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 720.0,
        1.0 / 30_240.0,
        -1.0 / 1_209_600.0,
        1.0 / 47_900_160.0,
        -691.0 / 1_307_674_368_000.0,
        1.0 / 74_724_249_600.0,
        -3617.0 / 10_670_622_842_880_000.0,
    ];
    let mut tail = 0.5 + q / (s - 1.0);
    let mut factor = s / q;
    for (k, c) in SERIES.iter().enumerate() {
        tail += c * factor;
        let next = s + 2.0 * k as f64;
        factor *= (next + 1.0) * (next + 2.0) / (q * q);
    }
    sum + (q / unit).powf(-s) * tail
}
