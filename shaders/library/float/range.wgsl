// Sums that are repeated with scaled terms if the first sum leaves the range. The scale is a power of two, and `shift` its exponent; 0 keeps the
// first sum. Infinite and NaN terms give the same result both times.

fn term_scale(shift: i32) -> T {
    return power_of_two(shift);
}

fn scaled_term(x: T, scale: T) -> T {
    return x * scale;
}

fn no_shift(total: T) -> i32 {
    return 0;
}

fn as_is(total: T, shift: i32, divisor: T) -> T {
    return total;
}

fn sum_shift(total: T) -> i32 {
    return select(-64, 0, op_isfinite(total));
}

fn undo_shift(x: T, shift: i32) -> T {
    return times_power(x, -shift);
}

// A sum, or a mean if the divisor is a count; rounded once.
fn sum_result(total: T, shift: i32, divisor: T) -> T {
    return undo_shift(exact_quotient(total, divisor), shift);
}

// Squares can overflow and underflow.
fn square_shift(total: T) -> i32 {
    if (total < power_of_two(SQUARES_LEAST)) {
        return SQUARES_UP;
    }
    return select(SQUARES_DOWN, 0, op_isfinite(total));
}

// The root of a sum of squares, or of their mean.
fn root_result(total: T, shift: i32, divisor: T) -> T {
    return undo_shift(exact_root(exact_quotient(total, divisor)), shift);
}
