// The inverses of the error function and of the normal distribution function: Winitzki's closed form, then steps of Halley and Newton.

// The y with erf y = sqrt(1 - e^l), accurate to 2 in 1000. The difference of two nearly equal numbers is computed without cancellation.
fn erfinv_start(l: f64) -> f64 {
    let c = 4.330746750799873 + 0.5 * l;
    let m = l / 0.147;
    return sqrt(-m / (sqrt(c * c - m) + c));
}

// NaN outside [-1, 1].
fn op_erfinv(x: f64) -> f64 {
    let a = abs(x);
    if (!(a < 1.0)) {
        return select(quiet_nan(), copy_sign(infinity(), x), a == 1.0);
    }
    if (a == 0.0) {
        return x;
    }
    var y = erfinv_start(op_log1p(-a * a));
    // Each of Halley's steps triples the digits.
    for (var k = 0; k < 3; k++) {
        // For large a the distance from 1 is exact, and more accurate than a itself.
        let error = select((1.0 - a) - op_erfc(y), op_erf(y) - a, a < 0.5);
        let newton = error / (1.1283791670955126 * exp_square(y, -1.0));
        y -= newton / (1.0 + y * newton);
    }
    return copy_sign(y, x);
}

// The z with erfc z = q, for q below 1/4, by Newton's steps for the logarithm, which is almost a parabola.
fn erfc_inverse(q: f64) -> f64 {
    if (q == 0.0) {
        return infinity();
    }
    let log = op_log(q);
    var z = erfinv_start(log + op_log(2.0 - q));
    for (var k = 0; k < 5; k++) {
        // erfc z = e^(-z^2) scaled_erfc z, whose logarithm has the slope -2/sqrt(pi) / scaled_erfc z.
        let scaled = scaled_erfc(z);
        z += (op_log(scaled) - z * z - log) * scaled / 1.1283791670955126;
    }
    return z;
}

// The inverse of the normal distribution function: -infinity at 0, infinity at 1, NaN outside [0, 1].
fn op_ndtri(x: f64) -> f64 {
    if (!(x >= 0.0 && x <= 1.0)) {
        return quiet_nan();
    }
    if (x > 0.125 && x < 0.875) {
        return 1.4142135623730951 * op_erfinv(2.0 * x - 1.0);
    }
    let z = 1.4142135623730951 * erfc_inverse(2.0 * select(1.0 - x, x, x <= 0.5));
    return select(z, -z, x <= 0.5);
}
