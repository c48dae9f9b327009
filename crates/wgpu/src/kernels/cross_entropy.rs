//! Cross entropy of rows of logits, and its gradient: `cross_entropy.wgsl`, `cross_entropy_grad.wgsl`.

use super::params::Params;
use crate::engine::{FaultCode, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::{DType, Done, Result, View};
use rushlight_shaders::{Compute, Stored, Variant, kernels};

const NAME: &str = "cross_entropy";
const WIDTH: u32 = 256;

/// The computing type, and how logits and labels are stored.
fn types(gpu: &Gpu, x: DType) -> Result<(Compute, Stored, Stored)> {
    let capabilities = &gpu.capabilities;
    Ok((
        capabilities.natural(NAME, x)?,
        capabilities.stored(NAME, x)?,
        capabilities.stored(NAME, DType::I64)?,
    ))
}

/// The class to ignore, and whether there is one: a target that 32 bits do not hold is none.
fn ignored(params: Params, ignore: i64) -> Params {
    let known = i32::try_from(ignore);
    params
        .word(known.unwrap_or(0) as u32 as usize)
        .word(known.is_ok() as usize)
}

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
    let (compute, stored, labels) = types(gpu, x.dtype())?;
    let tensors = [
        gpu.bind(x)?,
        gpu.bind(target)?,
        gpu.bind(loss)?,
        gpu.bind(lse)?,
    ];
    let lanes = (classes.next_power_of_two() as u32).min(WIDTH);
    let params = Params::new().launch().word(rows).word(classes);
    let params = tensors
        .iter()
        .fold(params, |p, t| p.word(t.offset as usize))
        .word(x.layout().strides()[0])
        .word(x.layout().strides()[1])
        .word(target.layout().strides()[0]);
    gpu.launch(&Launch {
        name: NAME,
        variant: Variant::new(&kernels::CROSS_ENTROPY, compute)
            .stored("x", stored)
            .stored("labels", labels)
            .stored("loss", gpu.capabilities.stored(NAME, loss.dtype())?)
            .stored("lse", gpu.capabilities.stored(NAME, lse.dtype())?)
            .constant("WIDTH", WIDTH)
            .constant("LANES", lanes),
        tensors: &tensors,
        params: ignored(params, ignore).bytes(),
        fault: Some(FaultCode::Class),
        grid: Grid::groups((rows as u64).div_ceil(u64::from(WIDTH / lanes))),
    })?;
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
    let (compute, stored, labels) = types(gpu, x.dtype())?;
    let tensors = [
        gpu.bind(g)?,
        gpu.bind(x)?,
        gpu.bind(target)?,
        gpu.bind(lse)?,
        gpu.bind(dx)?,
    ];
    let params = Params::new().word(count).word(classes);
    let params = tensors
        .iter()
        .fold(params, |p, t| p.word(t.offset as usize))
        .word(g.layout().strides()[0])
        .word(x.layout().strides()[0])
        .word(x.layout().strides()[1])
        .word(target.layout().strides()[0]);
    gpu.launch(&Launch {
        name: NAME,
        variant: Variant::new(&kernels::CROSS_ENTROPY_GRAD, compute)
            .stored("g", gpu.capabilities.stored(NAME, g.dtype())?)
            .stored("x", stored)
            .stored("labels", labels)
            .stored("lse", gpu.capabilities.stored(NAME, lse.dtype())?)
            .stored("dx", gpu.capabilities.stored(NAME, dx.dtype())?)
            .constant("WIDTH", WIDTH),
        tensors: &tensors,
        params: ignored(params, ignore).bytes(),
        fault: None,
        grid: Grid::threads(count, WIDTH),
    })?;
    Ok(Done::Yes)
}
