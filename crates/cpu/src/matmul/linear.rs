//! `x wᵀ + b` in one pass: each row of the product starts from the bias.

use super::{Bias, Multiply, batched};
use crate::converted::Converted;
use crate::element::with_element;
use crate::operand::Operand;
use rushlight_backend::plan::ProductPlan;
use rushlight_backend::{Done, Result};

/// `x: [.., in]`, `w: [out, in]`, `b: [out]` if there is one → `[.., out]`. PyTorch: `nn.functional.linear`.
pub(crate) fn linear(inputs: &[Operand<'_>], out: &Operand<'_>) -> Result<Done> {
    if !out.is_contiguous() {
        return Ok(Done::Compose);
    }
    with_element!(out.dtype, [F32 F64], T => typed::<T>(inputs, out)?, else return Ok(Done::Compose));
    Ok(Done::Yes)
}

fn typed<T: Multiply>(inputs: &[Operand<'_>], out: &Operand<'_>) -> Result<()> {
    let dense;
    let bias = match inputs.get(2) {
        Some(bias) if !bias.is_contiguous() => {
            dense = Converted::dense(bias, bias.dtype)?;
            Some(dense.operand())
        }
        bias => bias.copied(),
    };
    let bias = bias.map(|b| Bias(b.pointer::<T>() as *const T));
    let plan = ProductPlan::linear(inputs[0].layout, inputs[1].layout, out.layout);
    batched(&plan, [&inputs[0], &inputs[1], out], bias)
}
