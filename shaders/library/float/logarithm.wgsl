// Functions of the logarithm, with their limits at the ends of the domain.

// -x ln x, 0 at 0, -infinity below.
fn op_entr(x: T) -> T {
    if (x > T(0.0)) {
        return -x * op_log(x);
    }
    return select(abs(x), -infinity(), x < T(0.0));
}

fn op_logit(x: T) -> T {
    return op_log(x / (T(1.0) - x));
}

// ln(e^x + e^y)
fn op_logaddexp(x: T, y: T) -> T {
    if (x == y && is_infinite(x)) {
        return x;
    }
    return select(y, x, x > y) + op_log1p(op_exp(-abs(x - y)));
}

// log2(2^x + 2^y)
fn op_logaddexp2(x: T, y: T) -> T {
    if (x == y && is_infinite(x)) {
        return x;
    }
    return select(y, x, x > y) + op_log1p(op_exp2(-abs(x - y))) * T(1.4426950408889634);
}

// x ln y, 0 where x is 0.
fn op_xlogy(x: T, y: T) -> T {
    if (x == T(0.0) && !is_nan(y)) {
        return T(0.0);
    }
    return x * op_log(y);
}

// x ln(1 + y), 0 where x is 0.
fn op_xlog1py(x: T, y: T) -> T {
    if (x == T(0.0) && !is_nan(y)) {
        return T(0.0);
    }
    return x * op_log1p(y);
}
