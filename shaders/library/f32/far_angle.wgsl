// Large angles: x 2/pi modulo 4 from the 96 bits of 2/pi that matter (Payne and Hanek).

// The bits of 2/pi after the point, 32 a word, from word 1 on.
fn two_over_pi(word: u32) -> u32 {
    switch word {
        case 1u: { return 0xa2f9836eu; }
        case 2u: { return 0x4e441529u; }
        case 3u: { return 0xfc2757d1u; }
        case 4u: { return 0xf534ddc0u; }
        case 5u: { return 0xdb629599u; }
        case 6u: { return 0x3c439041u; }
        case 7u: { return 0xfe5163abu; }
        default: { return 0u; }
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
    // Bits of 2/pi before this one make multiples of 4. Word 0 holds zeros.
    let start = ((bits >> 23u) & 0xffu) - 120u;
    let word = start >> 5u;
    let shift = start & 31u;
    // A shift in two steps, because one by 32 is not defined.
    let w0 = (two_over_pi(word) << shift) | ((two_over_pi(word + 1u) >> 1u) >> (31u - shift));
    let w1 = (two_over_pi(word + 1u) << shift) | ((two_over_pi(word + 2u) >> 1u) >> (31u - shift));
    let w2 = (two_over_pi(word + 2u) << shift) | ((two_over_pi(word + 3u) >> 1u) >> (31u - shift));
    let low = mantissa * w2;
    let carry = multiply_high(mantissa, w2);
    let middle = mantissa * w1 + carry;
    let high = mantissa * w0 + multiply_high(mantissa, w1) + select(0u, 1u, middle < carry);
    // Two bits of quadrant, then a fraction of a right angle, rounded to the nearest one.
    let fraction = (high << 2u) | (middle >> 30u);
    let rest = (middle << 2u) | (low >> 30u);
    let up = fraction >> 31u;
    let quadrant = (high >> 30u) + up;
    let turn = 0u - up;
    let top = fraction ^ turn;
    let below = rest ^ turn;
    // 2^-32 times the first word, 2^-64 times the second.
    let upper = two_sum(f32(top & 0xffffff00u) * 2.3283064e-10, f32(top & 0xffu) * 2.3283064e-10);
    let part = two_add_single(upper, f32(below) * 5.421011e-20);
    let r = two_mul(part, Two(HALF_PI, HALF_PI_LOW));
    let negative = (up == 1u) != sign_bit(x);
    let signed = select(quadrant, 0u - quadrant, sign_bit(x));
    return Angle(signed, select(r.high, -r.high, negative), select(r.low, -r.low, negative));
}
