//! The modified Bessel functions of the first kind, of order 0 and 1, in `f64` for both types.

use std::f64::consts::PI;

/// From here on the asymptotic series is exact.
const FAR: f64 = 20.0;

/// `I₀(x)`.
pub(crate) fn i0(x: f64) -> f64 {
    let a = x.abs();
    if a < FAR { near(a, 0) } else { grown(a, 0) }
}

/// `e^-|x| I₀(x)`.
pub(crate) fn i0e(x: f64) -> f64 {
    let a = x.abs();
    if a < FAR {
        (-a).exp() * near(a, 0)
    } else {
        far(a, 0)
    }
}

/// `I₁(x)`.
pub(crate) fn i1(x: f64) -> f64 {
    let a = x.abs();
    let value = if a < FAR { near(a, 1) } else { grown(a, 1) };
    value.copysign(x)
}

/// `e^-|x| I₁(x)`.
pub(crate) fn i1e(x: f64) -> f64 {
    let a = x.abs();
    let value = if a < FAR {
        (-a).exp() * near(a, 1)
    } else {
        far(a, 1)
    };
    value.copysign(x)
}

/// The power series `Σ (x/2)^(2k + n) / (k! (k + n)!)` for `x ≥ 0`: all terms are positive, so nothing cancels.
fn near(x: f64, n: u32) -> f64 {
    let square = 0.25 * x * x;
    let mut term = if n == 0 { 1.0 } else { 0.5 * x };
    let (mut sum, mut k) = (term, 1.0);
    while term > sum * (0.25 * f64::EPSILON) {
        term *= square / (k * (k + n as f64));
        sum += term;
        k += 1.0;
    }
    sum
}

/// `e^-x` times the function for large `x`: `1/√(2πx) Σ (-1)ᵏ Π (4n² - (2j - 1)²) / (k! (8x)ᵏ)`.
fn far(x: f64, n: u32) -> f64 {
    let order = (4 * n * n) as f64;
    let (mut term, mut sum) = (1.0f64, 1.0);
    for k in 1..40 {
        let odd = (2 * k - 1) as f64;
        term *= (odd * odd - order) / (8.0 * k as f64 * x);
        sum += term;
        if term.abs() < 0.25 * f64::EPSILON {
            break;
        }
    }
    sum / (2.0 * PI * x).sqrt()
}

/// The function for large `x`; `eˣ` as a product of two factors, so that it does not overflow before the result.
fn grown(x: f64, n: u32) -> f64 {
    if x == f64::INFINITY {
        return x;
    }
    let half = (0.5 * x).exp();
    half * far(x, n) * half
}
