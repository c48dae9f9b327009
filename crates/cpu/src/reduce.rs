//! Reductions.
use crate::operand::Operand;
use rushlight_backend::{Axes, Reduce, Result};

pub(crate) fn reduce(_f: Reduce, _axes: Axes, _x: &Operand<'_>, _out: &Operand<'_>) -> Result<()> {
    todo!()
}
