// Conversions to integers: towards zero, held within the range of 64 bits, NaN as 0; of that, the low bits that the integer has. This is what
// the CPU does, and what shaders do by themselves is left open where the integer does not hold the number.

// As two words, the lower one first.
fn to_pair(x: f32) -> vec2<u32> {
    let exponent = exponent_of(x);
    if (exponent < 0 || is_nan(x)) {
        return vec2<u32>();
    }
    if (exponent >= 63) {
        return select(vec2<u32>(0xffffffffu, 0x7fffffffu), vec2<u32>(0u, 0x80000000u), sign_bit(x));
    }
    let digits = (bitcast<u32>(x) & 0x7fffffu) | 0x800000u;
    let shift = exponent - 23;
    var pair = vec2<u32>();
    if (shift <= 0) {
        pair.x = digits >> u32(-shift);
    } else if (shift < 32) {
        pair = vec2<u32>(digits << u32(shift), digits >> u32(32 - shift));
    } else {
        pair.y = digits << u32(shift - 32);
    }
    if (sign_bit(x)) {
        pair = vec2<u32>(~pair.x + 1u, ~pair.y + select(0u, 1u, pair.x == 0u));
    }
    return pair;
}

fn to_i32(x: f32) -> i32 {
    return bitcast<i32>(to_pair(x).x);
}

fn to_i64(x: f32) -> i64 {
    let pair = to_pair(x);
    return bitcast<i64>((u64(pair.y) << 32u) | u64(pair.x));
}
