// The logarithm of the gamma function and its derivatives for any argument, by Euler's reflection
// (close to the zeros that lgamma and digamma have left of 0, all but the absolute error is lost).

fn op_lgamma(x: T) -> T {
    if (is_nan(x)) {
        return x;
    }
    let a = abs(x);
    if (is_infinite(x)) {
        return a;
    }
    if (x <= T(0.0) && x == op_floor(x)) {
        return infinity();
    }
    let right = positive_lgamma(a);
    // For tiny numbers the reflection would leave the range, and the sign no longer counts.
    if (x > T(0.0) || a < T(1e-18)) {
        return right;
    }
    return op_log(PI / (a * abs(sin_of(pi_angle(a))))) - right;
}

// The zero has its sign's infinity, turned; whole negative numbers have no value.
fn op_digamma(x: T) -> T {
    if (is_nan(x)) {
        return x;
    }
    if (x == T(0.0)) {
        return copy_sign(infinity(), -x);
    }
    if (x < T(0.0) && x == op_floor(x)) {
        return quiet_nan();
    }
    if (abs(x) < T(1e-20)) {
        return T(-1.0) / x;
    }
    var other = T(0.0);
    if (x < T(0.0)) {
        // A right angle more makes the tangent minus the cotangent.
        let angle = pi_angle(x);
        other = PI * tan_of(Angle(angle.quadrant + 1u, angle.high, angle.low));
    } else if (x < T(1.0)) {
        other = T(-1.0) / x;
    }
    return right_digamma(select(select(T(1.0) - x, T(1.0) + x, x > T(0.0)), x, x >= T(1.0))) + other;
}

// Infinite at 0 and the whole negative numbers.
fn op_trigamma(x: T) -> T {
    if (is_nan(x) || (x < T(0.0) && is_infinite(x))) {
        return quiet_nan();
    }
    let right = x > T(0.0);
    let value = right_trigamma(select(T(1.0) - x, x, right));
    if (right) {
        return value;
    }
    let s = PI / sin_of(pi_angle(x));
    return s * s - value;
}
