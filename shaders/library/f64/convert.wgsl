// Conversions to integers: truncated and clamped to the range of int64, with NaN as 0, then reduced to the low bits, as on the CPU. WGSL leaves the
// conversion of a number outside the integer's range undefined.

fn to_i64(x: f64) -> i64 {
    let exponent = exponent_of(x);
    if (exponent < 0 || is_nan(x)) {
        return 0li;
    }
    if (exponent >= 63) {
        return bitcast<i64>(select(0x7ffffffffffffffflu, 0x8000000000000000lu, sign_bit(x)));
    }
    let digits = i64((bitcast<u64>(x) & 0xffffffffffffflu) | 0x10000000000000lu);
    var size = digits;
    if (exponent < 52) {
        size = digits >> u32(52 - exponent);
    } else {
        size = digits << u32(exponent - 52);
    }
    return select(size, -size, sign_bit(x));
}

fn to_i32(x: f64) -> i32 {
    return i32(to_i64(x));
}

// As two words, the lower first.
fn to_pair(x: f64) -> vec2<u32> {
    let bits = bitcast<u64>(to_i64(x));
    return vec2<u32>(u32(bits & 0xfffffffflu), u32(bits >> 32u));
}
