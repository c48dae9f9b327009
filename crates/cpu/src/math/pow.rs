//! Powers of `f32`, through logarithm and exponential in `f64`, without branches.

/// The polynomial with these coefficients, lowest first.
#[inline(always)]
pub(super) fn poly<const N: usize>(x: f64, c: [f64; N]) -> f64 {
    let mut sum = c[N - 1];
    for i in (0..N - 1).rev() {
        sum = sum.mul_add(x, c[i]);
    }
    sum
}

/// `log₂ x` of a positive finite `x` that is normal as `f64`, as every `f32` is; right to 40 bits.
#[inline(always)]
fn log2(x: f64) -> f64 {
    const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let above = x.to_bits().wrapping_sub(ROOT_HALF);
    let m = f64::from_bits((above & 0x000f_ffff_ffff_ffff) + ROOT_HALF);
    // The exponent goes into the low bits of a number whose unit is 1: cheaper than a conversion of 64-bit integers.
    let e = f64::from_bits(ROUND.to_bits().wrapping_add((above as i64 >> 52) as u64)) - ROUND;
    let s = (m - 1.0) / (m + 1.0);
    let p = poly(
        s * s,
        [
            2.885_390_081_777_847_3,
            0.961_796_694_114_268_8,
            0.577_077_942_047_889_1,
            0.412_209_287_993_705,
            0.319_904_112_530_698_7,
            0.282_924_358_119_710_3,
        ],
    );
    s.mul_add(p, e)
}

/// `2ˣ` for |x| below 1000; right to 34 bits.
#[inline(always)]
fn exp2(x: f64) -> f64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let t = x + ROUND;
    let r = x - (t - ROUND);
    let p = poly(
        r,
        [
            1.0,
            0.693_147_180_704_768_4,
            0.240_226_510_670_094_65,
            0.055_504_103_653_767_164,
            0.009_618_038_058_881_756,
            0.001_333_393_536_765_468_2,
            0.000_154_667_817_214_172_87,
            1.519_613_164_046_803_9e-5,
        ],
    );
    f64::from_bits(p.to_bits().wrapping_add(t.to_bits() << 52))
}

/// `xʸ` with the special cases of C's `pow`.
#[inline(always)]
pub(crate) fn pow(x: f32, y: f32) -> f32 {
    let a = x.abs();
    let log = log2(a as f64);
    let log = if a == 0.0 { f64::NEG_INFINITY } else { log };
    let log = if a < f32::INFINITY { log } else { a as f64 };
    let exponent = y as f64 * log;
    let exponent = if exponent < -200.0 { -200.0 } else { exponent };
    let exponent = if exponent > 200.0 { 200.0 } else { exponent };
    let magnitude = exp2(exponent) as f32;
    // NaN passes through the comparisons above but not through the bits.
    let magnitude = if exponent.is_nan() {
        f32::NAN
    } else {
        magnitude
    };
    let whole = y.trunc() == y;
    let odd = whole && (0.5 * y).trunc() != 0.5 * y;
    let negative = x.is_sign_negative();
    let signed = if negative && odd {
        -magnitude
    } else {
        magnitude
    };
    let infinite = y.abs() == f32::INFINITY;
    let defined = if negative && !whole && a != 0.0 && a != f32::INFINITY {
        f32::NAN
    } else {
        signed
    };
    let defined = if a == 1.0 && infinite { 1.0 } else { defined };
    if x == 1.0 || y == 0.0 { 1.0 } else { defined }
}

/// `√(x² + y²)`; infinite if either is.
#[inline(always)]
pub(crate) fn hypot(x: f32, y: f32) -> f32 {
    let (a, b) = (x as f64, y as f64);
    let r = (a * a + b * b).sqrt() as f32;
    if x.abs() == f32::INFINITY || y.abs() == f32::INFINITY {
        f32::INFINITY
    } else {
        r
    }
}
