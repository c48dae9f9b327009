// The logarithm of the gamma function and its derivatives for any argument.

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
    // For tiny numbers the reflection would overflow, and the sign does not matter.
    if (x > T(0.0) || a < T(1e-18)) {
        return positive_lgamma(a);
    }
    return left_lgamma(x);
}

// -infinity at 0, infinity at -0, NaN at negative integers.
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
    if (x < T(0.0)) {
        return left_digamma(x);
    }
    let below = x < T(1.0);
    let right = right_digamma(select(x, T(1.0) + x, below));
    return select(right, right - T(1.0) / x, below);
}

// Infinite at 0 and at negative integers.
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
