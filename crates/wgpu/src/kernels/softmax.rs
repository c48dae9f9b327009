//! Softmax, log-softmax and their gradients: `softmax.wgsl` and `softmax_grad.wgsl` over any layout, `softmax_rows.wgsl` and
//! `softmax_grad_rows.wgsl` in vectors of four.

use super::fold::WorkgroupShape;
use super::lines::{append, lanes, vectors};
use super::params::Params;
use super::wide::{is_narrow, widened};
use crate::engine::{Bound, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::plan::Rows;
use rushlight_backend::{DType, Done, Result, View};
use rushlight_shaders::{Kernel, Variant, kernels};

/// The softmax itself, or its logarithm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Log,
}

/// Elements, or vectors, that a thread takes at best: as many as it holds in registers.
const EACH: usize = 4;

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
    offer(gpu, name, kind, dim, kernels, [("x", x), ("y", out)])
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
    offer(
        gpu,
        name,
        kind,
        dim,
        kernels,
        [("g", g), ("y", y), ("dx", out)],
    )
}

/// Does it if the kernels can; the last tensor is the result.
fn offer<const N: usize>(
    gpu: &Gpu,
    name: &'static str,
    kind: Kind,
    dim: usize,
    kernels: [&'static Kernel; 2],
    tensors: [(&'static str, &View<'_>); N],
) -> Result<Done> {
    let Some(((_, out), inputs)) = tensors.split_last() else {
        return Ok(Done::Compose);
    };
    let count = out.layout().numel();
    // One dtype, memory within reach.
    let plain = gpu.fits(out)
        && inputs
            .iter()
            .all(|(_, x)| x.dtype() == out.dtype() && gpu.fits(x));
    let wide = count as u64 * 4 < gpu.capabilities.binding;
    let long = WorkgroupShape::is_overrun(gpu, out.layout().shape().get(dim).copied().unwrap_or(1));
    if count > u32::MAX as usize || long || !plain || is_narrow(out.dtype()) && !wide {
        return Ok(Done::Compose);
    }
    if count > 0 {
        run(gpu, name, kind, dim, kernels, tensors)?;
    }
    Ok(Done::Yes)
}

/// Launches one of the two kernels, the second where lines are dense.
fn run<const N: usize>(
    gpu: &Gpu,
    name: &'static str,
    kind: Kind,
    dim: usize,
    [any, rows]: [&'static Kernel; 2],
    tensors: [(&'static str, &View<'_>); N],
) -> Result<()> {
    let views = tensors.map(|(_, view)| *view);
    let out = &views[N - 1];
    let bound: Vec<Bound<'_>> = views.iter().map(|v| gpu.bind(v)).collect::<Result<_>>()?;
    let offsets: [u32; N] = std::array::from_fn(|i| bound[i].offset);
    let whole = Rows::along(dim, views.map(|v| v.layout()));
    let fours = vectors(&whole, offsets);
    if fours.is_none() && is_narrow(out.dtype()) {
        return widened(gpu, DType::F32, out, |wide| {
            let mut tensors = tensors;
            tensors[N - 1].1 = wide;
            run(gpu, name, kind, dim, [any, rows], tensors)
        });
    }
    let lines = fours.as_ref().unwrap_or(&whole);
    let workgroup = WorkgroupShape::of(gpu, lines.len);
    let lanes = lanes(lines, workgroup, EACH);
    let params = Params::new()
        .word(lines.count)
        .word(lines.len)
        .word(workgroup.threads / lanes)
        .word(lanes);
    let params = match fours {
        Some(_) => offsets
            .iter()
            .fold(params, |p, &at| p.word(at as usize / 4)),
        None => {
            let params = params.word(lines.by_columns().into());
            let params = offsets.iter().fold(params, |p, &at| p.word(at as usize));
            lines.steps.iter().fold(params, |p, &step| p.word(step))
        }
    };
    let kernel = if fours.is_some() { rows } else { any };
    let compute = gpu.capabilities.natural(name, out.dtype())?;
    let variant = Variant::new(kernel, compute).constant("WIDTH", workgroup.width());
    let mut variant = swapped(variant, kind);
    for (tensor, view) in tensors {
        variant = variant.stored(tensor, gpu.capabilities.stored(name, view.dtype())?);
    }
    gpu.launch(&Launch {
        name,
        variant,
        tensors: &bound,
        params: append(lines, params).bytes(),
        fault: None,
        grid: Grid::groups(lines.count.div_ceil(workgroup.threads / lanes) as u64),
    })
}
