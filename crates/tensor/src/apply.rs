//! The entry point of all operations: run an operation on the backend, then let autograd record it.

use crate::Tensor;
use crate::dispatch::{Results, run, run_if_fused, write};
use crate::history::{GradMeta, GradMode, Record, is_grad_enabled};
use rushlight_backend::{Error, Fused, Op, Result, Saved};
use smallvec::SmallVec;
use std::panic::Location;
use std::sync::Arc;

/// Carries out `op` and records it for the backward pass.
///
/// All operations call this function, [`apply_with_aux`] or [`apply_in_place`], except for views and transfers, whose constructors record in the
/// same way.
///
/// Not inlined, because the code down to the backend would be compiled again for every operation that a program calls.
#[inline(never)]
#[track_caller]
pub fn apply(op: Op, inputs: &[&Tensor]) -> Result<Tensor> {
    let Results { mut out, aux } = run(&op, inputs)?;
    track(|| op, inputs, &mut out, &aux)?;
    Ok(out)
}

/// [`apply`] for operations with more than one result: the positions of a maximum pooling, the statistics of a norm.
#[track_caller]
pub fn apply_with_aux(op: Op, inputs: &[&Tensor]) -> Result<(Tensor, SmallVec<[Tensor; 2]>)> {
    let Results { mut out, aux } = run(&op, inputs)?;
    track(|| op, inputs, &mut out, &aux)?;
    Ok((out, aux))
}

/// [`apply`] for a fused operation if the device has a kernel for it, else `None`. For callers that can compose the operation themselves.
#[track_caller]
pub fn apply_if_fused(f: Fused, inputs: &[&Tensor]) -> Result<Option<Tensor>> {
    let op = Op::Fused(Arc::new(f));
    let Some(Results { mut out, aux }) = run_if_fused(&op, inputs)? else {
        return Ok(None);
    };
    track(|| op, inputs, &mut out, &aux)?;
    Ok(Some(out))
}

/// Lets autograd record how `out` was computed, if an input has history.
#[inline]
#[track_caller]
pub(crate) fn track(
    op: impl FnOnce() -> Op,
    inputs: &[&Tensor],
    out: &mut Tensor,
    aux: &[Tensor],
) -> Result<()> {
    if is_grad_enabled() && inputs.iter().any(|t| t.may_have_meta()) {
        record(op(), inputs, out, aux, Location::caller())?;
    }
    Ok(())
}

type Metas = SmallVec<[Option<Arc<dyn GradMeta>>; 4]>;

#[inline(never)]
fn record(
    op: Op,
    inputs: &[&Tensor],
    out: &mut Tensor,
    aux: &[Tensor],
    at: &'static Location<'static>,
) -> Result<()> {
    // Pushed one by one, which takes less than half of the time of collecting them.
    let mut metas = Metas::new();
    for t in inputs {
        metas.push(t.meta());
    }
    let Some(recorder) = metas.iter().flatten().next().map(|m| m.recorder()) else {
        return Ok(());
    };
    let record = Record {
        op,
        inputs,
        metas: &mut metas,
        out,
        aux,
        original: None,
        in_place: false,
        at,
    };
    if let Some(meta) = recorder(record)? {
        out.init_meta(meta);
    }
    Ok(())
}

/// Carries out `op` on `inputs` and writes the result over `dst`, for every handle and view of that memory.
///
/// `inputs[0]` is `dst` itself, except for [`Map::Copy`](rushlight_backend::Map::Copy), where it is the source.
/// Inputs broadcast to `dst`, never the other way; the result is converted to `dst`'s dtype, which must not be of a lower category.
#[track_caller]
pub fn apply_in_place(op: Op, dst: &Tensor, inputs: &[&Tensor]) -> Result<()> {
    op.expect_inputs(inputs.len())?;
    if dst.layout().overlaps_itself() {
        return Err(Error::value(format!(
            "{}: several elements of the tensor written to share a memory location; copy() it first",
            op.name()
        )));
    }
    if !is_grad_enabled() || !(dst.may_have_meta() || inputs.iter().any(|t| t.may_have_meta())) {
        return write(&op, dst, inputs);
    }
    let at = Location::caller();
    // A view created without recording has no history, but its base may have one.
    let held = dst.meta().or_else(|| dst.base().and_then(Tensor::meta));
    if let Some(meta) = &held
        && let Err(e) = meta.before_write(dst)
    {
        return Err(e.here());
    }
    let mut metas: Metas = inputs.iter().map(|t| t.meta()).collect();
    let recorder = held
        .iter()
        .chain(metas.iter().flatten())
        .next()
        .map(|m| m.recorder());
    let Some(recorder) = recorder else {
        return write(&op, dst, inputs);
    };
    let reads_old = op.saves_of(dst.dtype()).contains(&Saved::In(0)) && inputs[0].is(dst);
    let original = if reads_old {
        let _off = GradMode::set(false);
        Some(dst.copy()?)
    } else {
        None
    };
    write(&op, dst, inputs)?;
    let original = original.as_ref();
    recorder(Record {
        op,
        inputs,
        metas: &mut metas,
        out: dst,
        aux: &[],
        original,
        in_place: true,
        at,
    })?;
    Ok(())
}
