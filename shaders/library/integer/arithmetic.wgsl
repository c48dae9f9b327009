// Arithmetic of integers, which wraps. All narrower types are computed in i32: their results are the lower bits of it.

fn op_neg(x: T) -> T {
    return -x;
}

fn op_abs(x: T) -> T {
    return select(x, -x, x < T(0));
}

fn op_sign(x: T) -> T {
    return select(select(T(0), T(-1), x < T(0)), T(1), x > T(0));
}

fn op_ceil(x: T) -> T {
    return x;
}

fn op_floor(x: T) -> T {
    return x;
}

fn op_round(x: T) -> T {
    return x;
}

fn op_trunc(x: T) -> T {
    return x;
}

fn op_square(x: T) -> T {
    return x * x;
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

// By squaring. A negative power is the reciprocal rounded toward zero: 0 except for bases 1 and -1.
fn op_pow(x: T, y: T) -> T {
    if (y < T(0)) {
        if (x == T(1)) {
            return T(1);
        }
        return select(T(0), T(1) - T(2) * (y & T(1)), x == T(-1));
    }
    var base = x;
    var left = y;
    var result = T(1);
    while (left > T(0)) {
        if ((left & T(1)) == T(1)) {
            result *= base;
        }
        base *= base;
        left = left >> 1u;
    }
    return result;
}
