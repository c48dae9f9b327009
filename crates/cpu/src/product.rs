//! Products of floats whose partial results neither overflow nor underflow, in whatever order they are taken.
//!
//! `1e30 * 1e30 * 1e-30 * 1e-30` is 1, though no `f32` holds the first partial result. A product is kept as an `f64` of moderate size and a
//! power of two, so that only the final result is rounded into the range of its dtype. This also makes products independent of their
//! order except for rounding: the CPU and a GPU, which take factors in different orders, agree on which products are finite.

/// A product: `digits * 2^exponent`.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    digits: f64,
    exponent: i64,
}

/// Digits between these stay normal when they are multiplied by each other or by any `f32`.
const MODERATE: std::ops::RangeInclusive<f64> = 1e-150..=1e150;
const BITS: i64 = 512;

/// `x` scaled to a magnitude near 1, and the exponent of the power of two that was removed.
#[cold]
fn split(x: f64) -> (f64, i64) {
    let (power, inverse) = (two_to(BITS), two_to(-BITS));
    let (mut digits, mut exponent) = (x, 0);
    // Zero, infinity and NaN are stored unchanged.
    if x != 0.0 && x.is_finite() {
        while digits.abs() > *MODERATE.end() {
            (digits, exponent) = (digits * inverse, exponent + BITS);
        }
        while digits.abs() < *MODERATE.start() {
            (digits, exponent) = (digits * power, exponent - BITS);
        }
    }
    (digits, exponent)
}

/// `2^n` of a normal result.
fn two_to(n: i64) -> f64 {
    f64::from_bits(((n + 1023) as u64) << 52)
}

impl Product {
    /// The product of zero factors.
    pub const ONE: Product = Product {
        digits: 1.0,
        exponent: 0,
    };

    /// The product times a factor.
    #[inline(always)]
    pub fn times(self, factor: f64) -> Product {
        let factor = if MODERATE.contains(&factor.abs()) {
            Product {
                digits: factor,
                exponent: 0,
            }
        } else {
            let (digits, exponent) = split(factor);
            Product { digits, exponent }
        };
        self.times_all(factor)
    }

    /// The product of two products.
    #[inline(always)]
    pub fn times_all(self, other: Product) -> Product {
        let digits = self.digits * other.digits;
        let exponent = self.exponent.saturating_add(other.exponent);
        if MODERATE.contains(&digits.abs()) {
            return Product { digits, exponent };
        }
        let (digits, more) = split(digits);
        Product {
            digits,
            exponent: exponent.saturating_add(more),
        }
    }

    /// The value, rounded once: infinite or 0 if an `f64` holds no number of its size.
    #[inline(always)]
    pub fn value(self) -> f64 {
        if self.exponent == 0 {
            return self.digits;
        }
        self.far_value()
    }

    #[cold]
    fn far_value(self) -> f64 {
        // In two steps, the first of which is exact.
        let exponent = self.exponent.clamp(-1800, 1800);
        let first = exponent / 2;
        self.digits * two_to(first) * two_to(exponent - first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(factors: &[f64]) -> f64 {
        let product = |list: &[f64]| list.iter().fold(Product::ONE, |p, &x| p.times(x));
        let value = product(factors).value();
        for cut in 0..factors.len() {
            let (left, right) = factors.split_at(cut);
            let other = product(left).times_all(product(right)).value();
            assert!(
                other.to_bits() == value.to_bits() || other.is_nan() && value.is_nan(),
                "{factors:?} cut at {cut}: {other}, not {value}"
            );
        }
        value
    }

    #[test]
    fn partial_results_leave_the_range_and_come_back() {
        let (big, small) = (two_to(900), two_to(-900));
        assert_eq!(of(&[big, big, small, small]), 1.0);
        assert_eq!(of(&[small, small, big, -big]), -1.0);
        assert_eq!(
            of(&[f64::MAX, f64::from_bits(1)]),
            f64::MAX * f64::from_bits(1)
        );
        let many = [big; 1000].into_iter().chain([small; 1000]);
        assert_eq!(many.fold(Product::ONE, Product::times).value(), 1.0);
    }

    #[test]
    fn results_beyond_the_range_and_special_factors_are_those_of_plain_products() {
        let (big, small) = (two_to(900), two_to(-900));
        assert_eq!(of(&[big, -big]), f64::NEG_INFINITY);
        assert_eq!(of(&[small, small]), 0.0);
        assert_eq!(of(&[-small, small]).to_bits(), (-0.0f64).to_bits());
        assert_eq!(of(&[f64::INFINITY, -small, small]), f64::NEG_INFINITY);
        assert!(of(&[0.0, f64::INFINITY]).is_nan() && of(&[big, f64::NAN]).is_nan());
        assert_eq!(of(&[]), 1.0);
        // A subnormal result is rounded.
        assert_eq!(
            of(&[two_to(-1000), two_to(-70), 3.0]),
            two_to(-1000) * two_to(-70) * 3.0
        );
    }
}
