// Sums of integers wrap, and have no rounding errors.

fn no_error(a: T, b: T, y: T) -> T {
    return T(0);
}

fn with_error(y: T, error: T) -> T {
    return y;
}
