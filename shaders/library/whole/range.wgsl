// Sums of integers wrap: nothing is taken again. See library/float/range.wgsl.

// What nothing is multiplied by.
fn unit_of(shift: i32) -> T {
    return T();
}

fn taken(x: T, unit: T) -> T {
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

fn restored(x: T, shift: i32) -> T {
    return x;
}
