// Arithmetic of one or two numbers.

// NaN gives 0.
fn op_sign(x: T) -> T {
    return select(copy_sign(T(1.0), x), T(0.0), is_zero(x) || is_nan(x));
}

fn op_frac(x: T) -> T {
    return x - op_trunc(x);
}

fn op_square(x: T) -> T {
    return x * x;
}

fn op_sqrt(x: T) -> T {
    return exact_root(x);
}

fn op_rsqrt(x: T) -> T {
    return exact_quotient(T(1.0), exact_root(x));
}

fn op_reciprocal(x: T) -> T {
    return exact_quotient(T(1.0), x);
}

fn op_add(x: T, y: T) -> T {
    return x + y;
}

fn op_sub(x: T, y: T) -> T {
    return x - y;
}

// The operands are halved first, because x - y may overflow.
fn op_half_difference(x: T, y: T) -> T {
    return as_rounded(T(0.5) * x) - as_rounded(T(0.5) * y);
}

fn op_mul(x: T, y: T) -> T {
    return x * y;
}

fn op_div(x: T, y: T) -> T {
    return exact_quotient(x, y);
}

fn op_div_trunc(x: T, y: T) -> T {
    return op_trunc(exact_quotient(x, y));
}
