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
    if (x > T(0.0)) {
        return positive_lgamma(x);
    }
    if (x == floor(x)) {
        return infinity();
    }
    if (a < T(1e-18)) {
        return -op_log(a);
    }
    return op_log(PI / (a * abs(sin_of(pi_angle(a))))) - positive_lgamma(a);
}

// The zero has its sign's infinity, turned; whole negative numbers have no value.
fn op_digamma(x: T) -> T {
    if (is_nan(x)) {
        return x;
    }
    if (x == T(0.0)) {
        return copy_sign(infinity(), -x);
    }
    if (x >= T(1.0)) {
        return right_digamma(x);
    }
    if (abs(x) < T(1e-20)) {
        return T(-1.0) / x;
    }
    if (x > T(0.0)) {
        return right_digamma(T(1.0) + x) - T(1.0) / x;
    }
    if (x == floor(x)) {
        return quiet_nan();
    }
    // A right angle more makes the tangent minus the cotangent.
    let angle = pi_angle(x);
    return right_digamma(T(1.0) - x) + PI * tan_of(Angle(angle.quadrant + 1u, angle.high, angle.low));
}

// Infinite at 0 and the whole negative numbers.
fn op_trigamma(x: T) -> T {
    if (is_nan(x)) {
        return x;
    }
    if (x > T(0.0)) {
        return right_trigamma(x);
    }
    if (is_infinite(x)) {
        return quiet_nan();
    }
    let s = PI / sin_of(pi_angle(x));
    return s * s - right_trigamma(T(1.0) - x);
}
