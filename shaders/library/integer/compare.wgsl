// Comparisons and tests of integers.

fn op_eq(x: T, y: T) -> bool {
    return x == y;
}

fn op_ne(x: T, y: T) -> bool {
    return x != y;
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
    return x == T(0);
}

fn op_logical_and(x: T, y: T) -> bool {
    return x != T(0) && y != T(0);
}

fn op_logical_or(x: T, y: T) -> bool {
    return x != T(0) || y != T(0);
}

fn op_logical_xor(x: T, y: T) -> bool {
    return (x != T(0)) != (y != T(0));
}

fn op_isnan(x: T) -> bool {
    return false;
}

fn op_isinf(x: T) -> bool {
    return false;
}

fn op_isfinite(x: T) -> bool {
    return true;
}

fn op_signbit(x: T) -> bool {
    return x < T(0);
}

fn is_zero(x: T) -> bool {
    return x == T(0);
}
