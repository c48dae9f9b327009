// int64 as two words, the lower first, for adapters without i64: conversions from and to other types.

fn pair_of(value: i32) -> vec2<u32> {
    return vec2<u32>(u32(value), u32(value >> 31u));
}

// Towards zero; what is beyond int64 becomes the nearest number of it, and NaN 0.
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
    let digits = (bits & 0x7fffffu) | 0x800000u;
    var size = vec2<u32>();
    if (exponent <= 150u) {
        size.x = digits >> (150u - exponent);
    } else if (exponent < 182u) {
        let n = exponent - 150u;
        size = vec2<u32>(digits << n, (digits >> 1u) >> (31u - n));
    } else {
        size.y = digits << (exponent - 182u);
    }
    if (negative) {
        // ~size + 1.
        size = ~size;
        size.x += 1u;
        size.y += u32(size.x == 0u);
    }
    return size;
}

// The nearest f32, to even between two.
fn f32_of_pair(pair: vec2<u32>) -> f32 {
    var size = pair;
    let negative = i32(pair.y) < 0;
    if (negative) {
        size = ~size;
        size.x += 1u;
        size.y += u32(size.x == 0u);
    }
    var exponent = 150u;
    var digits = size.x;
    if (size.y != 0u || size.x >= 0x1000000u) {
        // The upper 32 bits from the first one on; what is below them only decides ties.
        let zeros = select(32u + countLeadingZeros(size.x), countLeadingZeros(size.y), size.y != 0u);
        var top = size.x << (zeros & 31u);
        var below = 0u;
        if (zeros < 32u) {
            top = (size.y << zeros) | ((size.x >> 1u) >> (31u - zeros));
            below = size.x << zeros;
        }
        digits = top >> 8u;
        let rest = ((top & 0xffu) << 1u) | u32(below != 0u);
        digits += u32(rest > 0x100u || (rest == 0x100u && (digits & 1u) == 1u));
        exponent = 190u - zeros;
    }
    // Both factors and the product are exact.
    let value = f32(digits) * bitcast<f32>((exponent - 23u) << 23u);
    return select(value, -value, negative);
}
