//! Layer normalisation and its gradients: `layer_norm.wgsl`, `layer_norm_grad.wgsl`, and `layer_norm_grad_columns.wgsl` for the gradients
//! of weight and bias.

use super::fold::{Share, WorkgroupShape};
use super::map::dense_copy;
use super::params::Params;
use super::reduce::{dtype_of, sum};
use crate::engine::{Bound, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::{Axes, DType, Dims, Done, Layout, Result, Scalar, Storage, View};
use rushlight_shaders::{Compute, Variant, kernels};

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
    let stored = |dtype| gpu.capabilities.stored(FORWARD, dtype);
    let x = Dense::of(gpu, x)?;
    let w = w.map(|w| Dense::of(gpu, w)).transpose()?;
    let b = b.map(|b| Dense::of(gpu, b)).transpose()?;
    let x = x.bind(gpu)?;
    let mut tensors = vec![x];
    let mut variant = Variant::new(&kernels::LAYER_NORM, compute).stored("x", stored(x.dtype)?);
    let mut offsets = [0, 0];
    for (i, (name, tensor)) in [("w", &w), ("b", &b)].into_iter().enumerate() {
        match tensor {
            Some(tensor) => {
                let bound = tensor.bind(gpu)?;
                offsets[i] = bound.offset as usize / 4;
                tensors.push(bound);
                variant = variant.stored(name, stored(x.dtype)?);
            }
            // Never read then.
            None => variant = variant.in_place(name, stored(x.dtype)?, "x"),
        }
    }
    let (y, mean, scale) = (gpu.bind(y)?, gpu.bind(mean)?, gpu.bind(scale)?);
    tensors.extend([y, mean, scale]);
    variant = variant
        .stored("y", stored(y.dtype)?)
        .stored("mean", stored(mean.dtype)?)
        .stored("scale", stored(scale.dtype)?);
    let (workgroup, vectors) = (WorkgroupShape::of(gpu, len / 4), len / 4);
    let lanes = lanes(workgroup, vectors);
    let params = Params::new()
        .number(Scalar::Float(eps), compute)
        .word(rows)
        .word(vectors)
        .word(workgroup.threads / lanes)
        .word(lanes)
        .word(x.offset as usize / 4)
        .word(offsets[0])
        .word(offsets[1])
        .word(y.offset as usize / 4)
        .word(mean.offset as usize)
        .word(scale.offset as usize)
        .word(w.is_some().into())
        .word(b.is_some().into());
    gpu.launch(&Launch {
        name: FORWARD,
        variant: variant.constant("WIDTH", workgroup.width()),
        tensors: &tensors,
        params: params.bytes(),
        fault: None,
        grid: Grid::groups(rows.div_ceil(workgroup.threads / lanes) as u64),
    })?;
    Ok(Done::Yes)
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
    let stored = |dtype| gpu.capabilities.stored(BACKWARD, dtype);
    let (g, x) = (Dense::of(gpu, g)?, Dense::of(gpu, x)?);
    let w = w.first().map(|w| Dense::of(gpu, w)).transpose()?;
    let (g, x) = (g.bind(gpu)?, x.bind(gpu)?);
    let (mean, scale) = (gpu.bind(mean)?, gpu.bind(scale)?);
    let mut tensors = vec![g, x, mean, scale];
    let variant = Variant::new(&kernels::LAYER_NORM_GRAD, compute);
    let mut variant = inputs_stored(gpu, variant, &tensors)?;
    let mut offset = 0;
    match &w {
        Some(w) => {
            let bound = w.bind(gpu)?;
            offset = bound.offset as usize / 4;
            tensors.push(bound);
            variant = variant.stored("w", stored(x.dtype)?);
        }
        // Never read then.
        None => variant = variant.in_place("w", stored(x.dtype)?, "x"),
    }
    let dx = gpu.bind(dx)?;
    tensors.push(dx);
    let (workgroup, vectors) = (WorkgroupShape::of(gpu, len / 4), len / 4);
    let lanes = lanes(workgroup, vectors);
    let params = Params::new()
        .word(rows)
        .word(vectors)
        .word(workgroup.threads / lanes)
        .word(lanes)
        .word(g.offset as usize / 4)
        .word(x.offset as usize / 4)
        .word(mean.offset as usize)
        .word(scale.offset as usize)
        .word(offset)
        .word(dx.offset as usize / 4)
        .word(w.is_some().into());
    gpu.launch(&Launch {
        name: BACKWARD,
        variant: variant
            .stored("dx", stored(dx.dtype)?)
            .constant("WIDTH", workgroup.width()),
        tensors: &tensors,
        params: params.bytes(),
        fault: None,
        grid: Grid::groups(rows.div_ceil(workgroup.threads / lanes) as u64),
    })?;
    if let [dw, db, ..] = parameters {
        of_parameters(gpu, compute, (rows, len), [g, x, mean, scale], [dw, db])?;
    }
    Ok(Done::Yes)
}

fn inputs_stored(gpu: &Gpu, variant: Variant, inputs: &[Bound<'_>]) -> Result<Variant> {
    ["g", "x", "mean", "scale"]
        .into_iter()
        .zip(inputs)
        .try_fold(variant, |v, (name, x)| {
            Ok(v.stored(name, gpu.capabilities.stored(BACKWARD, x.dtype)?))
        })
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
    let tensors = [
        g,
        x,
        mean,
        scale,
        gpu.bind(&partial[0])?,
        gpu.bind(&partial[1])?,
    ];
    let stored = gpu.capabilities.stored(BACKWARD, dtype)?;
    let variant = Variant::new(&kernels::LAYER_NORM_GRAD_COLUMNS, compute);
    let params = Params::new()
        .word(rows)
        .word(len)
        .word(share.chunk)
        .word(share.parts)
        .word(share.lines)
        .word(share.lanes);
    let params = inputs.iter().fold(params, |p, x| p.word(x.offset as usize));
    gpu.launch(&Launch {
        name: BACKWARD,
        variant: inputs_stored(gpu, variant, &inputs)?
            .stored("dw", stored)
            .stored("db", stored)
            .constant("WIDTH", workgroup.width()),
        tensors: &tensors,
        params: params.bytes(),
        fault: None,
        grid: Grid::groups(share.groups(len)),
    })?;
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
