// Questions about a number's bits. Drivers may assume that no NaN exists, but not of bits.

fn is_nan(x: f64) -> bool {
    return (bitcast<u64>(x) & 0x7ffffffffffffffflu) > 0x7ff0000000000000lu;
}

fn is_infinite(x: f64) -> bool {
    return (bitcast<u64>(x) & 0x7ffffffffffffffflu) == 0x7ff0000000000000lu;
}

fn is_finite(x: f64) -> bool {
    return (bitcast<u64>(x) & 0x7ffffffffffffffflu) < 0x7ff0000000000000lu;
}

fn sign_bit(x: f64) -> bool {
    return bitcast<i64>(x) < 0li;
}

// The size of x with the sign of y.
fn copy_sign(x: f64, y: f64) -> f64 {
    let size = bitcast<u64>(x) & 0x7ffffffffffffffflu;
    return bitcast<f64>(size | (bitcast<u64>(y) & 0x8000000000000000lu));
}

// x as it was rounded: an identity (but for one NaN) that no compiler sees through. Several drivers rearrange sums and products as if they were
// exact, which would take corrections of rounding errors away.
fn as_rounded(x: f64) -> f64 {
    return bitcast<f64>(min(bitcast<u64>(x), 0xfffffffffffffffelu));
}

// The first 26 bits, rounded, so that the rest has no more: products of such numbers are exact.
fn upper_half(x: f64) -> f64 {
    return bitcast<f64>((bitcast<u64>(x) + 0x4000000lu) & 0xfffffffff8000000lu);
}

// The next number after x towards y: neighbours are one apart as integers, away from zero.
fn op_nextafter(x: f64, y: f64) -> f64 {
    if (is_nan(x) || is_nan(y)) {
        return quiet_nan();
    }
    if (x == y) {
        return y;
    }
    if (x == 0.0) {
        return copy_sign(bitcast<f64>(1lu), y);
    }
    let bits = bitcast<u64>(x);
    return bitcast<f64>(select(bits - 1lu, bits + 1lu, (y > x) == (x > 0.0)));
}
