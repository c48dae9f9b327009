//! Dispatch of an operation to the backend: allocates the result, broadcasts the inputs and calls the kernel family.

use crate::elementwise::{elementwise, is_apart, map_alike, map_into, uniform};
use crate::fresh::Fresh;
use crate::history::GradMode;
use crate::{Device, Tensor, compose};
use rushlight_backend::{
    Backend, DType, Dims, Done, Error, Fused, IndexOp, Layout, Map, Op, Output, Outputs, PoolKind,
    Result, ScatterMode, TensorType, View, note_location, plan,
};
use smallvec::{SmallVec, smallvec};
use std::panic::Location;

/// The results of an operation: the one that can carry a gradient, and the others.
pub(crate) struct Results {
    pub out: Tensor,
    pub aux: SmallVec<[Tensor; 2]>,
}

type Types = SmallVec<[TensorType; 4]>;

#[inline(always)]
#[track_caller]
pub(crate) fn run(op: &Op, inputs: &[&Tensor]) -> Result<Results> {
    match compute(op, inputs) {
        Ok(results) => Ok(results),
        // A backend does not know the caller's location.
        Err(e) => Err(named(e, op, inputs).here()),
    }
}

/// The results of a fused operation, if the device has a kernel for it.
#[track_caller]
pub(crate) fn run_if_fused(op: &Op, inputs: &[&Tensor]) -> Result<Option<Results>> {
    match compute_if_fused(op, inputs) {
        Ok(results) => Ok(results),
        Err(e) => Err(named(e, op, inputs).here()),
    }
}

#[track_caller]
fn compute_if_fused(op: &Op, inputs: &[&Tensor]) -> Result<Option<Results>> {
    common_device(op, inputs)?;
    note_location(Location::caller());
    let types: Types = inputs.iter().map(|t| t.tensor_type()).collect();
    let result = op.infer(&types)?;
    match op {
        Op::Fused(f) => kernel(f, inputs, &types, result),
        _ => Ok(None),
    }
}

/// Adds the name of the operation to errors that only name the device, such as a lack of memory.
#[cold]
fn named(e: Error, op: &Op, inputs: &[&Tensor]) -> Error {
    match inputs.first() {
        Some(x) if e.message().starts_with(x.device().name()) => e.context(op.name()),
        _ => e,
    }
}

#[inline(always)]
#[track_caller]
fn compute(op: &Op, inputs: &[&Tensor]) -> Result<Results> {
    let device = common_device(op, inputs)?;
    let backend = device.backend();
    if let Some((map, dtype)) = uniform(op, inputs) {
        let mut out = Fresh::like(inputs[0])?;
        map_alike(backend, map, dtype.compute(), inputs, out.output()?)?;
        return Ok(out.tensor(device).into());
    }
    // Faults in data, such as an index or a division of integers, are reported later by a GPU. Inputs that `uniform` accepts have none.
    note_location(Location::caller());
    let types: Types = inputs.iter().map(|t| t.tensor_type()).collect();
    let result = op.infer(&types)?;
    finished(op, inputs, &types, result)
}

/// The result of `op` in new memory.
#[track_caller]
fn finished(
    op: &Op,
    inputs: &[&Tensor],
    types: &[TensorType],
    result: TensorType,
) -> Result<Results> {
    let Some(map) = elementwise(op) else {
        return match op {
            Op::Fused(f) => run_fused(f, inputs, types, result),
            _ => run_other(op, inputs, result),
        };
    };
    let compute = map.compute(types, result.dtype);
    let device = inputs[0].device();
    let mut out = Fresh::new(result.shape, result.dtype, device)?;
    map_into(device.backend(), map, compute, inputs, out.output()?)?;
    Ok(out.tensor(device).into())
}

#[track_caller]
fn run_fused(
    f: &Fused,
    inputs: &[&Tensor],
    types: &[TensorType],
    result: TensorType,
) -> Result<Results> {
    if let Some(results) = kernel(f, inputs, types, result)? {
        return Ok(results);
    }
    let _off = GradMode::set(false);
    compose::fused(f, inputs, types, result.dtype)
}

