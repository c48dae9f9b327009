//! Functions of the normal distribution's tail, in `f64` for both types.

use std::f64::consts::PI;

/// `e^(x²) erfc x`, without overflow before it is due.
pub(crate) fn erfcx(x: f64) -> f64 {
    if x < 3.0 {
        return square_exp(x) * libm::erfc(x);
    }
    // Laplace's continued fraction, from inside out; from 3 on 40 levels are exact.
    let inner = (1..=40).rev().fold(x, |rest, k| x + 0.5 * k as f64 / rest);
    1.0 / (PI.sqrt() * inner)
}

/// `e^(x²)`; what squaring rounds away is put back.
fn square_exp(x: f64) -> f64 {
    let square = x * x;
    let lost = x.mul_add(x, -square);
    let e = square.exp();
    if e == f64::INFINITY { e } else { e + e * lost }
}
