// Sine, cosine and tangent: multiples of pi/2 are taken off, exactly enough for the rest to have all its bits; the rest goes into short polynomials.

// The angle that is `quadrant` right angles and high + low, which is at most pi/4 in size.
struct Angle {
    quadrant: u32,
    high: f32,
    low: f32,
}

fn reduce_angle(x: f32) -> Angle {
    if (!is_finite(x)) {
        return Angle(0u, quiet_nan(), 0.0);
    }
    if (abs(x) > 12000.0) {
        return reduce_far_angle(x);
    }
    return reduce_near_angle(x);
}

// pi/2 in five parts (Cody and Waite): four of 11 bits, whose products with n are exact, and what is left.
fn reduce_near_angle(x: f32) -> Angle {
    let n = round(x * 0.63661975);
    let a = rounded(x - n * 1.5703125);
    let b = rounded(a - n * 0.0004837513);
    let c = two_sum(b, -n * 0.000000075495336);
    let d = two_sum(c.high, -n * 2.563283e-12);
    let r = fast_two_sum(d.high, d.low + c.low - n * 6.123234e-17);
    return Angle(u32(i32(n)), r.high, r.low);
}

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

// x 2/pi modulo 4, from the 96 bits of 2/pi that matter (Payne and Hanek).
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
    // The leading bits as two numbers.
    let zeros = countLeadingZeros(top);
    let word_high = select(below << (zeros & 31u), (top << (zeros & 31u)) | ((below >> 1u) >> (31u - (zeros & 31u))), zeros < 32u);
    let word_low = select(0u, below << (zeros & 31u), zeros < 32u);
    let unit = power_of_two(-32 - i32(zeros));
    let part = Two(f32(word_high & 0xffffff00u) * unit, f32(((word_high & 0xffu) << 16u) | (word_low >> 16u)) * unit / 65536.0);
    let r = two_mul(part, Two(1.5707964, -4.371139e-8));
    let negative = (up == 1u) != sign_bit(x);
    let signed = select(quadrant, 0u - quadrant, sign_bit(x));
    return Angle(signed, select(r.high, -r.high, negative), select(r.low, -r.low, negative));
}

fn sin_core(r: f32, low: f32) -> f32 {
    let z = r * r;
    var p = 0.0000027180463;
    p = fma(p, z, -0.00019839304);
    p = fma(p, z, 0.008333329);
    p = fma(p, z, -0.16666667);
    return r + fma(z * r, p, low);
}

fn cos_core(r: f32, low: f32) -> f32 {
    let z = r * r;
    var p = -0.00000027205044;
    p = fma(p, z, 0.000024799452);
    p = fma(p, z, -0.0013888883);
    p = fma(p, z, 0.041666668);
    return 1.0 + (fma(z * z, p, -0.5 * z) - r * low);
}

fn sin_of(angle: Angle) -> f32 {
    let odd = (angle.quadrant & 1u) == 1u;
    let value = select(sin_core(angle.high, angle.low), cos_core(angle.high, angle.low), odd);
    return bitcast<f32>(bitcast<u32>(value) ^ ((angle.quadrant & 2u) << 30u));
}

fn op_sin(x: f32) -> f32 {
    // The sign of a zero is lost in the sums.
    if (x == 0.0) {
        return x;
    }
    return sin_of(reduce_angle(x));
}

fn op_cos(x: f32) -> f32 {
    let a = reduce_angle(x);
    return sin_of(Angle(a.quadrant + 1u, a.high, a.low));
}

// The tangent and, in odd quadrants, -1 over it: as a sum of two, lest the division double the error.
fn tan_of(angle: Angle) -> f32 {
    let r = angle.high;
    let z = r * r;
    var p = 0.0043870728;
    p = fma(p, z, 0.00006821116);
    p = fma(p, z, 0.010852174);
    p = fma(p, z, 0.02127606);
    p = fma(p, z, 0.054061066);
    p = fma(p, z, 0.13332653);
    p = fma(p, z, 0.3333335);
    let t = fast_two_sum(r, fma(z * r, p, angle.low * (1.0 + z)));
    if ((angle.quadrant & 1u) == 0u) {
        return t.high;
    }
    return two_div(Two(-1.0, 0.0), t).high;
}

fn op_tan(x: f32) -> f32 {
    if (x == 0.0) {
        return x;
    }
    return tan_of(reduce_angle(x));
}