/// The results of the backend's kernel for a fused operation, if it has one.
#[track_caller]
fn kernel(
    f: &Fused,
    inputs: &[&Tensor],
    types: &[TensorType],
    result: TensorType,
) -> Result<Option<Results>> {
    let device = inputs[0].device();
    let mut out = Fresh::new(result.shape, result.dtype, device)?;
    let mut aux = f
        .auxiliary(types)
        .into_iter()
        .map(|t| Fresh::new(t.shape, t.dtype, device))
        .collect::<Result<SmallVec<[Fresh; 2]>>>()?;
    let backend = device.backend();
    let read = views(inputs)?;
    let call = plan::fused(f, &read, outputs(&mut out, &mut aux)?)?;
    Ok(match backend.fused(call)? {
        Done::Yes => Some(Results::new(out, aux, device)),
        Done::Compose => None,
    })
}

#[track_caller]
fn run_other(op: &Op, inputs: &[&Tensor], result: TensorType) -> Result<Results> {
    let (x, device) = (inputs[0], inputs[0].device());
    let backend = device.backend();
    let mut out = Fresh::new(result.shape, result.dtype, device)?;
    let mut aux: SmallVec<[Fresh; 2]> = SmallVec::new();
    match op {
        // Elementwise and fused operations are handled above; the others have their own constructors.
        Op::Map(_)
        | Op::Cast(_)
        | Op::Fused(_)
        | Op::Transfer
        | Op::Fill(_)
        | Op::View(_)
        | Op::SetWindow(_) => {
            return Err(Error::unsupported(format!(
                "{}: cannot be applied by itself",
                op.name()
            )));
        }
        Op::Reduce { f, axes, .. } => {
            let kept = keep_dims(x.layout().shape(), |d| axes.contains(d));
            backend.reduce(plan::reduce(*f, *axes, &x.as_view()?, out.under(&kept)?)?)?;
        }
        Op::Arg { f, dim, .. } => {
            let kept = keep_dims(x.layout().shape(), |d| d == *dim as usize);
            backend.arg_reduce(plan::arg_reduce(
                *f,
                *dim as usize,
                &x.as_view()?,
                out.under(&kept)?,
            )?)?;
        }
        Op::Scan { f, dim } => {
            backend.scan(plan::scan(*f, *dim as usize, &x.as_view()?, out.output()?)?)?;
        }
        Op::Argsort { dim, descending } => {
            backend.argsort(plan::argsort(
                *dim as usize,
                *descending,
                &x.as_view()?,
                out.output()?,
            )?)?;
        }
        Op::Cat { dim } => {
            let mut start = 0;
            for t in inputs {
                let n = t.shape()[*dim as usize];
                let slot = out.layout().slice(*dim as usize, start, n, 1);
                map_into(
                    backend,
                    Map::Copy,
                    result.dtype.compute(),
                    &[t],
                    out.under(&slot)?,
                )?;
                start += n;
            }
        }
        Op::MatMul => {
            let batch = &result.shape[..result.shape.len() - 2];
            let (a, b) = (batched(inputs[0], batch), batched(inputs[1], batch));
            let inputs = [inputs[0].under(&a)?, inputs[1].under(&b)?];
            backend.matmul(plan::matmul(&inputs, out.output()?)?)?;
        }
        Op::Linalg(f) => {
            if let Some(t) = f.auxiliary(result) {
                aux.push(Fresh::new(t.shape, t.dtype, device)?);
            }
            backend.linalg(plan::linalg(
                *f,
                &views(inputs)?,
                outputs(&mut out, &mut aux)?,
            )?)?;
        }
        Op::Conv(conv) => {
            let inputs = [x.as_view()?, inputs[1].as_view()?];
            backend.conv(plan::conv(conv, &inputs, out.output()?)?)?;
        }
        Op::Pool(pool) => {
            if pool.kind == PoolKind::Max {
                aux.push(Fresh::new(result.shape, DType::I64, device)?);
            }
            backend.pool(plan::pool(
                pool,
                &x.as_view()?,
                outputs(&mut out, &mut aux)?,
            )?)?;
        }
        Op::Gather(f) => {
            let inputs = [x.as_view()?, inputs[1].as_view()?];
            backend.gather(plan::gather(*f, &inputs, out.output()?)?)?;
        }
        Op::Scatter(f, mode) => {
            map_into(
                backend,
                Map::Copy,
                result.dtype.compute(),
                &[x],
                out.output()?,
            )?;
            scatter(backend, *f, *mode, [inputs[1], inputs[2]], out.output()?)?;
        }
    }
    Ok(Results::new(out, aux, device))
}

