// Inverse trigonometric functions: fitted polynomials on a short interval, and identities that reduce to it.

// arctan a for |a| <= tan(pi/8).
fn atan_core(a: f64) -> f64 {
    let z = a * a;
    var p: f64 = 0.016271944751537433;
    p = fma(p, z, -0.034558092551328114);
    p = fma(p, z, 0.04551108126321486);
    p = fma(p, z, -0.0523034787301517);
    p = fma(p, z, 0.05878914544400483);
    p = fma(p, z, -0.06666423628069243);
    p = fma(p, z, 0.07692296304974469);
    p = fma(p, z, -0.09090908751076636);
    p = fma(p, z, 0.11111111105106705);
    p = fma(p, z, -0.14285714285659326);
    p = fma(p, z, 0.199999999999998);
    p = fma(p, z, -0.3333333333333333);
    return fma(z * a, p, a);
}

// arctan a for 0 <= a <= 1, by a rotation by pi/4 in the upper half.
fn atan_near(a: f64) -> f64 {
    if (a > 0.41421356237309503) {
        return 0.5 * HALF_PI + (atan_core((a - 1.0) / (a + 1.0)) + 0.5 * HALF_PI_LOW);
    }
    return atan_core(a);
}

fn op_atan(x: f64) -> f64 {
    let a = abs(x);
    let steep = a > 1.0;
    let r = atan_near(select(a, 1.0 / a, steep));
    return copy_sign(select(r, HALF_PI - (r - HALF_PI_LOW), steep), x);
}

// The angle of the point (x, y), in -pi ..= pi.
fn op_atan2(y: f64, x: f64) -> f64 {
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
    var r = atan_near(ratio);
    r = select(r, HALF_PI - (r - HALF_PI_LOW), steep);
    r = select(r, PI - (r - PI_LOW), sign_bit(x));
    return copy_sign(r, y);
}

// arcsin s - s for 0 <= s <= 1/2, z = s^2.
fn asin_tail(s: f64, z: f64) -> f64 {
    var p: f64 = 0.029612011265156984;
    p = fma(p, z, -0.019241671747082863);
    p = fma(p, z, 0.019554513336377578);
    p = fma(p, z, 0.0030448799093443393);
    p = fma(p, z, 0.009319560794799116);
    p = fma(p, z, 0.009621842970094148);
    p = fma(p, z, 0.011566459612122493);
    p = fma(p, z, 0.013963780012203492);
    p = fma(p, z, 0.0173528165403255);
    p = fma(p, z, 0.02237215744350722);
    p = fma(p, z, 0.03038194447553234);
    p = fma(p, z, 0.044642857142551895);
    p = fma(p, z, 0.07500000000000118);
    p = fma(p, z, 0.16666666666666666);
    return z * s * p;
}

// NaN outside [-1, 1]. Above 1/2, computed as pi/2 - 2 arcsin(sqrt((1 - x) / 2)).
fn op_asin(x: f64) -> f64 {
    let a = abs(x);
    if (!(a <= 1.0)) {
        return quiet_nan();
    }
    if (a <= 0.5) {
        return copy_sign(a + asin_tail(a, a * a), x);
    }
    let z = 0.5 - 0.5 * a;
    let root = sqrt(z);
    return copy_sign(HALF_PI - (2.0 * (root + asin_tail(root, z)) - HALF_PI_LOW), x);
}

fn op_acos(x: f64) -> f64 {
    let a = abs(x);
    if (!(a <= 1.0)) {
        return quiet_nan();
    }
    if (a <= 0.5) {
        return HALF_PI - (x + (copy_sign(asin_tail(a, a * a), x) - HALF_PI_LOW));
    }
    let z = 0.5 - 0.5 * a;
    let root = sqrt(z);
    let twice = 2.0 * (root + asin_tail(root, z));
    return select(twice, PI - (twice - PI_LOW), x < 0.0);
}
