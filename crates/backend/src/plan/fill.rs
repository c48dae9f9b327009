//! Setting every element to one value.

use super::planned::{Planned, writable};
use crate::{Output, Result, Scalar};

/// The plan of [`crate::Backend::fill`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FillPlan {
    /// The value of every element.
    pub value: Scalar,
}

/// Sets every element of `out` to `value`.
#[inline]
#[track_caller]
pub fn fill<'a>(value: Scalar, out: Output<'a>) -> Result<Planned<'a, FillPlan>> {
    writable("fill_", &out.view())?;
    Ok(Planned::one(FillPlan { value }, &[], out))
}
