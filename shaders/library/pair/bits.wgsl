// Operations on the bits of int64 as two words.

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

// Shifts by fewer than 64 bits. A word is never shifted by 32, for which drivers differ.
fn shifted_left(x: T, by: u32) -> T {
    let n = by & 31u;
    if (by >= 32u) {
        return T(0u, x.x << n);
    }
    return T(x.x << n, (x.y << n) | ((x.x >> 1u) >> (31u - n)));
}

// Shifts by fewer than 64 bits; the upper bits become 0.
fn shifted_right(x: T, by: u32) -> T {
    let n = by & 31u;
    if (by >= 32u) {
        return T(x.y >> n, 0u);
    }
    return T((x.x >> n) | ((x.y << 1u) << (31u - n)), x.y >> n);
}

// 0 if y is negative or not less than the width.
fn op_bitwise_left_shift(x: T, y: T) -> T {
    if (y.y != 0u || y.x >= 64u) {
        return T();
    }
    return shifted_left(x, y.x);
}

// All bits are the sign if y is negative or not less than the width.
fn op_bitwise_right_shift(x: T, y: T) -> T {
    let sign = T(u32(i32(x.y) >> 31u));
    if (y.y != 0u || y.x >= 64u) {
        return sign;
    }
    // Shifting the complement of a negative number makes the upper bits 1.
    return shifted_right(x ^ sign, y.x) ^ sign;
}
