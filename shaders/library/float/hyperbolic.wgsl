// Hyperbolic functions and their inverses.

fn op_sinh(x: T) -> T {
    // With m = e^x - 1 = 2h: sinh x = (m + m / (m + 1)) / 2.
    let h = half_exp_expm1(abs(x)).minus_one;
    return copy_sign(select(h, h + h / (h + h + T(1.0)), h < T(1e17)), x);
}

fn op_cosh(x: T) -> T {
    let h = half_exp(abs(x));
    return h + T(0.25) / h;
}

fn op_tanh(x: T) -> T {
    // With e = e^-2|x| and m = e - 1: tanh |x| = -m / (e + 1) near zero, 1 - 2e / (e + 1) beyond.
    let h = half_exp_expm1(T(-2.0) * abs(x));
    let far = h.power < T(0.13);
    let ratio = select(-h.minus_one, h.power + h.power, far) / (h.power + T(0.5));
    return copy_sign(select(ratio, T(1.0) - ratio, far), x);
}

// ln cosh x from sinh x, which is accurate near 0. Where the square of sinh may overflow, e^-2|x| is negligible compared with 1.
fn op_log_cosh(x: T) -> T {
    let s = op_sinh(x);
    return select(abs(x) - T(0.6931471805599453), T(0.5) * op_log1p(s * s), abs(x) < T(20.0));
}

// Above 1e18 squares could overflow, and 1 is negligible compared with x.
fn op_asinh(x: T) -> T {
    let a = abs(x);
    let big = a > T(1e18);
    let t = a + a * a / (T(1.0) + sqrt(fma(a, a, T(1.0))));
    let r = op_log1p(select(t, a, big));
    return copy_sign(r + select(T(0.0), T(0.6931471805599453), big), x);
}

fn op_acosh(x: T) -> T {
    if (x < T(1.0)) {
        return quiet_nan();
    }
    let big = x > T(1e18);
    let t = x - T(1.0);
    let near = t + sqrt(fma(t, t, t + t));
    return op_log1p(select(near, x, big)) + select(T(0.0), T(0.6931471805599453), big);
}

fn op_atanh(x: T) -> T {
    let a = abs(x);
    return copy_sign(T(0.5) * op_log1p((a + a) / (T(1.0) - a)), x);
}
