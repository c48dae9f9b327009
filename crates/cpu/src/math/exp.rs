//! Exponentials of `f32`, without branches, so that loops over them vectorize.
//!
//! `eˣ = 2ⁿ eʳ` with an integer n and |r| ≤ ln 2 / 2; `eʳ` is a polynomial fitted for the least relative error.

const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// ln 2 in two parts; the first has trailing zeros, so that its product with n is exact.
pub(super) const LN2_HI: f32 = 0.693_115_23;
pub(super) const LN2_LO: f32 = 3.194_618_3e-5;
/// 1.5 · 2²³: adding it rounds to an integer, which is then in the low bits.
const ROUND: f32 = 12_582_912.0;

/// The polynomial with these coefficients, lowest first.
#[inline(always)]
pub(super) fn poly<const N: usize>(x: f32, c: [f32; N]) -> f32 {
    let mut sum = c[N - 1];
    for i in (0..N - 1).rev() {
        sum = sum.mul_add(x, c[i]);
    }
    sum
}

/// n and r of the reduction.
#[inline(always)]
fn reduce(x: f32) -> (i32, f32) {
    let t = x.mul_add(LOG2_E, ROUND);
    let n = t - ROUND;
    let r = n.mul_add(-LN2_LO, n.mul_add(-LN2_HI, x));
    (t.to_bits().wrapping_sub(ROUND.to_bits()) as i32, r)
}

/// `y 2ⁿ` in two steps, so that neither overflows or underflows before the result does.
#[inline(always)]
fn scale(y: f32, n: i32) -> f32 {
    let half = n >> 1;
    let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    y * power(half) * power(n.wrapping_sub(half))
}

/// `x` between the ends beyond which a result no longer changes; NaN stays.
#[inline(always)]
pub(super) fn limit(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// `eʳ` for |r| ≤ ln 2 / 2.
#[inline(always)]
fn core(r: f32) -> f32 {
    let tail = poly(
        r,
        [
            0.499_999_94,
            0.166_665_21,
            0.041_668_39,
            0.008_368_717_5,
            0.001_381_459_6,
        ],
    );
    (r * r).mul_add(tail, r) + 1.0
}

/// `eʳ - 1` for |r| ≤ ln 2 / 2.
#[inline(always)]
fn core_m1(r: f32) -> f32 {
    let tail = poly(
        r,
        [
            0.5,
            0.166_666_66,
            0.041_666_362,
            0.008_333_39,
            0.001_394_062_8,
            0.000_198_458_77,
        ],
    );
    (r * r).mul_add(tail, r)
}

/// `eˣ`.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let (n, r) = reduce(limit(x, -104.0, 89.0));
    scale(core(r), n)
}

/// `eˣ / 2`, which overflows later than `eˣ`.
#[inline(always)]
pub(super) fn half_exp(x: f32) -> f32 {
    let (n, r) = reduce(limit(x, -104.0, 90.0));
    scale(core(r), n - 1)
}

/// `2ˣ`.
#[inline(always)]
pub(crate) fn exp2(x: f32) -> f32 {
    let x = limit(x, -151.0, 129.0);
    let t = x + ROUND;
    let r = x - (t - ROUND);
    let tail = poly(
        r,
        [
            0.240_226_48,
            0.055_503_324,
            0.009_618_438,
            0.001_339_890_1,
            0.000_153_533_4,
        ],
    );
    let y = r.mul_add(r.mul_add(tail, std::f32::consts::LN_2), 1.0);
    scale(y, t.to_bits().wrapping_sub(ROUND.to_bits()) as i32)
}

/// `eˣ / 2` and `(eˣ - 1) / 2`, each with its own last rounding. Below -20 both stay where tanh and expm1 have reached their limits.
#[inline(always)]
pub(super) fn half_exp_expm1(x: f32) -> (f32, f32) {
    let (n, r) = reduce(limit(x, -20.0, 89.5));
    // A quarter of the power is finite for every result that is.
    let quarter = f32::from_bits((n.wrapping_add(125) as u32) << 23);
    let core = core_m1(r);
    (
        2.0 * quarter.mul_add(core, quarter),
        2.0 * quarter.mul_add(core, quarter - 0.25),
    )
}

/// `eˣ - 1`.
#[inline(always)]
pub(crate) fn expm1(x: f32) -> f32 {
    // The reduction loses the sign of a zero, the scaling the last bits of subnormal numbers.
    if x.abs() < 1e-30 {
        x
    } else {
        2.0 * half_exp_expm1(x).1
    }
}
