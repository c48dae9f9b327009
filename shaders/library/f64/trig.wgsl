// The reduction of angles and the polynomials of sine, cosine and tangent: multiples of pi/2 are subtracted, accurately
// enough that all bits of the difference are correct.

const HALF_PI: f64 = 1.5707963267948966;
// pi / 2 - HALF_PI, and twice that.
const HALF_PI_LOW: f64 = 6.123233995736766e-17;
const PI_LOW: f64 = 1.2246467991473532e-16;

fn reduce_angle(x: f64) -> Angle {
    if (!is_finite(x)) {
        return Angle(0u, quiet_nan(), 0.0);
    }
    if (abs(x) > 1500000.0) {
        return reduce_far_angle(x);
    }
    return reduce_near_angle(x);
}

// pi/2 in four parts (Cody and Waite): three of 33 bits, whose products with n are exact, and the remainder.
fn reduce_near_angle(x: f64) -> Angle {
    let n = nearest(x * 0.6366197723675814);
    let a = as_rounded(x - n * 1.5707963267341256);
    let b = two_sum(a, -n * 6.077100506303966e-11);
    let c = two_sum(b.high, -n * 2.0222662487111665e-21);
    let r = fast_two_sum(c.high, c.low + b.low - n * 8.4784276603689e-32);
    return Angle(u32(i32(n)), r.high, r.low);
}

fn sin_core(r: f64, low: f64) -> f64 {
    let z = r * r;
    var p: f64 = 2.8114572543455206e-15;
    p = fma(p, z, -7.647163731819816e-13);
    p = fma(p, z, 1.6059043836821613e-10);
    p = fma(p, z, -2.505210838544172e-08);
    p = fma(p, z, 2.7557319223985893e-06);
    p = fma(p, z, -0.0001984126984126984);
    p = fma(p, z, 0.008333333333333333);
    p = fma(p, z, -0.16666666666666666);
    return r + fma(z * r, p, low);
}

fn cos_core(r: f64, low: f64) -> f64 {
    let z = r * r;
    var p: f64 = 4.779477332387385e-14;
    p = fma(p, z, -1.1470745597729725e-11);
    p = fma(p, z, 2.08767569878681e-09);
    p = fma(p, z, -2.755731922398589e-07);
    p = fma(p, z, 2.48015873015873e-05);
    p = fma(p, z, -0.001388888888888889);
    p = fma(p, z, 0.041666666666666664);
    return 1.0 + (fma(z * z, p, -0.5 * z) - r * low);
}

// The tangent or, in odd quadrants, -1 divided by it.
fn tan_of(angle: Angle) -> f64 {
    let s = sin_core(angle.high, angle.low);
    let c = cos_core(angle.high, angle.low);
    let odd = (angle.quadrant & 1u) == 1u;
    return select(s, -c, odd) / select(c, s, odd);
}
