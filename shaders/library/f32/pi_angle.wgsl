// Sines and tangents of multiples of pi, without an error from multiplying.

// pi x for a finite x.
fn pi_angle(x: f32) -> Angle {
    // Beyond 2^23 every number is whole; reducing modulo 2 first keeps the conversion in range.
    let turned = x - 2.0 * round(0.5 * x);
    let n = round(turned * 2.0);
    let r = two_mul_single(Two(3.1415927, -8.742278e-8), turned - 0.5 * n);
    return Angle(u32(i32(n)), r.high, r.low);
}

// sin(pi x) / (pi x), 1 at 0; exactly 0 at the other whole numbers.
fn op_sinc(x: f32) -> f32 {
    if (x == 0.0) {
        return 1.0;
    }
    if (!is_finite(x)) {
        return quiet_nan();
    }
    return sin_of(pi_angle(x)) / (3.1415927 * x);
}
