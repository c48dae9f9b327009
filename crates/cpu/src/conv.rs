//! Convolutions.
use crate::operand::Operand;
use rushlight_backend::{Conv, Result};

pub(crate) fn conv(
    _conv: &Conv,
    _a: &Operand<'_>,
    _b: &Operand<'_>,
    _out: &Operand<'_>,
) -> Result<()> {
    todo!()
}
