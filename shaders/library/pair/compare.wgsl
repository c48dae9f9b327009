// Comparisons and tests of int64 as two words.

fn op_eq(x: T, y: T) -> bool {
    return all(x == y);
}

fn op_ne(x: T, y: T) -> bool {
    return any(x != y);
}

fn op_lt(x: T, y: T) -> bool {
    return i32(x.y) < i32(y.y) || (x.y == y.y && x.x < y.x);
}

fn op_le(x: T, y: T) -> bool {
    return !op_lt(y, x);
}

fn op_gt(x: T, y: T) -> bool {
    return op_lt(y, x);
}

fn op_ge(x: T, y: T) -> bool {
    return !op_lt(x, y);
}

fn is_negative(x: T) -> bool {
    return i32(x.y) < 0;
}

fn op_logical_not(x: T) -> bool {
    return all(x == T());
}

fn op_logical_and(x: T, y: T) -> bool {
    return any(x != T()) && any(y != T());
}

fn op_logical_or(x: T, y: T) -> bool {
    return any((x | y) != T());
}

fn op_logical_xor(x: T, y: T) -> bool {
    return any(x != T()) != any(y != T());
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
    return is_negative(x);
}
