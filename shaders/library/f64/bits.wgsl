// Tests and operations on the bits of numbers. In arithmetic, drivers may assume that there are no NaNs, and flush subnormal numbers to 0.

fn op_neg(x: f64) -> f64 {
    return bitcast<f64>(bitcast<u64>(x) ^ 0x8000000000000000lu);
}

fn op_abs(x: f64) -> f64 {
    return bitcast<f64>(bitcast<u64>(x) & 0x7ffffffffffffffflu);
}

fn is_zero(x: f64) -> bool {
    return (bitcast<u64>(x) & 0x7ffffffffffffffflu) == 0lu;
}

fn is_nan(x: f64) -> bool {
    return (bitcast<u64>(x) & 0x7ffffffffffffffflu) > 0x7ff0000000000000lu;
}

fn is_infinite(x: f64) -> bool {
    return (bitcast<u64>(x) & 0x7ffffffffffffffflu) == 0x7ff0000000000000lu;
}

fn is_finite(x: f64) -> bool {
    return (bitcast<u64>(x) & 0x7ffffffffffffffflu) < 0x7ff0000000000000lu;
}

fn sign_bit(x: f64) -> bool {
    return bitcast<i64>(x) < 0li;
}

// Neither 0 nor subnormal, infinite or NaN.
fn is_normal(x: f64) -> bool {
    let exponent = (bitcast<u64>(x) >> 52u) & 0x7fflu;
    return exponent != 0lu && exponent != 0x7fflu;
}

// A normal number is significand_of(x), between 1 and 2 and with its sign, times 2 to exponent_of(x).
fn exponent_of(x: f64) -> i32 {
    return i32((bitcast<u64>(x) >> 52u) & 0x7fflu) - 1023;
}

fn significand_of(x: f64) -> f64 {
    return bitcast<f64>((bitcast<u64>(x) & 0x800ffffffffffffflu) | 0x3ff0000000000000lu);
}

// The magnitude of x with the sign of y.
fn copy_sign(x: f64, y: f64) -> f64 {
    let size = bitcast<u64>(x) & 0x7ffffffffffffffflu;
    return bitcast<f64>(size | (bitcast<u64>(y) & 0x8000000000000000lu));
}

// x, rounded: an identity (except for one NaN) that is opaque to compilers. Several drivers reassociate sums and products, which would remove
// corrections of rounding errors.
fn as_rounded(x: f64) -> f64 {
    return bitcast<f64>(min(bitcast<u64>(x), 0xfffffffffffffffelu));
}

// The first 26 bits, rounded, so that the rest has no more: products of such numbers are exact.
fn upper_half(x: f64) -> f64 {
    return bitcast<f64>((bitcast<u64>(x) + 0x4000000lu) & 0xfffffffff8000000lu);
}

// The rank of x among all numbers in ascending order, 0 for both zeros.
fn rank_of(x: f64) -> i64 {
    let size = i64(bitcast<u64>(x) & 0x7ffffffffffffffflu);
    return select(size, -size, sign_bit(x));
}

// The next number after x toward y.
fn op_nextafter(x: f64, y: f64) -> f64 {
    if (is_nan(x) || is_nan(y)) {
        return quiet_nan();
    }
    let here = rank_of(x);
    let there = rank_of(y);
    if (here == there) {
        return y;
    }
    let next = select(here - 1li, here + 1li, there > here);
    // A zero has the sign of x.
    let negative = next < 0li || (next == 0li && sign_bit(x));
    return bitcast<f64>(u64(abs(next)) | select(0lu, 0x8000000000000000lu, negative));
}

// The smallest finite number, the initial value of maxima. Compilers may assume that there are no infinities to compare with.
fn lowest() -> f64 {
    return -1.7976931348623157e308lf;
}
