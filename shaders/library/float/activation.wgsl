// Activations and a loss computed from e^-|x|, which never overflows.

// 1 / (1 + e^-x)
fn op_sigmoid(x: T) -> T {
    let e = op_exp(-abs(x));
    return select(T(1.0), e, x < T(0.0)) / (T(1.0) + e);
}

// -ln(1 + e^-x)
fn op_log_sigmoid(x: T) -> T {
    return select(x, T(0.0), x > T(0.0)) - op_log1p(op_exp(-abs(x)));
}

// ln(1 + e^x)
fn op_softplus(x: T) -> T {
    return select(x, T(0.0), x < T(0.0)) + op_log1p(op_exp(-abs(x)));
}

// x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), computed as x sigmoid(2t) for the argument t of tanh.
fn op_gelu_tanh(x: T) -> T {
    let inner = x + T(0.044715) * x * x * x;
    return clamped_for_sigmoid(x) * op_sigmoid(T(1.5957691216057308) * inner);
}

fn op_silu(x: T) -> T {
    return clamped_for_sigmoid(x) * op_sigmoid(x);
}

// x clamped to at least -1000, where the sigmoid is 0: the product with -infinity would be NaN.
fn clamped_for_sigmoid(x: T) -> T {
    return select(x, T(-1000.0), x < T(-1000.0));
}

// x tanh(ln(1 + e^x)). With w = e^x, tanh is (w^2 + 2w) / (w^2 + 2w + 2); for positive x both are divided by w^2.
fn op_mish(x: T) -> T {
    let e = op_exp(-abs(x));
    let above = select(T(1.0) + T(2.0) * e, e * (e + T(2.0)), x < T(0.0));
    let rest = select(T(2.0) * e * e, T(2.0), x < T(0.0));
    return clamped_for_sigmoid(x) * (above / (above + rest));
}

// x above 0, alpha (e^x - 1) otherwise.
fn op_elu(x: T, alpha: T) -> T {
    return select(op_expm1(x) * alpha, x, x > T(0.0));
}

// (1 - y) x - ln sigmoid(x): the loss of logit x for target y.
fn op_binary_cross_entropy_with_logits(x: T, y: T) -> T {
    return (T(1.0) - y) * x - op_log_sigmoid(x);
}
