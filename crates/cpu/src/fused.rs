//! Operations done in one go.
use crate::matmul::linear;
use crate::operand::Operand;
use rushlight_backend::{Done, Fused, Result};

pub(crate) fn fused(f: &Fused, inputs: &[Operand<'_>], outs: &[Operand<'_>]) -> Result<Done> {
    match f {
        Fused::Linear => linear(inputs, &outs[0]),
        _ => Ok(Done::Compose),
    }
}
