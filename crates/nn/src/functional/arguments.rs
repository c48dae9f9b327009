//! Argument checks that several functions share.

use rushlight_tensor::{Error, Result, Tensor};

/// Checks that the dtype is floating-point.
#[track_caller]
pub(super) fn float(name: &str, x: &Tensor) -> Result<()> {
    match x.dtype().is_float() {
        true => Ok(()),
        false => Err(Error::dtype(format!(
            "{name}: not defined for {}; convert to a floating-point dtype first",
            x.dtype()
        ))),
    }
}

/// Checks that `p` is a probability.
#[track_caller]
pub(crate) fn probability(name: &str, p: f64) -> Result<()> {
    match (0.0..=1.0).contains(&p) {
        true => Ok(()),
        false => Err(Error::value(format!(
            "{name}: a probability must be in [0, 1], not {p}"
        ))),
    }
}
