// Large angles: x 2/pi modulo 4 from the 192 bits of 2/pi that matter (Payne and Hanek).

// Four words of 2/pi, beginning with word `word` after the binary point, counted from 1.
fn two_over_pi(word: u32) -> vec4<u64> {
    switch word {
        case 0u: { return vec4<u64>(0lu, 0xa2f9836e4e441529lu, 0xfc2757d1f534ddc0lu, 0xdb6295993c439041lu); }
        case 1u: { return vec4<u64>(0xa2f9836e4e441529lu, 0xfc2757d1f534ddc0lu, 0xdb6295993c439041lu, 0xfe5163abdebbc561lu); }
        case 2u: { return vec4<u64>(0xfc2757d1f534ddc0lu, 0xdb6295993c439041lu, 0xfe5163abdebbc561lu, 0xb7246e3a424dd2e0lu); }
        case 3u: { return vec4<u64>(0xdb6295993c439041lu, 0xfe5163abdebbc561lu, 0xb7246e3a424dd2e0lu, 0x06492eea09d1921clu); }
        case 4u: { return vec4<u64>(0xfe5163abdebbc561lu, 0xb7246e3a424dd2e0lu, 0x06492eea09d1921clu, 0xfe1deb1cb129a73elu); }
        case 5u: { return vec4<u64>(0xb7246e3a424dd2e0lu, 0x06492eea09d1921clu, 0xfe1deb1cb129a73elu, 0xe88235f52ebb4484lu); }
        case 6u: { return vec4<u64>(0x06492eea09d1921clu, 0xfe1deb1cb129a73elu, 0xe88235f52ebb4484lu, 0xe99c7026b45f7e41lu); }
        case 7u: { return vec4<u64>(0xfe1deb1cb129a73elu, 0xe88235f52ebb4484lu, 0xe99c7026b45f7e41lu, 0x3991d639835339f4lu); }
        case 8u: { return vec4<u64>(0xe88235f52ebb4484lu, 0xe99c7026b45f7e41lu, 0x3991d639835339f4lu, 0x9c845f8bbdf9283blu); }
        case 9u: { return vec4<u64>(0xe99c7026b45f7e41lu, 0x3991d639835339f4lu, 0x9c845f8bbdf9283blu, 0x1ff897ffde05980flu); }
        case 10u: { return vec4<u64>(0x3991d639835339f4lu, 0x9c845f8bbdf9283blu, 0x1ff897ffde05980flu, 0xef2f118b5a0a6d1flu); }
        case 11u: { return vec4<u64>(0x9c845f8bbdf9283blu, 0x1ff897ffde05980flu, 0xef2f118b5a0a6d1flu, 0x6d367ecf27cb09b7lu); }
        case 12u: { return vec4<u64>(0x1ff897ffde05980flu, 0xef2f118b5a0a6d1flu, 0x6d367ecf27cb09b7lu, 0x4f463f669e5fea2dlu); }
        case 13u: { return vec4<u64>(0xef2f118b5a0a6d1flu, 0x6d367ecf27cb09b7lu, 0x4f463f669e5fea2dlu, 0x7527bac7ebe5f17blu); }
        case 14u: { return vec4<u64>(0x6d367ecf27cb09b7lu, 0x4f463f669e5fea2dlu, 0x7527bac7ebe5f17blu, 0x3d0739f78a5292ealu); }
        case 15u: { return vec4<u64>(0x4f463f669e5fea2dlu, 0x7527bac7ebe5f17blu, 0x3d0739f78a5292ealu, 0x6bfb5fb11f8d5d08lu); }
        default: { return vec4<u64>(0x7527bac7ebe5f17blu, 0x3d0739f78a5292ealu, 0x6bfb5fb11f8d5d08lu, 0x56033046fc7b6bablu); }
    }
}

// The upper word of the product of two words.
fn multiply_high(a: u64, b: u64) -> u64 {
    let a0 = a & 0xfffffffflu;
    let a1 = a >> 32u;
    let b0 = b & 0xfffffffflu;
    let b1 = b >> 32u;
    let lower = a1 * b0 + ((a0 * b0) >> 32u);
    let middle = a0 * b1 + (lower & 0xfffffffflu);
    return a1 * b1 + (lower >> 32u) + (middle >> 32u);
}

fn reduce_far_angle(x: f64) -> Angle {
    let bits = bitcast<u64>(x);
    let mantissa = (bits & 0x000ffffffffffffflu) | 0x0010000000000000lu;
    // Bits of 2/pi before bit `start` only add multiples of 4. Three words follow, shifted in two steps, because a shift by 64 is not defined.
    let start = u32((bits >> 52u) & 0x7fflu) - 1013u;
    let shift = start & 63u;
    let words = two_over_pi(start >> 6u);
    let w0 = (words.x << shift) | ((words.y >> 1u) >> (63u - shift));
    let w1 = (words.y << shift) | ((words.z >> 1u) >> (63u - shift));
    let w2 = (words.z << shift) | ((words.w >> 1u) >> (63u - shift));
    let low = mantissa * w2;
    let carry = multiply_high(mantissa, w2);
    let middle = mantissa * w1 + carry;
    let high = mantissa * w0 + multiply_high(mantissa, w1) + select(0lu, 1lu, middle < carry);
    // Two bits of quadrant, then a fraction of a right angle, rounded to the nearest one.
    let fraction = (high << 2u) | (middle >> 62u);
    let rest = (middle << 2u) | (low >> 62u);
    let up = (fraction >> 63u) == 1lu;
    let quadrant = u32(high >> 62u) + select(0u, 1u, up);
    let top = select(fraction, ~fraction, up);
    let below = select(rest, ~rest, up);
    // 2^-64 times the first word, whose lower bits are converted separately, and 2^-128 times the second.
    let upper = two_sum(f64(top & 0xfffffffffffff800lu) * 5.421010862427522e-20, f64(top & 0x7fflu) * 5.421010862427522e-20);
    let part = two_add_single(upper, f64(below) * 2.938735877055719e-39);
    let r = two_mul(part, Two(HALF_PI, HALF_PI_LOW));
    let negative = up != sign_bit(x);
    return Angle(select(quadrant, 0u - quadrant, sign_bit(x)), select(r.high, -r.high, negative), select(r.low, -r.low, negative));
}
