// Sums whose terms are taken a second time, times a power of two, where the first sum has left the range: `shift` is its exponent, and 0
// where the first sum stands. An infinite or NaN term gives the same again.

fn unit_of(shift: i32) -> T {
    return power_of_two(shift);
}

fn taken(x: T, unit: T) -> T {
    return x * unit;
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

fn restored(x: T, shift: i32) -> T {
    return times_power(x, -shift);
}

// A sum, or a mean if the divisor is a count: rounded once.
fn sum_result(total: T, shift: i32, divisor: T) -> T {
    return restored(exact_quotient(total, divisor), shift);
}

// Squares leave the range at either end.
fn square_shift(total: T) -> i32 {
    if (total < power_of_two(SQUARES_LEAST)) {
        return SQUARES_UP;
    }
    return select(SQUARES_DOWN, 0, op_isfinite(total));
}

// The root of a sum of squares, or of their mean.
fn root_result(total: T, shift: i32, divisor: T) -> T {
    return restored(exact_root(exact_quotient(total, divisor)), shift);
}
