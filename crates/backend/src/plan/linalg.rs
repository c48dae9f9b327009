//! Linear algebra beyond products.

use super::planned::{Planned, Types, results, types};
use crate::{Linalg, Op, Outputs, Result, View};

/// The plan of [`crate::Backend::linalg`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinalgPlan {
    /// The function.
    pub f: Linalg,
}

/// A solution, decomposition or function of matrices; `outs` has a second tensor where [`Linalg::auxiliary`] says so.
#[track_caller]
pub fn linalg<'a>(
    f: Linalg,
    inputs: &'a [View<'a>],
    outs: Outputs<'a>,
) -> Result<Planned<'a, LinalgPlan>> {
    let first = Op::Linalg(f).infer(&types(inputs))?;
    let mut expected = Types::from_slice(&[first]);
    expected.extend(f.auxiliary(first));
    results(f.name(), &expected, &outs)?;
    Ok(Planned::proven(LinalgPlan { f }, inputs, outs))
}
