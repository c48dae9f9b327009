//! Layer normalization and its gradients: `layer_norm.wgsl`, `layer_norm_grad.wgsl`, and `layer_norm_grad_columns.wgsl` for the gradients
//! of weight and bias.

use super::dispatch::Dispatch;
use super::params::{Number, params};
use super::reduce::{Share, dtype_of, sum};
use super::temporary::{Input, Temporary};
use super::workgroup::WorkgroupShape;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::{Axes, Dims, Done, Layout, Result, Scalar, View};
use rushlight_shaders::{Compute, kernels};

const FORWARD: &str = "layer_norm";
const BACKWARD: &str = "layer_norm_backward";
/// Vectors of a thread at best: as many as it can hold in registers.
const EACH: usize = 2;

/// Whether the kernels can read and write `x` in vectors of four.
fn is_vectors(x: &View<'_>) -> bool {
    x.layout().is_contiguous() && x.layout().offset().is_multiple_of(4)
}

fn vectors<'a>(gpu: &Gpu, x: &View<'a>) -> Result<Input<'a>> {
    Input::contiguous_unless(is_vectors(x), gpu, x)
}

/// Rows and their length, if the kernels can do it: results dense and in memory of their own, within reach, in whole vectors.
fn rows(
    gpu: &Gpu,
    axes: usize,
    x: &View<'_>,
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Option<(usize, usize)> {
    let shape = x.layout().shape();
    let len: usize = shape[shape.len().checked_sub(axes)?..].iter().product();
    let count = x.layout().numel();
    let fine = count > 0
        && len.is_multiple_of(4)
        && !WorkgroupShape::is_overrun(gpu, len)
        && count <= u32::MAX as usize
        && outs.iter().all(is_vectors)
        && inputs.iter().chain(outs).all(|v| gpu.fits(v));
    fine.then(|| (count / len, len))
}

fn threads_per_row(workgroup: WorkgroupShape, vectors: usize) -> usize {
    vectors
        .div_ceil(EACH)
        .next_power_of_two()
        .min(workgroup.threads)
}

/// Inputs x, then weight and bias if given; results y, the mean as two numbers and `1/√(var + eps)`.
pub(crate) fn forward(
    gpu: &Gpu,
    (axes, eps, weight): (usize, f64, bool),
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([x, rest @ ..], [y, mean, scale]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let (w, b) = match (weight, rest) {
        (true, [w, rest @ ..]) => (Some(w), rest.first()),
        (_, rest) => (None, rest.first()),
    };
    let Some((rows, len)) = rows(gpu, axes, x, inputs, outs) else {
        return Ok(Done::Compose);
    };
    if inputs.iter().any(|x| x.dtype() != y.dtype()) {
        return Ok(Done::Compose);
    }
    let compute = gpu.capabilities.natural(FORWARD, x.dtype())?;
    let x = vectors(gpu, x)?;
    let w = w.map(|w| vectors(gpu, w)).transpose()?;
    let b = b.map(|b| vectors(gpu, b)).transpose()?;
    let x = x.bind(gpu)?;
    let [w, b] = [bound(gpu, &w)?, bound(gpu, &b)?];
    let (y, mean, scale) = (gpu.bind(y)?, gpu.bind(mean)?, gpu.bind(scale)?);
    let (workgroup, length) = (WorkgroupShape::of(gpu, len / 4), len / 4);
    let threads_per_row = threads_per_row(workgroup, length);
    let rows_per_group = workgroup.threads / threads_per_row;
    Dispatch::new(gpu, FORWARD, &kernels::LAYER_NORM, compute)
        .constant("WIDTH", workgroup.width())
        .tensor("x", &x)?
        .optional("w", w.as_ref(), ("x", &x))?
        .optional("b", b.as_ref(), ("x", &x))?
        .tensors([("y", &y), ("mean", &mean), ("scale", &scale)])?
        .run(
            params! {
                eps: Number(Scalar::Float(eps), compute), rows, length, rows_per_group, threads_per_row,
                x: x.offset / 4, w: first(&w), b: first(&b), y: y.offset / 4, mean: mean.offset, scale: scale.offset,
                weighted: w.is_some(), biased: b.is_some(),
            },
            Grid::groups(rows.div_ceil(rows_per_group) as u64),
        )?;
    Ok(Done::Yes)
}

fn bound<'a>(gpu: &Gpu, x: &'a Option<Input<'a>>) -> Result<Option<Bound<'a>>> {
    x.as_ref().map(|x| x.bind(gpu)).transpose()
}

/// The first vector of a tensor, if there is one.
fn first(x: &Option<Bound<'_>>) -> u32 {
    x.map_or(0, |x| x.offset / 4)
}

/// Inputs g, x, mean, `1/√(var + eps)`, and the weight if given; results for x, and for weight and bias if given.
pub(crate) fn backward(
    gpu: &Gpu,
    axes: usize,
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([g, x, mean, scale, w @ ..], [dx, parameters @ ..]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let Some((rows, len)) = rows(gpu, axes, x, inputs, outs) else {
        return Ok(Done::Compose);
    };
    let plain = g.dtype() == x.dtype()
        && w.iter().chain(outs).all(|v| v.dtype() == x.dtype())
        && [mean, scale].iter().all(|v| v.layout().is_contiguous());
    if !plain {
        return Ok(Done::Compose);
    }
    let compute = gpu.capabilities.natural(BACKWARD, x.dtype())?;
    let (g, x) = (vectors(gpu, g)?, vectors(gpu, x)?);
    let w = w.first().map(|w| vectors(gpu, w)).transpose()?;
    let (g, x, w) = (g.bind(gpu)?, x.bind(gpu)?, bound(gpu, &w)?);
    let (mean, scale, dx) = (gpu.bind(mean)?, gpu.bind(scale)?, gpu.bind(dx)?);
    let (workgroup, length) = (WorkgroupShape::of(gpu, len / 4), len / 4);
    let threads_per_row = threads_per_row(workgroup, length);
    let rows_per_group = workgroup.threads / threads_per_row;
    Dispatch::new(gpu, BACKWARD, &kernels::LAYER_NORM_GRAD, compute)
        .constant("WIDTH", workgroup.width())
        .tensors([("g", &g), ("x", &x), ("mean", &mean), ("scale", &scale)])?
        .optional("w", w.as_ref(), ("x", &x))?
        .tensor("dx", &dx)?
        .run(
            params! {
                rows, length, rows_per_group, threads_per_row, g: g.offset / 4, x: x.offset / 4,
                mean: mean.offset, scale: scale.offset, w: first(&w), dx: dx.offset / 4, weighted: w.is_some(),
            },
            Grid::groups(rows.div_ceil(rows_per_group) as u64),
        )?;
    if let [dw, db, ..] = parameters {
        of_parameters(gpu, compute, (rows, len), [g, x, mean, scale], [dw, db])?;
    }
    Ok(Done::Yes)
}

/// The gradients of weight and bias: sums over parts of the rows, then over the parts.
fn of_parameters(
    gpu: &Gpu,
    compute: Compute,
    (rows, len): (usize, usize),
    inputs: [Bound<'_>; 4],
    outs: [&View<'_>; 2],
) -> Result<()> {
    let workgroup = WorkgroupShape::of(gpu, 1);
    let share = Share::new(workgroup, len, rows, true);
    let dtype = dtype_of(compute);
    let sums = || Temporary::new(gpu, Dims::from([share.parts, len]), dtype);
    let partial = [sums()?, sums()?];
    let [g, x, mean, scale] = inputs;
    let [dw, db] = [partial[0].bind(gpu)?, partial[1].bind(gpu)?];
    Dispatch::new(gpu, BACKWARD, &kernels::LAYER_NORM_GRAD_COLUMNS, compute)
        .constant("WIDTH", workgroup.width())
        .tensors([("g", &g), ("x", &x), ("mean", &mean), ("scale", &scale), ("dw", &dw), ("db", &db)])?
        .run(
            params! {
                rows, columns: len, chunk: share.chunk, parts: share.parts, rows_per_group: share.rows_per_group, threads_per_row: share.threads_per_row,
                g: g.offset, x: x.offset, mean: mean.offset, scale: scale.offset,
            },
            Grid::groups(share.groups(len)),
        )?;
    for (partial, out) in partial.iter().zip(outs) {
        let flat = Layout::strided(
            Dims::from([1, len]),
            Dims::from([len, 1]),
            out.layout().offset(),
        );
        let out = out.with_layout(&flat)?;
        sum(gpu, BACKWARD, Axes::one(0), &partial.view()?, &out)?;
    }
    Ok(())
}
