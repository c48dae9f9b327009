// Tests and operations on the bits of numbers. In arithmetic, drivers may assume that there are no NaNs, and flush subnormal numbers to 0.

fn op_neg(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u);
}

fn op_abs(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu);
}

fn is_zero(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) == 0u;
}

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_infinite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u;
}

fn is_finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
}

fn sign_bit(x: f32) -> bool {
    return (bitcast<u32>(x) >> 31u) == 1u;
}

// Neither 0 nor subnormal, infinite or NaN.
fn is_normal(x: f32) -> bool {
    let exponent = (bitcast<u32>(x) >> 23u) & 0xffu;
    return exponent != 0u && exponent != 255u;
}

// A normal number is significand_of(x), between 1 and 2 and with its sign, times 2 to exponent_of(x).
fn exponent_of(x: f32) -> i32 {
    return i32((bitcast<u32>(x) >> 23u) & 0xffu) - 127;
}

fn significand_of(x: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) & 0x807fffffu) | 0x3f800000u);
}

// The magnitude of x with the sign of y.
fn copy_sign(x: f32, y: f32) -> f32 {
    return bitcast<f32>((bitcast<u32>(x) & 0x7fffffffu) | (bitcast<u32>(y) & 0x80000000u));
}

// x, rounded: an identity (except for one NaN) that is opaque to compilers. Several drivers reassociate sums and products, which would remove
// corrections of rounding errors.
fn as_rounded(x: f32) -> f32 {
    return bitcast<f32>(min(bitcast<u32>(x), 0xfffffffeu));
}

// The rank of x among all numbers in ascending order, 0 for both zeros.
fn rank_of(x: f32) -> i32 {
    let size = i32(bitcast<u32>(x) & 0x7fffffffu);
    return select(size, -size, sign_bit(x));
}

// The next number after x toward y.
fn op_nextafter(x: f32, y: f32) -> f32 {
    if (is_nan(x) || is_nan(y)) {
        return quiet_nan();
    }
    let here = rank_of(x);
    let there = rank_of(y);
    if (here == there) {
        return y;
    }
    let next = select(here - 1, here + 1, there > here);
    // A zero has the sign of x.
    let negative = next < 0 || (next == 0 && sign_bit(x));
    return bitcast<f32>(u32(abs(next)) | select(0u, 0x80000000u, negative));
}

// The first 12 bits: products of such numbers are exact.
fn upper_half(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

// The smallest finite number, the initial value of maxima. Compilers may assume that there are no infinities to compare with.
fn lowest() -> f32 {
    return -3.4028234663852886e38;
}
