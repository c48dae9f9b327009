// Maximum, minimum, and functions that select one of their arguments.

fn op_maximum(x: T, y: T) -> T {
    return select(y, x, x > y);
}

fn op_minimum(x: T, y: T) -> T {
    return select(y, x, x < y);
}

fn op_fmax(x: T, y: T) -> T {
    return select(y, x, x > y);
}

fn op_fmin(x: T, y: T) -> T {
    return select(y, x, x < y);
}

fn op_clamp_min(x: T, y: T) -> T {
    return select(y, x, x > y);
}

fn op_clamp_max(x: T, y: T) -> T {
    return select(y, x, x < y);
}

fn op_relu(x: T) -> T {
    return select(x, T(0), x < T(0));
}

fn op_leaky_relu(x: T, slope: T) -> T {
    return select(x * slope, x, x > T(0));
}

fn op_gate(x: T, y: T) -> T {
    return select(T(0), x, y > T(0));
}

fn op_heaviside(x: T, y: T) -> T {
    return select(select(T(0), T(1), x > T(0)), y, x == T(0));
}
