//! Operations done in one go.
use crate::operand::Operand;
use rushlight_backend::{Done, Fused, Result};

pub(crate) fn fused(_f: &Fused, _inputs: &[Operand<'_>], _outs: &[Operand<'_>]) -> Result<Done> {
    Ok(Done::Compose)
}