/// The inputs as views for the backend.
#[track_caller]
fn views<'a>(inputs: &[&'a Tensor]) -> Result<SmallVec<[View<'a>; 4]>> {
    inputs.iter().map(|t| t.as_view()).collect()
}

/// All results as outputs for the backend.
#[track_caller]
fn outputs<'a>(out: &'a mut Fresh, aux: &'a mut [Fresh]) -> Result<Outputs<'a>> {
    std::iter::once(out).chain(aux).map(Fresh::output).collect()
}

/// Writes the part of the source of `[index, source]` that the index covers into `out`.
#[track_caller]
fn scatter(
    backend: &dyn Backend,
    f: IndexOp,
    mode: ScatterMode,
    [index, source]: [&Tensor; 2],
    out: Output<'_>,
) -> Result<()> {
    // Without an index the source may have any shape.
    if index.numel() == 0 {
        return Ok(());
    }
    let part = scattered(f, index, source);
    let inputs = [index.as_view()?, source.under(&part)?];
    backend.scatter(plan::scatter(f, mode, &inputs, out)?)
}

/// Runs `op` and writes its result into the memory of `dst`.
#[track_caller]
pub(crate) fn write(op: &Op, dst: &Tensor, inputs: &[&Tensor]) -> Result<()> {
    match overwrite(op, dst, inputs) {
        Ok(()) => Ok(()),
        Err(e) => Err(named(e, op, &[dst]).here()),
    }
}

/// Checks that the result of `op` can be written into `dst`, and returns its type. Computes nothing.
#[track_caller]
pub(crate) fn writable(op: &Op, dst: &Tensor, inputs: &[&Tensor]) -> Result<(Types, TensorType)> {
    let device = common_device(op, inputs)?;
    if device != dst.device() {
        return Err(Error::device(format!(
            "{}: the tensor written to is on {}, the other on {device}; move one with to(&device)",
            op.name(),
            dst.device()
        )));
    }
    let types: Types = inputs.iter().map(|t| t.tensor_type()).collect();
    let result = op.infer(&types)?;
    let lowered =
        result.dtype.category() > dst.dtype().category() && !matches!(op, Op::Map(Map::Copy));
    if lowered {
        return Err(Error::dtype(format!(
            "{}_: the result is {}, which cannot be stored in a tensor of {}",
            op.name(),
            result.dtype,
            dst.dtype()
        )));
    }
    if *result.shape != *dst.shape()
        && rushlight_backend::broadcast(op.name(), &result.shape, dst.shape())?
            != *dst.layout().shape()
    {
        return Err(Error::shape(format!(
            "{}_: a result of shape {:?} cannot be written into shape {:?}",
            op.name(),
            result.shape,
            dst.shape()
        )));
    }
    Ok((types, result))
}

