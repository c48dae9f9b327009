// Rounding to integers by bits. A driver without an instruction for it may convert to an integer and back, which loses the sign of a zero, and
// numbers outside the integer's range. NaN, infinity and numbers without a fraction are returned as they are.

// Rounds toward zero.
fn op_trunc(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let exponent = exponent_of(x);
    if (exponent >= 23) {
        return x;
    }
    if (exponent < 0) {
        return bitcast<f32>(bits & 0x80000000u);
    }
    return bitcast<f32>(bits & ~(0x7fffffu >> u32(exponent)));
}

fn op_floor(x: f32) -> f32 {
    let whole = op_trunc(x);
    return select(whole, whole - 1.0, sign_bit(x) && bitcast<u32>(whole) != bitcast<u32>(x));
}

fn op_ceil(x: f32) -> f32 {
    let whole = op_trunc(x);
    return select(whole, whole + 1.0, !sign_bit(x) && bitcast<u32>(whole) != bitcast<u32>(x));
}

// Rounds to nearest, ties to even.
fn op_round(x: f32) -> f32 {
    let bits = bitcast<u32>(x);
    let exponent = exponent_of(x);
    if (exponent >= 23) {
        return x;
    }
    if (exponent < 0) {
        // Half is a tie between 0 and 1.
        let one = (bits & 0x7fffffffu) > 0x3f000000u;
        return bitcast<f32>((bits & 0x80000000u) | select(0u, 0x3f800000u, one));
    }
    // A carry out of the fraction increments the exponent, as it should. Below 2 the lowest bit of the exponent, a 1, is the last digit.
    let shift = 23u - u32(exponent);
    let even = (bits >> shift) & 1u;
    let up = bits + (1u << (shift - 1u)) - 1u + even;
    return bitcast<f32>(up & ~((1u << shift) - 1u));
}

// The nearest integer for |x| < 2^30, either neighbour at a tie: for argument reduction, where the sign of a zero does not matter.
fn nearest(x: f32) -> f32 {
    return f32(i32(x + copy_sign(0.5, x)));
}
