//! Pooling.
use crate::operand::Operand;
use rushlight_backend::{Pool, Result};

pub(crate) fn pool(_pool: &Pool, _x: &Operand<'_>, _outs: &[Operand<'_>]) -> Result<()> {
    todo!()
}
