//! Softmax, its logarithm, and their gradients: `softmax.wgsl` and `softmax_grad.wgsl` over any layout, `softmax_rows.wgsl` and
//! `softmax_grad_rows.wgsl` in vectors of four.

use super::fold::THREADS;
use super::lines::Lines;
use super::params::Params;
use crate::engine::{Bound, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::{Done, Result, View};
use rushlight_shaders::{Kernel, Variant, kernels};

/// The softmax itself, or its logarithm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Log,
}

/// Elements, or vectors, that a thread takes at best: as many as it holds in registers.
const EACH: usize = 4;

/// Whether the kernels can do it: one dtype, memory within reach, results in memory of their own.
fn plain(gpu: &Gpu, inputs: &[View<'_>], out: &View<'_>) -> bool {
    inputs
        .iter()
        .all(|x| x.dtype == out.dtype && !x.storage.same(out.storage) && gpu.fits(x))
        && gpu.fits(out)
}

fn swapped(variant: Variant, kind: Kind) -> Variant {
    match kind {
        Kind::Plain => variant,
        Kind::Log => [
            ("softmax_scale", "log_softmax_scale"),
            ("softmax_of", "log_softmax_of"),
            ("softmax_term", "log_softmax_term"),
            ("softmax_slope", "log_softmax_slope"),
        ]
        .into_iter()
        .fold(variant, |v, (from, to)| v.swap(from, to)),
    }
}

/// From x the softmax along `dim`.
pub(crate) fn forward(
    gpu: &Gpu,
    kind: Kind,
    dim: usize,
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([x], [out]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let name = if kind == Kind::Plain {
        "softmax"
    } else {
        "log_softmax"
    };
    let kernels = [&kernels::SOFTMAX, &kernels::SOFTMAX_ROWS];
    run(gpu, name, kind, dim, kernels, [("x", x), ("y", out)])
}

/// From the gradient and the softmax along `dim` the gradient of x.
pub(crate) fn backward(
    gpu: &Gpu,
    kind: Kind,
    dim: usize,
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([g, y], [out]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let name = if kind == Kind::Plain {
        "softmax_backward"
    } else {
        "log_softmax_backward"
    };
    let kernels = [&kernels::SOFTMAX_GRAD, &kernels::SOFTMAX_GRAD_ROWS];
    run(
        gpu,
        name,
        kind,
        dim,
        kernels,
        [("g", g), ("y", y), ("dx", out)],
    )
}

/// Launches one of the two kernels, the second where lines are dense; the last tensor is the result.
fn run<const N: usize>(
    gpu: &Gpu,
    name: &'static str,
    kind: Kind,
    dim: usize,
    [any, rows]: [&'static Kernel; 2],
    tensors: [(&'static str, &View<'_>); N],
) -> Result<Done> {
    let views = tensors.map(|(_, view)| *view);
    let Some((out, inputs)) = views.split_last() else {
        return Ok(Done::Compose);
    };
    if out.layout.numel() == 0 {
        return Ok(Done::Yes);
    }
    if out.layout.numel() > u32::MAX as usize || !plain(gpu, inputs, out) {
        return Ok(Done::Compose);
    }
    let compute = gpu.capabilities.natural(name, out.dtype)?;
    let stored = gpu.capabilities.stored(name, out.dtype)?;
    let bound: Vec<Bound<'_>> = views.iter().map(|v| gpu.bind(v)).collect::<Result<_>>()?;
    let offsets: [u32; N] = std::array::from_fn(|i| bound[i].offset);
    let whole = Lines::new(dim, views.map(|v| v.layout));
    let vectors = whole.vectors(offsets);
    let lines = vectors.as_ref().unwrap_or(&whole);
    let lanes = lines.lanes(EACH);
    let params = Params::new()
        .word(lines.count)
        .word(lines.len)
        .word(THREADS / lanes)
        .word(lanes);
    let params = match vectors {
        Some(_) => offsets
            .iter()
            .fold(params, |p, &at| p.word(at as usize / 4)),
        None => {
            let params = params.word(lines.by_columns().into());
            let params = offsets.iter().fold(params, |p, &at| p.word(at as usize));
            lines.steps.iter().fold(params, |p, &step| p.word(step))
        }
    };
    let variant = Variant::new(if vectors.is_some() { rows } else { any }, compute);
    let variant = tensors
        .iter()
        .fold(variant, |v, (name, _)| v.stored(name, stored));
    gpu.launch(&Launch {
        name,
        variant: swapped(variant, kind),
        tensors: &bound,
        params: lines.append(params).bytes(),
        grid: Grid::groups(lines.count.div_ceil(THREADS / lanes) as u64),
    })?;
    Ok(Done::Yes)
}
