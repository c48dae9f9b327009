//! Elementwise work.
use crate::operand::Operand;
use rushlight_backend::{DType, Map, Result};

pub(crate) fn map(
    _f: Map,
    _compute: DType,
    _inputs: &[Operand<'_>],
    _out: &Operand<'_>,
) -> Result<()> {
    todo!()
}
