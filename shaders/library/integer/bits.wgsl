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

// 32 or 64: how many bits T has. The sum wraps in the shorter type only; the variable keeps compilers from refusing that.
fn bit_width() -> T {
    var most = T(2147483647);
    return select(T(64), T(32), most + T(1) < T(0));
}

// Beyond the width and for negative y no bit is left.
fn op_bitwise_left_shift(x: T, y: T) -> T {
    if (y < T(0) || y >= bit_width()) {
        return T(0);
    }
    return x << u32(y);
}

// Beyond the width and for negative y the sign fills all bits.
fn op_bitwise_right_shift(x: T, y: T) -> T {
    let last = bit_width() - T(1);
    return x >> u32(select(y, last, y < T(0) || y > last));
}
