// Inverse trigonometric functions: fitted polynomials on a short interval, and identities that reduce to it.

// arctan a for 0 <= a <= 1.
fn atan_core(a: f32) -> f32 {
    let z = a * a;
    var p = -0.0017935939;
    p = fma(p, z, 0.010914481);
    p = fma(p, z, -0.031177612);
    p = fma(p, z, 0.05795736);
    p = fma(p, z, -0.08403437);
    p = fma(p, z, 0.10952181);
    p = fma(p, z, -0.14264241);
    p = fma(p, z, 0.19998549);
    p = fma(p, z, -0.333333);
    return fma(z * a, p, a);
}

fn op_atan(x: f32) -> f32 {
    let a = abs(x);
    let steep = a > 1.0;
    let r = atan_core(select(a, 1.0 / a, steep));
    return copy_sign(select(r, HALF_PI - (r - HALF_PI_LOW), steep), x);
}

// The angle of the point (x, y), in -pi ..= pi.
fn op_atan2(y: f32, x: f32) -> f32 {
    if (is_nan(x) || is_nan(y)) {
        return quiet_nan();
    }
    let a = abs(x);
    let b = abs(y);
    let steep = b > a;
    let large = select(a, b, steep);
    var ratio = select(b, a, steep) / large;
    ratio = select(ratio, 1.0, a == b);
    ratio = select(ratio, 0.0, large == 0.0);
    var r = atan_core(ratio);
    r = select(r, HALF_PI - (r - HALF_PI_LOW), steep);
    r = select(r, PI - (r - PI_LOW), sign_bit(x));
    return copy_sign(r, y);
}

struct HalfArc {
    // arcsin s = s + tail, s = sqrt((1 - a) / 2) above a = 1/2
    s: f32,
    tail: f32,
    // the rounding error of the root
    error: f32,
    near_one: bool,
}

fn half_arc(a: f32) -> HalfArc {
    let near_one = a > 0.5;
    let half = 0.5 - 0.5 * a;
    let z = select(a * a, half, near_one);
    let s = select(a, sqrt(half), near_one);
    var p = 0.037529357;
    p = fma(p, z, 0.014429854);
    p = fma(p, z, 0.031809907);
    p = fma(p, z, 0.04451671);
    p = fma(p, z, 0.075005054);
    p = fma(p, z, 0.1666666);
    let square = exact_product(s, s);
    let error = (as_rounded(half - square.high) - square.low) / (s + s);
    return HalfArc(s, z * s * p, select(error, 0.0, half == 0.0), near_one);
}

// NaN outside [-1, 1]. Above 1/2, computed as pi/2 - 2 arcsin(sqrt((1 - x) / 2)).
fn op_asin(x: f32) -> f32 {
    if (!(abs(x) <= 1.0)) {
        return quiet_nan();
    }
    let h = half_arc(abs(x));
    let far = HALF_PI - 2.0 * (h.s + (h.tail + h.error - 0.5 * HALF_PI_LOW));
    return copy_sign(select(h.s + h.tail, far, h.near_one), x);
}

fn op_acos(x: f32) -> f32 {
    if (!(abs(x) <= 1.0)) {
        return quiet_nan();
    }
    let h = half_arc(abs(x));
    let twice = 2.0 * (h.s + (h.tail + h.error));
    let far = select(twice, PI - (twice - PI_LOW), x < 0.0);
    let middle = HALF_PI - (copy_sign(h.s, x) + (copy_sign(h.tail, x) - HALF_PI_LOW));
    return select(middle, far, h.near_one);
}
