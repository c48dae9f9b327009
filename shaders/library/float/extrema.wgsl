// Maximum, minimum, and functions that select one of their arguments. WGSL leaves max and min of NaN undefined, so they are not used; nor is the
// result of a comparison with NaN, because compilers may assume that there are no NaNs.

// NaN if either operand is.
fn op_maximum(x: T, y: T) -> T {
    return select(y, x, is_nan(x) | ((x > y) & !is_nan(y)));
}

fn op_minimum(x: T, y: T) -> T {
    return select(y, x, is_nan(x) | ((x < y) & !is_nan(y)));
}

// NaN only if both operands are.
fn op_fmax(x: T, y: T) -> T {
    return select(y, x, is_nan(y) | ((x > y) & !is_nan(x)));
}

fn op_fmin(x: T, y: T) -> T {
    return select(y, x, is_nan(y) | ((x < y) & !is_nan(x)));
}

fn op_clamp_min(x: T, y: T) -> T {
    return select(y, x, is_nan(x) | ((x >= y) & !is_nan(y)));
}

fn op_clamp_max(x: T, y: T) -> T {
    return select(y, x, is_nan(x) | ((x <= y) & !is_nan(y)));
}

fn op_relu(x: T) -> T {
    return select(x, T(0.0), (x < T(0.0)) & !is_nan(x));
}

fn op_leaky_relu(x: T, slope: T) -> T {
    return select(x * slope, x, x > T(0.0));
}

// The gradient of relu. If y is NaN, the result is x, as in PyTorch's threshold.
fn op_gate(x: T, y: T) -> T {
    return select(x, T(0.0), (y <= T(0.0)) & !is_nan(y));
}

fn op_heaviside(x: T, y: T) -> T {
    return select(select(T(0.0), T(1.0), x > T(0.0)), y, x == T(0.0));
}

// The smaller of x and a bound; NaN if x is NaN.
fn at_most(x: T, bound: T) -> T {
    return select(x, bound, (x > bound) & !is_nan(x));
}
