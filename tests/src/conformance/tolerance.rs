//! How far an answer may lie from PyTorch's: the one place where this is said.

use rushlight::DType;

/// An element `a` passes for an expected `b` if `|a - b| <= absolute + relative |b|`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tolerance {
    /// What is allowed at 0.
    pub absolute: f64,
    /// What is allowed for each unit of the expected value.
    pub relative: f64,
}

impl Tolerance {
    const fn new(absolute: f64, relative: f64) -> Tolerance {
        Tolerance { absolute, relative }
    }

    /// Values and gradients of operations and modules.
    pub const fn values(gpu: bool) -> Tolerance {
        match gpu {
            false => Tolerance::new(1e-5, 1e-4),
            true => Tolerance::new(1e-4, 1e-3),
        }
    }

    /// Answers of any size, held to so many of their digits. An answer of 0 is exact.
    pub const fn relative(relative: f64) -> Tolerance {
        Tolerance::new(0.0, relative)
    }

    /// Parameters after each step of an optimizer. Muon iterates in bfloat16.
    pub fn parameters(optimizer: &str, gpu: bool) -> Tolerance {
        match (optimizer, gpu) {
            ("Muon", _) => Tolerance::new(2e-3, 1e-2),
            (_, false) => Tolerance::new(1e-6, 1e-5),
            (_, true) => Tolerance::new(1e-5, 1e-4),
        }
    }

    /// Learning rates and momenta.
    pub const SCHEDULE: Tolerance = Tolerance::new(1e-9, 0.0);

    /// Random numbers.
    pub const RANDOM: Tolerance = Tolerance::new(2e-6, 0.0);

    /// The error of one element over what is allowed: at most 1 passes. NaN equals NaN, infinities equal with their sign.
    pub fn error(self, got: f64, expected: f64) -> f64 {
        if got == expected || (got.is_nan() && expected.is_nan()) {
            return 0.0;
        }
        if !got.is_finite() || !expected.is_finite() {
            return f64::INFINITY;
        }
        (got - expected).abs() / (self.absolute + self.relative * expected.abs())
    }

    /// The error of one element of a float dtype.
    ///
    /// Expectations of the half dtypes were computed in float64 and rounded once. An answer computed in float32 and rounded once is then
    /// at most one unit in the last place away, or as close as a float32 answer must be where that is more.
    pub fn error_in(self, dtype: DType, got: f64, expected: f64) -> f64 {
        let error = match dtype {
            DType::F16 | DType::BF16 => Tolerance::values(false).error(got, expected),
            _ => return self.error(got, expected),
        };
        if error.is_finite() {
            error.min((got - expected).abs() / last_place(dtype, expected))
        } else {
            error
        }
    }
}

/// The unit in the last place of a number of a half dtype.
fn last_place(dtype: DType, x: f64) -> f64 {
    let (digits, smallest) = match dtype {
        DType::F16 => (10, -14),
        _ => (7, -126),
    };
    let exponent = if x == 0.0 {
        smallest
    } else {
        (x.abs().log2().floor() as i32).max(smallest)
    };
    2f64.powi(exponent - digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_values_do_not_pass() {
        let t = Tolerance::values(false);
        assert!(t.error(1.0001, 1.0) <= 1.0);
        assert!(t.error(1.0002, 1.0) > 1.0);
        assert!(t.error(f64::NAN, 1.0) > 1.0);
        assert!(t.error(1.0, f64::NAN) > 1.0);
        assert!(t.error(f64::INFINITY, f64::NEG_INFINITY) > 1.0);
        assert!(t.error(f64::MAX, f64::INFINITY) > 1.0);
        assert_eq!(t.error(f64::NAN, f64::NAN), 0.0);
        for (dtype, unit) in [(DType::F16, 2f64.powi(-10)), (DType::BF16, 2f64.powi(-7))] {
            assert!(t.error_in(dtype, 1.0 + unit, 1.0) <= 1.0);
            assert!(t.error_in(dtype, 1.0 + 2.0 * unit, 1.0) > 1.0);
            assert!(t.error_in(dtype, f64::INFINITY, 1.0) > 1.0);
            assert!(t.error_in(dtype, f64::NAN, 1.0) > 1.0);
        }
        assert_eq!(t.error(f64::INFINITY, f64::INFINITY), 0.0);
    }
}
