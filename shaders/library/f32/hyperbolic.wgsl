// Hyperbolic functions and their inverses.

fn op_sinh(x: f32) -> f32 {
    // With m = e^x - 1 = 2h: sinh x = (m + m / (m + 1)) / 2.
    let h = half_exp_expm1(abs(x)).minus_one;
    return copy_sign(select(h, h + h / (h + h + 1.0), h < 1e9), x);
}

fn op_cosh(x: f32) -> f32 {
    let h = half_exp(abs(x));
    return h + 0.25 / h;
}

fn op_tanh(x: f32) -> f32 {
    // With e = e^-2|x| and m = e - 1: tanh |x| = -m / (e + 1) near zero, 1 - 2e / (e + 1) beyond.
    let h = half_exp_expm1(-2.0 * abs(x));
    let far = h.power < 0.13;
    let ratio = select(-h.minus_one, h.power + h.power, far) / (h.power + 0.5);
    return copy_sign(select(ratio, 1.0 - ratio, far), x);
}

// Beyond 1e9 squares would overflow, and 1 no longer counts beside x^2.
fn op_asinh(x: f32) -> f32 {
    let a = abs(x);
    let big = a > 1e9;
    let t = a + a * a / (1.0 + sqrt(fma(a, a, 1.0)));
    let r = op_log1p(select(t, a, big));
    return copy_sign(r + select(0.0, 0.69314718, big), x);
}

fn op_acosh(x: f32) -> f32 {
    if (x < 1.0) {
        return quiet_nan();
    }
    let big = x > 1e9;
    let t = x - 1.0;
    let near = t + sqrt(fma(t, t, t + t));
    return op_log1p(select(near, x, big)) + select(0.0, 0.69314718, big);
}

fn op_atanh(x: f32) -> f32 {
    let a = abs(x);
    return copy_sign(0.5 * op_log1p((a + a) / (1.0 - a)), x);
}
