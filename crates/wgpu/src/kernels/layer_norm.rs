//! Layer normalisation and its gradients: `layer_norm.wgsl`, `layer_norm_grad.wgsl`, and `layer_norm_grad_columns.wgsl` for the gradients
//! of weight and bias.

use super::dispatch::Dispatch;
use super::fold::{Share, WorkgroupShape};
use super::map::dense_copy;
use super::params::{Number, params};
use super::reduce::{dtype_of, sum};
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::{Axes, DType, Dims, Done, Layout, Result, Scalar, Storage, View};
use rushlight_shaders::{Compute, kernels};

const FORWARD: &str = "layer_norm";
const BACKWARD: &str = "layer_norm_backward";
/// Vectors that a thread takes at best: as many as it holds in registers.
const EACH: usize = 2;

/// A tensor where it lies, or a dense copy of it.
enum Dense<'a> {
    Is(View<'a>),
    Copy(Storage, Layout, DType),
}

impl<'a> Dense<'a> {
    fn of(gpu: &Gpu, x: &View<'a>) -> Result<Dense<'a>> {
        // Vectors want to begin at multiples of four.
        if x.layout().is_contiguous() && x.layout().offset().is_multiple_of(4) {
            return Ok(Dense::Is(*x));
        }
        let (storage, layout) = dense_copy(gpu, x)?;
        Ok(Dense::Copy(storage, layout, x.dtype()))
    }

    fn bind(&self, gpu: &Gpu) -> Result<Bound<'_>> {
        match self {
            Dense::Is(view) => gpu.bind(view),
            Dense::Copy(storage, layout, dtype) => gpu.bind(&View::new(storage, layout, *dtype)?),
        }
    }
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
    let aligned =
        |o: &View<'_>| o.layout().is_contiguous() && o.layout().offset().is_multiple_of(4);
    let fine = count > 0
        && len.is_multiple_of(4)
        && !WorkgroupShape::is_overrun(gpu, len)
        && count <= u32::MAX as usize
        && outs.iter().all(aligned)
        && inputs.iter().chain(outs).all(|v| gpu.fits(v));
    fine.then(|| (count / len, len))
}

fn lanes(workgroup: WorkgroupShape, vectors: usize) -> usize {
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
    let x = Dense::of(gpu, x)?;
    let w = w.map(|w| Dense::of(gpu, w)).transpose()?;
    let b = b.map(|b| Dense::of(gpu, b)).transpose()?;
    let x = x.bind(gpu)?;
    let [w, b] = [bound(gpu, &w)?, bound(gpu, &b)?];
    let (y, mean, scale) = (gpu.bind(y)?, gpu.bind(mean)?, gpu.bind(scale)?);
    let (workgroup, length) = (WorkgroupShape::of(gpu, len / 4), len / 4);
    let lanes = lanes(workgroup, length);
    let lines = workgroup.threads / lanes;
    Dispatch::new(gpu, FORWARD, &kernels::LAYER_NORM, compute)
        .constant("WIDTH", workgroup.width())
        .tensor("x", &x)?
        .optional("w", w.as_ref(), ("x", &x))?
        .optional("b", b.as_ref(), ("x", &x))?
        .tensors([("y", &y), ("mean", &mean), ("scale", &scale)])?
        .run(
            params! {
                eps: Number(Scalar::Float(eps), compute), rows, length, rows_per_group: lines, threads_per_row: lanes,
                x: x.offset / 4, w: first(&w), b: first(&b), y: y.offset / 4, mean: mean.offset, scale: scale.offset,
                weighted: w.is_some(), biased: b.is_some(),
            },
            Grid::groups(rows.div_ceil(lines) as u64),
        )?;
    Ok(Done::Yes)
}

fn bound<'a>(gpu: &Gpu, x: &'a Option<Dense<'a>>) -> Result<Option<Bound<'a>>> {
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
    let (g, x) = (Dense::of(gpu, g)?, Dense::of(gpu, x)?);
    let w = w.first().map(|w| Dense::of(gpu, w)).transpose()?;
    let (g, x, w) = (g.bind(gpu)?, x.bind(gpu)?, bound(gpu, &w)?);
    let (mean, scale, dx) = (gpu.bind(mean)?, gpu.bind(scale)?, gpu.bind(dx)?);
    let (workgroup, length) = (WorkgroupShape::of(gpu, len / 4), len / 4);
    let lanes = lanes(workgroup, length);
    let lines = workgroup.threads / lanes;
    Dispatch::new(gpu, BACKWARD, &kernels::LAYER_NORM_GRAD, compute)
        .constant("WIDTH", workgroup.width())
        .tensors([("g", &g), ("x", &x), ("mean", &mean), ("scale", &scale)])?
        .optional("w", w.as_ref(), ("x", &x))?
        .tensor("dx", &dx)?
        .run(
            params! {
                rows, length, rows_per_group: lines, threads_per_row: lanes, g: g.offset / 4, x: x.offset / 4,
                mean: mean.offset, scale: scale.offset, w: first(&w), dx: dx.offset / 4, weighted: w.is_some(),
            },
            Grid::groups(rows.div_ceil(lines) as u64),
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
    let layout = Layout::contiguous(Dims::from([share.parts, len]));
    let temporary = || gpu.temporary(*layout.shape(), dtype);
    let ((dw, _), (db, _)) = (temporary()?, temporary()?);
    let partial = [
        View::new(&dw, &layout, dtype)?,
        View::new(&db, &layout, dtype)?,
    ];
    let [g, x, mean, scale] = inputs;
    let [dw, db] = [gpu.bind(&partial[0])?, gpu.bind(&partial[1])?];
    Dispatch::new(gpu, BACKWARD, &kernels::LAYER_NORM_GRAD_COLUMNS, compute)
        .constant("WIDTH", workgroup.width())
        .tensors([("g", &g), ("x", &x), ("mean", &mean), ("scale", &scale), ("dw", &dw), ("db", &db)])?
        .run(
            params! {
                rows, columns: len, chunk: share.chunk, parts: share.parts, rows_per_group: share.lines, threads_per_row: share.lanes,
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
        sum(gpu, BACKWARD, Axes::one(0), partial, &out)?;
    }
    Ok(())
}
