//! Matrix products.
use crate::operand::Operand;
use rushlight_backend::Result;

pub(crate) fn matmul(_a: &Operand<'_>, _b: &Operand<'_>, _out: &Operand<'_>) -> Result<()> {
    todo!()
}