#[track_caller]
fn overwrite(op: &Op, dst: &Tensor, inputs: &[&Tensor]) -> Result<()> {
    let backend = dst.device().backend();
    if let Some((map, dtype)) = uniform(op, inputs)
        && dtype == dst.dtype()
        && inputs[0].is(dst)
        && common_device(op, inputs).is_ok()
        && inputs.iter().all(|t| may_stay(t, dst))
    {
        let out = Output::from(dst.as_view()?);
        map_alike(backend, map, dtype.compute(), inputs, out)?;
        dst.0.storage.bump_version();
        return Ok(());
    }
    let (types, result) = writable(op, dst, inputs)?;
    // An input in the same memory is read after it was written, unless each element is read just before it is written.
    let in_order = !matches!(op, Op::Scatter(..));
    let _off = GradMode::set(false);
    let apart: SmallVec<[Tensor; 4]> = inputs
        .iter()
        .enumerate()
        .map(|(i, t)| {
            if may_stay(t, dst) && (in_order || i == 0 || !t.shares_memory(dst)) {
                Ok((*t).clone())
            } else {
                t.copy()
            }
        })
        .collect::<Result<_>>()?;
    let apart: SmallVec<[&Tensor; 4]> = apart.iter().collect();
    note_location(Location::caller());
    match op {
        Op::Fill(value) => backend.fill(plan::fill(*value, dst.as_view()?.into())?)?,
        Op::Scatter(f, mode) => {
            let out = Output::from(dst.as_view()?);
            scatter(backend, *f, *mode, [apart[1], apart[2]], out)?;
        }
        _ => match elementwise(op) {
            Some(map) if !is_apart(map, result.dtype, dst.dtype()) => {
                let out = Output::from(dst.as_view()?);
                map_into(backend, map, map.compute(&types, result.dtype), &apart, out)?;
            }
            _ => {
                // Only a complete result is written, so that an error leaves `dst` unchanged.
                let Results { out, .. } = finished(op, &apart, &types, result)?;
                map_into(
                    backend,
                    Map::Copy,
                    result.dtype.compute(),
                    &[&out],
                    dst.as_view()?.into(),
                )?;
            }
        },
    }
    dst.0.storage.bump_version();
    Ok(())
}

/// Whether `input` may be read while `dst` is written, where each element is read just before it is written.
#[inline]
fn may_stay(input: &Tensor, dst: &Tensor) -> bool {
    input.is(dst) || !input.shares_memory(dst) || input.layout() == dst.layout()
}

fn keep_dims(shape: &Dims, reduced: impl Fn(usize) -> bool) -> Layout {
    Layout::contiguous(
        shape
            .iter()
            .enumerate()
            .map(|(d, &n)| if reduced(d) { 1 } else { n })
            .collect(),
    )
}

/// The layout of a matrix operand repeated over the batch.
fn batched(t: &Tensor, batch: &[usize]) -> Layout {
    let matrix = &t.shape()[t.ndim() - 2..];
    let shape = batch.iter().chain(matrix).copied().collect();
    t.layout().expand(shape).unwrap_or(*t.layout())
}

/// The part of a scatter's source that its index covers.
fn scattered(f: IndexOp, index: &Tensor, source: &Tensor) -> Layout {
    match f {
        IndexOp::Select { .. } => *source.layout(),
        IndexOp::Gather { .. } => Layout::strided(
            *index.layout().shape(),
            *source.layout().strides(),
            source.layout().offset(),
        ),
    }
}

impl Results {
    fn new(out: Fresh, aux: SmallVec<[Fresh; 2]>, device: &Device) -> Results {
        Results {
            out: out.tensor(device),
            aux: aux.into_iter().map(|t| t.tensor(device)).collect(),
        }
    }
}

impl From<Tensor> for Results {
    fn from(out: Tensor) -> Results {
        Results {
            out,
            aux: smallvec![],
        }
    }
}

/// The device of all inputs, or an error that names two that differ.
#[inline(always)]
#[track_caller]
fn common_device<'a>(op: &Op, inputs: &[&'a Tensor]) -> Result<&'a Device> {
    op.expect_inputs(inputs.len())?;
    let device = inputs[0].device();
    for t in &inputs[1..] {
        if t.device() != device {
            return Err(different_devices(op, device, t.device()));
        }
    }
    Ok(device)
}

#[cold]
#[track_caller]
fn different_devices(op: &Op, one: &Device, other: &Device) -> Error {
    Error::device(format!(
        "{}: the tensors are on different devices, {one} and {other}; move one with to(&device)",
        op.name()
    ))
}
