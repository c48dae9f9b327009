//! Setting every element to one value.
use crate::operand::Operand;
use rushlight_backend::{Result, Scalar};

pub(crate) fn fill(_value: Scalar, _out: &Operand<'_>) -> Result<()> {
    todo!()
}
