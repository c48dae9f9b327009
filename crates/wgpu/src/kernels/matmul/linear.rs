//! `x wᵀ + b` in one pass: a matrix product whose rows start from the bias.

use super::Task;
use crate::gpu::Gpu;
use rushlight_backend::plan::ProductPlan;
use rushlight_backend::{DType, Done, Result, View};

/// `x: [.., in]`, `w: [out, in]`, `b: [out]` if there is one → `[.., out]`. PyTorch: `nn.functional.linear`.
#[track_caller]
pub(crate) fn linear(gpu: &Gpu, inputs: &[View<'_>], out: &View<'_>) -> Result<Done> {
    let [x, w, ..] = inputs else {
        return Ok(Done::Compose);
    };
    if out.dtype() == DType::Bool {
        return Ok(Done::Compose);
    }
    let plan = ProductPlan::linear(x.layout(), w.layout(), out.layout());
    let layouts = plan.layouts([x, w, out].map(|view| view.layout().offset()));
    let task = Task {
        gpu,
        name: "linear",
        plan,
        a: x.with_layout(&layouts[0])?,
        b: w.with_layout(&layouts[1])?,
        bias: inputs.get(2).copied(),
        out: out.with_layout(&layouts[2])?,
    };
    task.run()?;
    Ok(Done::Yes)
}
