// Sums of integers wrap and are never repeated. See library/float/range.wgsl.

// Unused: terms are not scaled.
fn term_scale(shift: i32) -> T {
    return T();
}

fn scaled_term(x: T, scale: T) -> T {
    return x;
}

fn no_shift(total: T) -> i32 {
    return 0;
}

fn as_is(total: T, shift: i32, divisor: T) -> T {
    return total;
}

fn sum_shift(total: T) -> i32 {
    return 0;
}

fn undo_shift(x: T, shift: i32) -> T {
    return x;
}
