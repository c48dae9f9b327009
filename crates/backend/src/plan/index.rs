//! Reads and writes by index.

use super::planned::{Planned, result, type_of, writable};
use crate::{Error, IndexOp, Op, Output, Result, ScatterMode, View};

/// The plan of [`crate::Backend::gather`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GatherPlan {
    /// Whether an index selects a slice or an element, and the dimension.
    pub f: IndexOp,
}

/// The plan of [`crate::Backend::scatter`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScatterPlan {
    /// Whether an index selects a slice or an element, and the dimension.
    pub f: IndexOp,
    /// How a written element combines with the old one.
    pub mode: ScatterMode,
}

/// Reads by index: `inputs` are the tensor read and the index.
#[track_caller]
pub fn gather<'a>(
    f: IndexOp,
    inputs: &'a [View<'a>; 2],
    out: Output<'a>,
) -> Result<Planned<'a, GatherPlan>> {
    let [x, index] = inputs;
    let op = Op::Gather(f);
    let expected = op.infer(&[type_of(x), type_of(index)])?;
    result(op.name(), &expected, &out.view())?;
    Ok(Planned::one(GatherPlan { f }, inputs, out))
}

/// Writes by index into `out`: `inputs` are the index and the source.
#[track_caller]
pub fn scatter<'a>(
    f: IndexOp,
    mode: ScatterMode,
    inputs: &'a [View<'a>; 2],
    out: Output<'a>,
) -> Result<Planned<'a, ScatterPlan>> {
    let [index, src] = inputs;
    let op = Op::Scatter(f, mode);
    let to = out.view();
    op.infer(&[type_of(&to), type_of(index), type_of(src)])?;
    if let IndexOp::Gather { .. } = f
        && index.layout().shape() != src.layout().shape()
    {
        return Err(Error::shape(format!(
            "{}: expected a source as large as the index {:?}, got {:?}",
            op.name(),
            index.layout().shape(),
            src.layout().shape()
        )));
    }
    writable(op.name(), &to)?;
    Ok(Planned::one(ScatterPlan { f, mode }, inputs, out))
}
