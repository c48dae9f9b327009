//! A checked call of a backend: a plan with its tensors.

use crate::{DType, Dims, Error, Output, Outputs, Result, TensorType, View};
use smallvec::SmallVec;

/// A plan and its tensors, which are checked to fit the plan and each other.
///
/// Kernels index one tensor with the sizes of another; a `Planned` proves that all indices are in bounds. Only the functions of this module
/// create one, and its tensors cannot be replaced: [`Planned::into_parts`] returns the parts without the proof. So a backend can pass a call to
/// another backend, but not modify it.
///
/// Inputs are borrowed and outputs owned, so that creating one allocates nothing and no one else can reach the memory of an [`Output::fresh`].
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
        let outs = Outputs::from(out);
        Planned { plan, inputs, outs }
    }

    /// The plan.
    #[inline]
    pub fn plan(&self) -> &P {
        &self.plan
    }

    /// The inputs.
    #[inline]
    pub fn inputs(&self) -> &'a [View<'a>] {
        self.inputs
    }

    /// The outputs as views, while no kernel writes them.
    #[inline]
    pub fn outs(&self) -> impl Iterator<Item = View<'_>> {
        self.outs.views()
    }

    /// Whether all outputs are empty, so that there is nothing to compute.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.outs().all(|out| out.layout().numel() == 0)
    }

    /// Plan, inputs and outputs, without the proof that they fit.
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

/// Returns an error if two elements of `out` share memory.
#[inline]
#[track_caller]
pub(super) fn writable(name: &str, out: &View<'_>) -> Result<()> {
    if out.layout().overlaps_itself() {
        return Err(Error::value(format!(
            "{name}: several elements of the tensor written to share a memory location, with shape {:?} and strides {:?}",
            out.layout().shape(),
            out.layout().strides()
        )));
    }
    Ok(())
}

/// Returns an error unless `out` has the shape and dtype of the operation's result.
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

/// Returns an error unless the outputs have the expected shapes and dtypes and do not share memory.
#[track_caller]
pub(super) fn results(name: &str, expected: &[TensorType], outs: &Outputs<'_>) -> Result<()> {
    if expected.len() != outs.len() {
        return Err(Error::value(format!(
            "{name}: expected {} outputs, got {}",
            expected.len(),
            outs.len()
        )));
    }
    for (i, (expected, out)) in expected.iter().zip(outs.views()).enumerate() {
        result(name, expected, &out)?;
        apart(name, &out, outs.views().take(i))?;
    }
    Ok(())
}

/// Returns an error if `out` overlaps one of `others`, which are outputs as well.
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
