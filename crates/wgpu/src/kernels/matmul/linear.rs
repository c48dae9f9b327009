//! `x wᵀ + b` in one pass: a matrix product whose rows start from the bias.

use super::Task;
use crate::gpu::Gpu;
use rushlight_backend::{DType, Done, Layout, Result, View};

/// A vector is a matrix of one row.
fn rows(layout: &Layout) -> Layout {
    let (mut shape, mut strides) = (*layout.shape(), *layout.strides());
    if shape.len() == 1 {
        shape.insert(0, 1);
        strides.insert(0, 0);
    }
    Layout::strided(shape, strides, layout.offset())
}

/// `x: [.., in]`, `w: [out, in]`, `b: [out]` if there is one → `[.., out]`. PyTorch: `nn.functional.linear`.
#[track_caller]
pub(crate) fn linear(gpu: &Gpu, inputs: &[View<'_>], out: &View<'_>) -> Result<Done> {
    let [x, w, ..] = inputs else {
        return Ok(Done::Compose);
    };
    if out.dtype() == DType::Bool {
        return Ok(Done::Compose);
    }
    let (a, result) = (rows(x.layout()), rows(out.layout()));
    // The weight is seen transposed, and shared by the whole batch.
    let rank = a.shape().len();
    let mut shape = *a.shape();
    (shape[rank - 2], shape[rank - 1]) = (w.layout().shape()[1], w.layout().shape()[0]);
    let Some(weight) = w.layout().transpose(0, 1).expand(shape) else {
        return Ok(Done::Compose);
    };
    let task = Task {
        gpu,
        name: "linear",
        a: x.with_layout(&a)?,
        b: w.with_layout(&weight)?,
        bias: inputs.get(2).copied(),
        out: out.with_layout(&result)?,
    };
    task.run()?;
    Ok(Done::Yes)
}
