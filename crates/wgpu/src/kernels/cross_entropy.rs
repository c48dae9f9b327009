//! Cross entropy of rows of logits, and its gradient: `cross_entropy.wgsl`, `cross_entropy_grad.wgsl`.

use super::dispatch::Dispatch;
use super::params::{LAUNCH, params};
use crate::engine::{FaultCode, Grid};
use crate::gpu::Gpu;
use rushlight_backend::{Done, Result, View};
use rushlight_shaders::kernels;

const NAME: &str = "cross_entropy";
const WIDTH: u32 = 256;

/// Inputs logits and targets; results losses and logarithms.
pub(crate) fn forward(
    gpu: &Gpu,
    ignore: i64,
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([x, target], [loss, lse]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let (rows, classes) = (x.layout().shape()[0], x.layout().shape()[1]);
    if rows == 0 || classes == 0 || ![x, target, loss].iter().all(|v| gpu.fits(v)) {
        return Ok(Done::Compose);
    }
    let compute = gpu.capabilities.natural(NAME, x.dtype())?;
    let [x, labels] = [gpu.bind(x)?, gpu.bind(target)?];
    let [loss, lse] = [gpu.bind(loss)?, gpu.bind(lse)?];
    let threads_per_row = (classes.next_power_of_two() as u32).min(WIDTH);
    // A target that 32 bits do not hold is no class.
    let known = i32::try_from(ignore);
    Dispatch::new(gpu, NAME, &kernels::CROSS_ENTROPY, compute)
        .constant("WIDTH", WIDTH)
        .constant("THREADS_PER_ROW", threads_per_row)
        .fault(FaultCode::Class)
        .tensors([
            ("x", &x),
            ("labels", &labels),
            ("loss", &loss),
            ("lse", &lse),
        ])?
        .run(
            params! {
                launch: LAUNCH, rows, classes,
                x: x.offset, labels: labels.offset, loss: loss.offset, lse: lse.offset,
                x_row: x.strides[0], x_class: x.strides[1], label_row: labels.strides[0],
                ignore: known.unwrap_or(0), has_ignored_class: known.is_ok(),
            },
            Grid::groups((rows as u64).div_ceil(u64::from(WIDTH / threads_per_row))),
        )?;
    Ok(Done::Yes)
}

/// Inputs the losses' gradient, logits, targets and logarithms; result the logits' gradient.
pub(crate) fn backward(
    gpu: &Gpu,
    ignore: i64,
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([g, x, target, lse], [dx]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let (count, classes) = (x.layout().numel(), x.layout().shape()[1]);
    if count == 0 || ![g, x, target, dx].iter().all(|v| gpu.fits(v)) {
        return Ok(Done::Compose);
    }
    let compute = gpu.capabilities.natural(NAME, x.dtype())?;
    let [g, x, labels] = [gpu.bind(g)?, gpu.bind(x)?, gpu.bind(target)?];
    let [lse, dx] = [gpu.bind(lse)?, gpu.bind(dx)?];
    let known = i32::try_from(ignore);
    Dispatch::new(gpu, NAME, &kernels::CROSS_ENTROPY_GRAD, compute)
        .constant("WIDTH", WIDTH)
        .tensors([("g", &g), ("x", &x), ("labels", &labels), ("lse", &lse), ("dx", &dx)])?
        .run(
            params! {
                count, classes,
                g: g.offset, x: x.offset, labels: labels.offset, lse: lse.offset, dx: dx.offset,
                g_row: g.strides[0], x_row: x.strides[0], x_class: x.strides[1], label_row: labels.strides[0],
                ignore: known.unwrap_or(0), has_ignored_class: known.is_ok(),
            },
            Grid::threads(count, WIDTH),
        )?;
    Ok(Done::Yes)
}
