// The complementary error function and functions of the normal distribution, as products of an exponential and e^(x^2) erfc x, which is smooth.

fn op_erfc(x: T) -> T {
    if (is_nan(x)) {
        return x;
    }
    let a = at_most(abs(x), T(28.0));
    if (a < T(0.5)) {
        return T(1.0) - erf_near(x);
    }
    let r = exp_square(a, T(-1.0)) * scaled_erfc(a);
    return select(r, T(2.0) - r, x < T(0.0));
}

fn op_erfcx(x: T) -> T {
    if (is_nan(x)) {
        return x;
    }
    let r = scaled_erfc(abs(x));
    if (x < T(0.0)) {
        return T(2.0) * exp_square(at_most(abs(x), T(27.0)), T(1.0)) - r;
    }
    return r;
}

// The normal distribution function at -a, for a >= 0, divided by e^(-a^2 / 2).
fn normal_tail(a: T) -> T {
    return T(0.5) * scaled_erfc(a * T(0.7071067811865476));
}

// ln of the normal distribution function, accurate where that is near 0 or 1.
fn op_log_ndtr(x: T) -> T {
    if (is_nan(x)) {
        return x;
    }
    if (x > T(0.0)) {
        return op_log1p(-exp_square(at_most(x, T(40.0)), T(-0.5)) * normal_tail(x));
    }
    return op_log(normal_tail(-x)) - T(0.5) * x * x;
}

// x times the normal distribution function.
fn op_gelu(x: T) -> T {
    if (is_nan(x)) {
        return x;
    }
    let a = at_most(abs(x), T(40.0));
    let below = exp_square(a, T(-0.5)) * normal_tail(a);
    // The maximum avoids -infinity times 0.
    return select(max(x, T(-40.0)) * below, x - a * below, x > T(0.0));
}
