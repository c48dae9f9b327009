// Maximum, minimum, and functions that select one of their arguments, of int64 as two words.

fn op_maximum(x: T, y: T) -> T {
    return select(y, x, op_gt(x, y));
}

fn op_minimum(x: T, y: T) -> T {
    return select(y, x, op_lt(x, y));
}

fn op_fmax(x: T, y: T) -> T {
    return op_maximum(x, y);
}

fn op_fmin(x: T, y: T) -> T {
    return op_minimum(x, y);
}

fn op_clamp_min(x: T, y: T) -> T {
    return op_maximum(x, y);
}

fn op_clamp_max(x: T, y: T) -> T {
    return op_minimum(x, y);
}

fn op_relu(x: T) -> T {
    return select(x, T(), is_negative(x));
}

fn op_leaky_relu(x: T, slope: T) -> T {
    return select(op_mul(x, slope), x, op_gt(x, T()));
}

fn op_gate(x: T, y: T) -> T {
    return select(T(), x, op_gt(y, T()));
}

fn op_heaviside(x: T, y: T) -> T {
    if (all(x == T())) {
        return y;
    }
    return select(pair_of(1), T(), is_negative(x));
}
