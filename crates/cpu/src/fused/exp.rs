//! The exponential function as plain arithmetic, so that loops over it are vectorized.
//!
//! `eˣ = 2ⁿ eʳ` with `n` the integer nearest to `x / ln 2`; `eʳ` is a polynomial on `|r| ≤ ln 2 / 2`. Softmax calls it for numbers up to 0.

use crate::element::WideFloat;

/// A floating-point type with a vectorizable exponential.
pub(super) trait Exp: WideFloat {
    /// `eˣ` for `x ≤ 0` to within 2 units in the last place.
    fn e(self) -> Self;
}

impl Exp for f32 {
    #[inline(always)]
    fn e(self) -> f32 {
        const MAGIC: f32 = 12_582_912.0;
        // A comparison that keeps NaN. Below the bound the result is 0.
        let x = if self < -104.0 { -104.0 } else { self };
        let shifted = x.mul_add(std::f32::consts::LOG2_E, MAGIC);
        let n = shifted - MAGIC;
        let r = n.mul_add(2.121_944_4e-4, n.mul_add(-0.693_359_4, x));
        let mut p: f32 = 1.987_569_1e-4;
        for c in [
            1.398_2e-3,
            8.333_452e-3,
            4.166_579_6e-2,
            1.666_666_5e-1,
            0.5,
        ] {
            p = p.mul_add(r, c);
        }
        let y = p.mul_add(r * r, r) + 1.0;
        // In two steps, so that subnormal results are correct.
        let n = (shifted.to_bits() as i32).wrapping_sub(MAGIC.to_bits() as i32);
        let half = n >> 1;
        let power = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
        y * power(half) * power(n.wrapping_sub(half))
    }
}

impl Exp for f64 {
    #[inline(always)]
    fn e(self) -> f64 {
        const MAGIC: f64 = 6_755_399_441_055_744.0;
        const TAYLOR: [f64; 12] = [
            1.0 / 479_001_600.0,
            1.0 / 39_916_800.0,
            1.0 / 3_628_800.0,
            1.0 / 362_880.0,
            1.0 / 40_320.0,
            1.0 / 5_040.0,
            1.0 / 720.0,
            1.0 / 120.0,
            1.0 / 24.0,
            1.0 / 6.0,
            0.5,
            1.0,
        ];
        let x = if self < -746.0 { -746.0 } else { self };
        let shifted = x.mul_add(std::f64::consts::LOG2_E, MAGIC);
        let n = shifted - MAGIC;
        let r = n.mul_add(
            -1.428_606_820_309_417_2e-6,
            n.mul_add(-0.693_145_751_953_125, x),
        );
        let mut p: f64 = 1.0 / 6_227_020_800.0;
        for c in TAYLOR {
            p = p.mul_add(r, c);
        }
        let y = p.mul_add(r, 1.0);
        let n = (shifted.to_bits() as i64).wrapping_sub(MAGIC.to_bits() as i64);
        let half = n >> 1;
        let power = |n: i64| f64::from_bits((n.wrapping_add(1023) as u64) << 52);
        y * power(half) * power(n.wrapping_sub(half))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_two_units_in_the_last_place() {
        for i in -105_000..=0 {
            let x = i as f64 * 1e-3;
            let (got, expected) = ((x as f32).e() as f64, (x as f32 as f64).exp());
            let unit = (expected as f32).next_up() as f64 - expected as f32 as f64;
            assert!(
                got == expected as f32 as f64 || (got - expected).abs() <= 2.0 * unit,
                "{x}: {got} {expected}"
            );
            let (got, expected) = ((x * 7.0).e(), (x * 7.0).exp());
            let unit = expected.next_up() - expected;
            assert!(
                got == expected || (got - expected).abs() <= 2.0 * unit,
                "{}: {got} {expected}",
                x * 7.0
            );
        }
    }

    #[test]
    fn extremes() {
        assert_eq!(f32::NEG_INFINITY.e(), 0.0);
        assert!(f32::NAN.e().is_nan());
        assert_eq!(f64::NEG_INFINITY.e(), 0.0);
        assert!(f64::NAN.e().is_nan());
        assert_eq!(0f32.e(), 1.0);
        assert_eq!(0f64.e(), 1.0);
    }
}
