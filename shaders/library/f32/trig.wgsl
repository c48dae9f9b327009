// The reduction of angles and the polynomials of sine, cosine and tangent: multiples of pi/2 are subtracted, accurately
// enough that all bits of the difference are correct.

const HALF_PI: f32 = 1.5707964;
// pi / 2 - HALF_PI, and twice that.
const HALF_PI_LOW: f32 = -4.371139e-8;
const PI_LOW: f32 = -8.742278e-8;

fn reduce_angle(x: f32) -> Angle {
    if (!is_finite(x)) {
        return Angle(0u, quiet_nan(), 0.0);
    }
    if (abs(x) > 12000.0) {
        return reduce_far_angle(x);
    }
    return reduce_near_angle(x);
}

// pi/2 in five parts (Cody and Waite): four of 11 bits, whose products with n are exact, and the remainder.
fn reduce_near_angle(x: f32) -> Angle {
    let n = nearest(x * 0.63661975);
    let a = as_rounded(x - n * 1.5703125);
    let b = as_rounded(a - n * 0.0004837513);
    let c = two_sum(b, -n * 0.000000075495336);
    let d = two_sum(c.high, -n * 2.563283e-12);
    let r = fast_two_sum(d.high, d.low + c.low - n * 6.123234e-17);
    return Angle(u32(i32(n)), r.high, r.low);
}

fn sin_core(r: f32, low: f32) -> f32 {
    let z = r * r;
    var p = 0.0000027180463;
    p = fma(p, z, -0.00019839304);
    p = fma(p, z, 0.008333329);
    p = fma(p, z, -0.16666667);
    return r + fma(z * r, p, low);
}

fn cos_core(r: f32, low: f32) -> f32 {
    let z = r * r;
    var p = -0.00000027205044;
    p = fma(p, z, 0.000024799452);
    p = fma(p, z, -0.0013888883);
    p = fma(p, z, 0.041666668);
    return 1.0 + (fma(z * z, p, -0.5 * z) - r * low);
}

// The tangent or, in odd quadrants, -1 divided by it; as a double-word number, because the division would double the error.
fn tan_of(angle: Angle) -> f32 {
    let r = angle.high;
    let z = r * r;
    var p = 0.0043870728;
    p = fma(p, z, 0.00006821116);
    p = fma(p, z, 0.010852174);
    p = fma(p, z, 0.02127606);
    p = fma(p, z, 0.054061066);
    p = fma(p, z, 0.13332653);
    p = fma(p, z, 0.3333335);
    let t = fast_two_sum(r, fma(z * r, p, angle.low * (1.0 + z)));
    if ((angle.quadrant & 1u) == 0u) {
        return t.high;
    }
    return two_div(Two(-1.0, 0.0), t).high;
}
