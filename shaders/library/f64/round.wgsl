// Rounding to integers by bits. A driver without an instruction for it may convert to an integer and back, which loses the sign of a zero, and
// numbers outside the integer's range. NaN, infinity and numbers without a fraction are returned as they are.

// Rounds toward zero.
fn op_trunc(x: f64) -> f64 {
    let bits = bitcast<u64>(x);
    let exponent = exponent_of(x);
    if (exponent >= 52) {
        return x;
    }
    if (exponent < 0) {
        return bitcast<f64>(bits & 0x8000000000000000lu);
    }
    return bitcast<f64>(bits & ~(0xffffffffffffflu >> u32(exponent)));
}

fn op_floor(x: f64) -> f64 {
    let whole = op_trunc(x);
    return select(whole, whole - 1.0, sign_bit(x) && bitcast<u64>(whole) != bitcast<u64>(x));
}

fn op_ceil(x: f64) -> f64 {
    let whole = op_trunc(x);
    return select(whole, whole + 1.0, !sign_bit(x) && bitcast<u64>(whole) != bitcast<u64>(x));
}

// Rounds to nearest, ties to even.
fn op_round(x: f64) -> f64 {
    let bits = bitcast<u64>(x);
    let exponent = exponent_of(x);
    if (exponent >= 52) {
        return x;
    }
    if (exponent < 0) {
        // Half is a tie between 0 and 1.
        let one = (bits & 0x7ffffffffffffffflu) > 0x3fe0000000000000lu;
        return bitcast<f64>((bits & 0x8000000000000000lu) | select(0lu, 0x3ff0000000000000lu, one));
    }
    // A carry out of the fraction increments the exponent, as it should. Below 2 the lowest bit of the exponent, a 1, is the last digit.
    let shift = 52u - u32(exponent);
    let even = (bits >> shift) & 1lu;
    let up = bits + (1lu << (shift - 1u)) - 1lu + even;
    return bitcast<f64>(up & ~((1lu << shift) - 1lu));
}

// The nearest integer for |x| < 2^30, either neighbour at a tie: for argument reduction, where the sign of a zero does not matter.
fn nearest(x: f64) -> f64 {
    return f64(i32(x + copy_sign(0.5, x)));
}
