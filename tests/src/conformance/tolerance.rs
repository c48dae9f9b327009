//! How far an answer may lie from PyTorch's: the one place where this is said.

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
        assert_eq!(t.error(f64::INFINITY, f64::INFINITY), 0.0);
    }
}
