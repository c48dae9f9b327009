//! Convolutions.

use super::planned::{Planned, result, type_of};
use crate::{Conv, Output, Result, View};

/// What [`crate::Backend::conv`] does.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ConvPlan<'a> {
    /// The convolution, or which of its gradients.
    pub conv: &'a Conv,
}

/// A convolution or one of its gradients.
#[track_caller]
pub fn conv<'a>(
    conv: &'a Conv,
    inputs: &'a [View<'a>; 2],
    out: Output<'a>,
) -> Result<Planned<'a, ConvPlan<'a>>> {
    let expected = conv.infer_types(type_of(&inputs[0]), type_of(&inputs[1]))?;
    result(conv.name(), &expected, &out.view())?;
    Ok(Planned::one(ConvPlan { conv }, inputs, out))
}
