//! A call that was checked: a plan with the tensors that it was made for.

use crate::{DType, Dims, Error, Output, Outputs, Result, TensorType, View};
use smallvec::SmallVec;

/// A plan and the tensors that it was made for, which were found to fit it and each other.
///
/// Kernels walk one tensor with the sizes of another; a `Planned` is the proof that they stay inside all of them. Only the functions of
/// this module make one, and no tensor in it can be exchanged for another: whoever wants the parts has them through
/// [`Planned::into_parts`], and the proof is gone. A backend may thus hand a call on to another backend, but not change it.
///
/// Inputs are borrowed and outputs owned, so that making one allocates nothing and the memory of an [`Output::fresh`] stays unreachable for others.
#[derive(Debug)]
pub struct Planned<'a, P> {
    plan: P,
    inputs: &'a [View<'a>],
    outs: Outputs<'a>,
}

impl<'a, P> Planned<'a, P> {
    /// The caller, a plan's constructor, has checked that everything fits.
    #[inline]
    pub(super) fn proven(plan: P, inputs: &'a [View<'a>], outs: Outputs<'a>) -> Planned<'a, P> {
        Planned { plan, inputs, outs }
    }

    /// As [`Planned::proven`], with a single output.
    #[inline]
    pub(super) fn one(plan: P, inputs: &'a [View<'a>], out: Output<'a>) -> Planned<'a, P> {
        let mut outs = Outputs::new();
        outs.push(out);
        Planned { plan, inputs, outs }
    }

    /// What is to be done.
    #[inline]
    pub fn plan(&self) -> &P {
        &self.plan
    }

    /// The tensors that are read.
    #[inline]
    pub fn inputs(&self) -> &'a [View<'a>] {
        self.inputs
    }

    /// The tensors that are written, as views, for as long as no kernel writes them.
    #[inline]
    pub fn outs(&self) -> impl ExactSizeIterator<Item = View<'_>> {
        self.outs.iter().map(Output::view)
    }

    /// Whether there is nothing to write, because no output has an element.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.outs().all(|out| out.layout().numel() == 0)
    }

    /// Plan, inputs and outputs, which prove nothing any more.
    #[inline]
    pub fn into_parts(self) -> (P, &'a [View<'a>], Outputs<'a>) {
        (self.plan, self.inputs, self.outs)
    }
}

pub(super) type Types = SmallVec<[TensorType; 4]>;

pub(super) fn type_of(view: &View<'_>) -> TensorType {
    TensorType {
        shape: *view.layout().shape(),
        dtype: view.dtype(),
    }
}

pub(super) fn types(views: &[View<'_>]) -> Types {
    views.iter().map(type_of).collect()
}

/// An error unless each element of `out` has a place of its own.
#[inline]
#[track_caller]
pub(super) fn writable(name: &str, out: &View<'_>) -> Result<()> {
    if out.layout().overlaps_itself() {
        return Err(Error::value(format!(
            "{name}: several elements of the tensor written to share one place in memory, with shape {:?} and strides {:?}",
            out.layout().shape(),
            out.layout().strides()
        )));
    }
    Ok(())
}

/// An error unless `out` is what an operation's result must be.
#[track_caller]
pub(super) fn result(name: &str, expected: &TensorType, out: &View<'_>) -> Result<()> {
    if *expected == type_of(out) {
        return writable(name, out);
    }
    Err(Error::shape(format!(
        "{name}: the result is {} {:?}, but the output {} {:?}",
        expected.dtype,
        expected.shape,
        out.dtype(),
        out.layout().shape()
    )))
}

/// An error unless the outputs are the results expected, in memory that no two share.
#[track_caller]
pub(super) fn results(name: &str, expected: &[TensorType], outs: &[Output<'_>]) -> Result<()> {
    if expected.len() != outs.len() {
        return Err(Error::value(format!(
            "{name}: expected {} outputs, got {}",
            expected.len(),
            outs.len()
        )));
    }
    for (i, (expected, out)) in expected.iter().zip(outs).enumerate() {
        result(name, expected, &out.view())?;
        apart(name, &out.view(), outs[..i].iter().map(Output::view))?;
    }
    Ok(())
}

/// An error if `out` overlaps one of `others`, which are written too.
#[track_caller]
pub(super) fn apart<'a>(
    name: &str,
    out: &View<'_>,
    mut others: impl Iterator<Item = View<'a>>,
) -> Result<()> {
    if others.any(|other| out.overlaps(&other)) {
        return Err(Error::value(format!(
            "{name}: two tensors written to share memory"
        )));
    }
    Ok(())
}

/// The type of a tensor of `shape` and `dtype`.
pub(super) fn tensor_type(shape: Dims, dtype: DType) -> TensorType {
    TensorType { shape, dtype }
}
