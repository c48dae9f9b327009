// Large angles: x 2/pi modulo 4 from the 192 bits of 2/pi that matter (Payne and Hanek).

// The bits of 2/pi after the point, 32 a word, from word 2 on.
fn two_over_pi(word: u32) -> u32 {
    switch word {
        case 2u: { return 0xa2f9836eu; }
        case 3u: { return 0x4e441529u; }
        case 4u: { return 0xfc2757d1u; }
        case 5u: { return 0xf534ddc0u; }
        case 6u: { return 0xdb629599u; }
        case 7u: { return 0x3c439041u; }
        case 8u: { return 0xfe5163abu; }
        case 9u: { return 0xdebbc561u; }
        case 10u: { return 0xb7246e3au; }
        case 11u: { return 0x424dd2e0u; }
        case 12u: { return 0x06492eeau; }
        case 13u: { return 0x09d1921cu; }
        case 14u: { return 0xfe1deb1cu; }
        case 15u: { return 0xb129a73eu; }
        case 16u: { return 0xe88235f5u; }
        case 17u: { return 0x2ebb4484u; }
        case 18u: { return 0xe99c7026u; }
        case 19u: { return 0xb45f7e41u; }
        case 20u: { return 0x3991d639u; }
        case 21u: { return 0x835339f4u; }
        case 22u: { return 0x9c845f8bu; }
        case 23u: { return 0xbdf9283bu; }
        case 24u: { return 0x1ff897ffu; }
        case 25u: { return 0xde05980fu; }
        case 26u: { return 0xef2f118bu; }
        case 27u: { return 0x5a0a6d1fu; }
        case 28u: { return 0x6d367ecfu; }
        case 29u: { return 0x27cb09b7u; }
        case 30u: { return 0x4f463f66u; }
        case 31u: { return 0x9e5fea2du; }
        case 32u: { return 0x7527bac7u; }
        case 33u: { return 0xebe5f17bu; }
        case 34u: { return 0x3d0739f7u; }
        case 35u: { return 0x8a5292eau; }
        case 36u: { return 0x6bfb5fb1u; }
        case 37u: { return 0x1f8d5d08u; }
        case 38u: { return 0x56033046u; }
        case 39u: { return 0xfc7b6babu; }
        default: { return 0u; }
    }
}

// 32 bits of 2/pi from bit `start` on.
fn two_over_pi_bits(start: u32) -> u64 {
    let word = start >> 5u;
    let pair = (u64(two_over_pi(word)) << 32u) | u64(two_over_pi(word + 1u));
    return (pair >> (32u - (start & 31u))) & 0xfffffffflu;
}

fn reduce_far_angle(x: f64) -> Angle {
    let bits = bitcast<u64>(x);
    let mantissa = (bits & 0x000ffffffffffffflu) | 0x0010000000000000lu;
    // Bits of 2/pi before this one make multiples of 4.
    let start = u32((bits >> 52u) & 0x7fflu) - 1013u;
    // The product's 192 lower bits, 32 a limb, the highest first.
    var limbs = array<u64, 6>();
    var carry = 0lu;
    for (var k = 6u; k > 0u; k--) {
        let sum = (mantissa & 0xfffffffflu) * two_over_pi_bits(start + 32u * (k - 1u)) + carry;
        limbs[k - 1u] = sum & 0xfffffffflu;
        carry = sum >> 32u;
    }
    carry = 0lu;
    for (var k = 5u; k > 0u; k--) {
        let sum = (mantissa >> 32u) * two_over_pi_bits(start + 32u * k) + limbs[k - 1u] + carry;
        limbs[k - 1u] = sum & 0xfffffffflu;
        carry = sum >> 32u;
    }
    // Two bits of quadrant, then a fraction of a right angle, rounded to the nearest one.
    let high = (limbs[0] << 32u) | limbs[1];
    let middle = (limbs[2] << 32u) | limbs[3];
    let fraction = (high << 2u) | (middle >> 62u);
    let rest = (middle << 2u) | (limbs[4] >> 30u);
    let up = (fraction >> 63u) == 1lu;
    let quadrant = u32(high >> 62u) + select(0u, 1u, up);
    let top = select(fraction, ~fraction, up);
    let below = select(rest, ~rest, up);
    // 2^-64 times the first word, 2^-128 times the second.
    let upper = two_sum(f64(top & 0xfffffffffffff800lu) * 5.421010862427522e-20, f64(top & 0x7fflu) * 5.421010862427522e-20);
    let part = two_add_single(upper, f64(below) * 2.938735877055719e-39);
    let r = two_mul(part, Two(HALF_PI, HALF_PI_LOW));
    let negative = up != sign_bit(x);
    return Angle(select(quadrant, 0u - quadrant, sign_bit(x)), select(r.high, -r.high, negative), select(r.low, -r.low, negative));
}
