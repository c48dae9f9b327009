// Operations on the bits of integers.

fn op_bitwise_not(x: T) -> T {
    return ~x;
}

fn op_bitwise_and(x: T, y: T) -> T {
    return x & y;
}

fn op_bitwise_or(x: T, y: T) -> T {
    return x | y;
}

fn op_bitwise_xor(x: T, y: T) -> T {
    return x ^ y;
}

// The number of bits of T, 32 or 64. The sum wraps only for 32 bits; with a constant, compilers would reject the overflow.
fn bit_width() -> T {
    var largest = T(2147483647);
    return select(T(64), T(32), largest + T(1) < T(0));
}

// 0 if y is negative or not less than the width.
fn op_bitwise_left_shift(x: T, y: T) -> T {
    if (y < T(0) || y >= bit_width()) {
        return T(0);
    }
    return x << u32(y);
}

// All bits are the sign if y is negative or not less than the width.
fn op_bitwise_right_shift(x: T, y: T) -> T {
    let last = bit_width() - T(1);
    return x >> u32(select(y, last, y < T(0) || y > last));
}
