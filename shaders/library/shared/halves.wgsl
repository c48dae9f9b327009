// Conversions of float16 and bfloat16 by their bits: exact to f32; from f32 rounded to nearest, ties to even. A subnormal bfloat16 is a subnormal
// f32: conversions keep its bits, but adapters that flush subnormal f32 treat it as 0 in arithmetic.

fn f16_of(word: u32, i: u32) -> f32 {
    return f16_value((word >> ((i & 1u) * 16u)) & 0xffffu);
}

fn bf16_of(word: u32, i: u32) -> f32 {
    return bitcast<f32>(((word >> ((i & 1u) * 16u)) & 0xffffu) << 16u);
}

fn f16_value(bits: u32) -> f32 {
    let sign = (bits & 0x8000u) << 16u;
    let rest = bits & 0x7fffu;
    if (rest < 0x400u) {
        // Subnormal numbers are multiples of 2^-24, and normal as f32, so that adapters that flush subnormal f32 keep them.
        let magnitude = f32(rest) * bitcast<f32>(0x33800000u);
        return bitcast<f32>(sign | bitcast<u32>(magnitude));
    }
    if (rest >= 0x7c00u) {
        let quiet = select(0u, 0x400000u, rest > 0x7c00u);
        return bitcast<f32>(sign | quiet | 0x7f800000u | ((rest & 0x3ffu) << 13u));
    }
    return bitcast<f32>(sign | ((rest << 13u) + 0x38000000u));
}

fn bf16_bits(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return (bits >> 16u) | 0x40u;
    }
    return (bits + 0x7fffu + ((bits >> 16u) & 1u)) >> 16u;
}

fn f16_bits(x: f32) -> u32 {
    let bits = bitcast<u32>(x);
    let sign = (bits >> 16u) & 0x8000u;
    let rest = bits & 0x7fffffffu;
    if (rest > 0x7f800000u) {
        // A quiet NaN with the upper bits of the payload.
        return sign | 0x7e00u | ((rest >> 13u) & 0x1ffu);
    }
    // Numbers from 65520 on round to infinity.
    if (rest >= 0x477ff000u) {
        return sign | 0x7c00u;
    }
    if (rest >= 0x38800000u) {
        let rounded = rest + 0xfffu + ((rest >> 13u) & 1u);
        return sign | ((rounded - 0x38000000u) >> 13u);
    }
    // Subnormal: the addition rounds, and the lowest bits of the sum are the result.
    let sum = bitcast<f32>(rest) + 0.5;
    return sign | (bitcast<u32>(sum) - 0x3f000000u);
}
