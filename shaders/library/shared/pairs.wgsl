// Conversions of int64 as two words, the lower first, for adapters without i64.

fn pair_of(value: i32) -> vec2<u32> {
    return vec2<u32>(u32(value), u32(value >> 31u));
}

// Truncated, clamped to the range of int64; NaN becomes 0.
fn pair_of_f32(x: f32) -> vec2<u32> {
    let bits = bitcast<u32>(x);
    let exponent = (bits >> 23u) & 0xffu;
    let negative = (bits >> 31u) == 1u;
    if (exponent < 127u || (bits & 0x7fffffffu) > 0x7f800000u) {
        return vec2<u32>();
    }
    if (exponent >= 190u) {
        return select(vec2<u32>(0xffffffffu, 0x7fffffffu), vec2<u32>(0u, 0x80000000u), negative);
    }
    let significand = (bits & 0x7fffffu) | 0x800000u;
    var magnitude = vec2<u32>();
    if (exponent <= 150u) {
        magnitude.x = significand >> (150u - exponent);
    } else if (exponent < 182u) {
        let n = exponent - 150u;
        magnitude = vec2<u32>(significand << n, (significand >> 1u) >> (31u - n));
    } else {
        magnitude.y = significand << (exponent - 182u);
    }
    if (negative) {
        // ~magnitude + 1.
        magnitude = ~magnitude;
        magnitude.x += 1u;
        magnitude.y += u32(magnitude.x == 0u);
    }
    return magnitude;
}

// Rounded to the nearest f32, ties to even.
fn f32_of_pair(pair: vec2<u32>) -> f32 {
    var magnitude = pair;
    let negative = i32(pair.y) < 0;
    if (negative) {
        magnitude = ~magnitude;
        magnitude.x += 1u;
        magnitude.y += u32(magnitude.x == 0u);
    }
    var exponent = 150u;
    var significand = magnitude.x;
    if (magnitude.y != 0u || magnitude.x >= 0x1000000u) {
        // The upper 32 bits from the leading one on. The bits below only decide ties.
        let zeros = select(32u + countLeadingZeros(magnitude.x), countLeadingZeros(magnitude.y), magnitude.y != 0u);
        var top = magnitude.x << (zeros & 31u);
        var below = 0u;
        if (zeros < 32u) {
            top = (magnitude.y << zeros) | ((magnitude.x >> 1u) >> (31u - zeros));
            below = magnitude.x << zeros;
        }
        significand = top >> 8u;
        let rest = ((top & 0xffu) << 1u) | u32(below != 0u);
        significand += u32(rest > 0x100u || (rest == 0x100u && (significand & 1u) == 1u));
        exponent = 190u - zeros;
    }
    // Both factors and the product are exact.
    let value = f32(significand) * bitcast<f32>((exponent - 23u) << 23u);
    return select(value, -value, negative);
}
