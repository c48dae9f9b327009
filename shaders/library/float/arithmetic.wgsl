// Arithmetic and rounding of one or two numbers.

// NaN gives 0.
fn op_sign(x: T) -> T {
    return select(copy_sign(T(1.0), x), T(0.0), is_zero(x) || is_nan(x));
}

fn op_ceil(x: T) -> T {
    return ceil(x);
}

fn op_floor(x: T) -> T {
    return floor(x);
}

// Ties go to the even neighbour.
fn op_round(x: T) -> T {
    return round(x);
}

fn op_trunc(x: T) -> T {
    return trunc(x);
}

fn op_frac(x: T) -> T {
    return x - trunc(x);
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

fn op_mul(x: T, y: T) -> T {
    return x * y;
}

fn op_div(x: T, y: T) -> T {
    return exact_quotient(x, y);
}

fn op_div_trunc(x: T, y: T) -> T {
    return trunc(exact_quotient(x, y));
}
