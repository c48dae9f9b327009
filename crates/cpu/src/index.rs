//! Reading and writing by index.
use crate::operand::Operand;
use rushlight_backend::{IndexOp, Result, ScatterMode};

pub(crate) fn gather(
    _f: IndexOp,
    _x: &Operand<'_>,
    _index: &Operand<'_>,
    _out: &Operand<'_>,
) -> Result<()> {
    todo!()
}
pub(crate) fn scatter(
    _f: IndexOp,
    _mode: ScatterMode,
    _index: &Operand<'_>,
    _src: &Operand<'_>,
    _out: &Operand<'_>,
) -> Result<()> {
    todo!()
}
