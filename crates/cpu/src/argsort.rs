//! Sorting orders.
use crate::operand::Operand;
use rushlight_backend::Result;

pub(crate) fn argsort(
    _dim: usize,
    _descending: bool,
    _x: &Operand<'_>,
    _out: &Operand<'_>,
) -> Result<()> {
    todo!()
}
