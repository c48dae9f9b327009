// Large angles: x 2/pi modulo 4 from the 96 bits of 2/pi that matter (Payne and Hanek).

// Four words of 2/pi, beginning with word `word` after the binary point, counted from 1.
fn two_over_pi(word: u32) -> vec4<u32> {
    switch word {
        case 0u: { return vec4<u32>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u); }
        case 1u: { return vec4<u32>(0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u); }
        case 2u: { return vec4<u32>(0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u); }
        case 3u: { return vec4<u32>(0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u); }
        default: { return vec4<u32>(0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu); }
    }
}

// The upper word of the product of two words.
fn multiply_high(a: u32, b: u32) -> u32 {
    let a0 = a & 0xffffu;
    let a1 = a >> 16u;
    let b0 = b & 0xffffu;
    let b1 = b >> 16u;
    let lower = a1 * b0 + ((a0 * b0) >> 16u);
    let middle = a0 * b1 + (lower & 0xffffu);
    return a1 * b1 + (lower >> 16u) + (middle >> 16u);
}

fn reduce_far_angle(x: f32) -> Angle {
    let bits = bitcast<u32>(x);
    let mantissa = (bits & 0x007fffffu) | 0x00800000u;
    // Bits of 2/pi before bit `start` only add multiples of 4. Three words follow, shifted in two steps, because a shift by 32 is not defined.
    let start = ((bits >> 23u) & 0xffu) - 120u;
    let shift = start & 31u;
    let words = two_over_pi(start >> 5u);
    let w0 = (words.x << shift) | ((words.y >> 1u) >> (31u - shift));
    let w1 = (words.y << shift) | ((words.z >> 1u) >> (31u - shift));
    let w2 = (words.z << shift) | ((words.w >> 1u) >> (31u - shift));
    let low = mantissa * w2;
    let carry = multiply_high(mantissa, w2);
    let middle = mantissa * w1 + carry;
    let high = mantissa * w0 + multiply_high(mantissa, w1) + select(0u, 1u, middle < carry);
    // Two bits of quadrant, then a fraction of a right angle, rounded to the nearest one.
    let fraction = (high << 2u) | (middle >> 30u);
    let rest = (middle << 2u) | (low >> 30u);
    let up = (fraction >> 31u) == 1u;
    let quadrant = (high >> 30u) + select(0u, 1u, up);
    let top = select(fraction, ~fraction, up);
    let below = select(rest, ~rest, up);
    // 2^-32 times the first word, whose lower bits are converted separately, and 2^-64 times the second.
    let upper = two_sum(f32(top & 0xffffff00u) * 2.3283064e-10, f32(top & 0xffu) * 2.3283064e-10);
    let part = two_add_single(upper, f32(below) * 5.421011e-20);
    let r = two_mul(part, Two(HALF_PI, HALF_PI_LOW));
    let negative = up != sign_bit(x);
    return Angle(select(quadrant, 0u - quadrant, sign_bit(x)), select(r.high, -r.high, negative), select(r.low, -r.low, negative));
}
