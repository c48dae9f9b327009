//! Fused operations.

use super::planned::{Planned, Types, results, types};
use crate::{Fused, Outputs, Result, View};

/// The plan of [`crate::Backend::fused`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FusedPlan<'a> {
    /// The operation.
    pub f: &'a Fused,
}

/// A fused operation; `outs` has more tensors than one where [`Fused::auxiliary`] says so.
#[track_caller]
pub fn fused<'a>(
    f: &'a Fused,
    inputs: &'a [View<'a>],
    outs: Outputs<'a>,
) -> Result<Planned<'a, FusedPlan<'a>>> {
    let types = types(inputs);
    let mut expected = Types::from_slice(&[f.infer(&types)?]);
    expected.extend(f.auxiliary(&types));
    results(f.name(), &expected, &outs)?;
    Ok(Planned::proven(FusedPlan { f }, inputs, outs))
}
