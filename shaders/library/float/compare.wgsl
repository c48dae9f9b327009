// Comparisons and tests. Drivers may compile `!=` to an ordered comparison, which is false for NaN, so inequality is written as a negation.

fn op_eq(x: T, y: T) -> bool {
    return x == y;
}

fn op_ne(x: T, y: T) -> bool {
    return !(x == y);
}

fn op_lt(x: T, y: T) -> bool {
    return x < y;
}

fn op_le(x: T, y: T) -> bool {
    return x <= y;
}

fn op_gt(x: T, y: T) -> bool {
    return x > y;
}

fn op_ge(x: T, y: T) -> bool {
    return x >= y;
}

fn op_logical_not(x: T) -> bool {
    return is_zero(x);
}

fn op_logical_and(x: T, y: T) -> bool {
    return !is_zero(x) && !is_zero(y);
}

fn op_logical_or(x: T, y: T) -> bool {
    return !(is_zero(x) && is_zero(y));
}

fn op_logical_xor(x: T, y: T) -> bool {
    return is_zero(x) != is_zero(y);
}

fn op_isnan(x: T) -> bool {
    return is_nan(x);
}

fn op_isinf(x: T) -> bool {
    return is_infinite(x);
}

fn op_isfinite(x: T) -> bool {
    return is_finite(x);
}

fn op_signbit(x: T) -> bool {
    return sign_bit(x);
}
