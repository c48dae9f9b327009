//! `x wᵀ + b` in one pass: each row of the product starts from the bias.

use super::{Batch, Bias, batched};
use crate::converted::Converted;
use crate::operand::Operand;
use rushlight_backend::{DType, Done, Layout, Result};

/// `x: [.., in]`, `w: [out, in]`, `b: [out]` if there is one → `[.., out]`. PyTorch: `nn.functional.linear`.
pub(crate) fn linear(inputs: &[Operand<'_>], out: &Operand<'_>) -> Result<Done> {
    let aliased = inputs.iter().any(|x| x.base == out.base);
    let float = matches!(out.dtype, DType::F32 | DType::F64);
    if !float || aliased || !out.is_contiguous() {
        return Ok(Done::Compose);
    }
    // A vector is a matrix of one row. The weight is read transposed, and shared by the whole batch.
    let row = |layout: &Layout| {
        let (mut shape, mut strides) = (*layout.shape(), *layout.strides());
        if shape.len() == 1 {
            shape.insert(0, 1);
            strides.insert(0, 0);
        }
        Layout::strided(shape, strides, layout.offset())
    };
    let (x, result) = (row(inputs[0].layout), row(out.layout));
    let mut shape = *x.shape();
    let rank = shape.len();
    (shape[rank - 2], shape[rank - 1]) = (x.shape()[rank - 1], result.shape()[rank - 1]);
    let Some(weight) = inputs[1].layout.transpose(0, 1).expand(shape) else {
        return Ok(Done::Compose);
    };
    let with = |operand: &Operand<'_>, layout| Operand { layout, ..*operand };
    let x = with(&inputs[0], &x);
    let weight = with(&inputs[1], &weight);
    let result = with(out, &result);
    let dense;
    let bias = match inputs.get(2) {
        Some(bias) if !bias.is_contiguous() => {
            dense = Converted::dense(bias, bias.dtype)?;
            Some(dense.operand())
        }
        bias => bias.copied(),
    };
    match out.dtype {
        DType::F64 => {
            let bias = bias.map(|b| Bias(b.pointer::<f64>() as *const f64));
            batched(&Batch::new(&x, &weight, &result, bias))?;
        }
        _ => {
            let bias = bias.map(|b| Bias(b.pointer::<f32>() as *const f32));
            batched(&Batch::new(&x, &weight, &result, bias))?;
        }
    }
    Ok(Done::Yes)
}
