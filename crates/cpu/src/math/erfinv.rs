//! The inverse of the error function.

use std::f64::consts::PI;

/// The `y` with `erf y = x`; ±∞ at ±1, NaN beyond. Accurate to about 1e-15.
pub(crate) fn erfinv(x: f64) -> f64 {
    let a = x.abs();
    if a == 0.0 {
        return x;
    }
    if a >= 1.0 || x.is_nan() {
        return if a == 1.0 {
            f64::INFINITY.copysign(x)
        } else {
            f64::NAN
        };
    }
    // Winitzki's closed form has a relative error of 0.002; each of Halley's steps triples the digits.
    let l = (-a * a).ln_1p();
    let c = 2.0 / (PI * 0.147) + l / 2.0;
    // The difference of two near numbers, without cancellation.
    let mut y = (-l / 0.147 / ((c * c - l / 0.147).sqrt() + c)).sqrt();
    for _ in 0..3 {
        // For large a the distance from 1, which is exact, keeps the digits that a itself has lost.
        let error = if a < 0.5 {
            libm::erf(y) - a
        } else {
            (1.0 - a) - libm::erfc(y)
        };
        let newton = error / (2.0 / PI.sqrt() * (-y * y).exp());
        y -= newton / (1.0 + y * newton);
    }
    y.copysign(x)
}
