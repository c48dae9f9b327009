//! Whether what a backend was handed belongs together, one function for each method of [`crate::Backend`].
//!
//! [`Op::infer`] says what fits and why not; here the same rules meet tensors that exist already. A [`View`] proves that it lies inside its
//! storage, these functions that the views of one call fit each other, so that a kernel which walks one of them with the sizes of another
//! stays inside all of them. Backends whose kernels are unsafe call them first in every method: then no safe program makes them read
//! or write elsewhere.
//!
//! Outputs must not overlap each other or themselves, since threads write them in parts. An input may overlap an output in any way;
//! kernels that cannot bear it copy that input first.

mod window;

use crate::op::{Axes, IndexOp, Op};
use crate::{
    Arg, DType, Dims, Error, Fused, Linalg, Map, OptimizerStep, Output, Reduce, Result, Scan,
    ScatterMode, StepViews, Storage, TensorType, View,
};
use smallvec::SmallVec;

pub use window::{conv, pool};

type Types = SmallVec<[TensorType; 4]>;

fn type_of(view: &View<'_>) -> TensorType {
    TensorType {
        shape: *view.layout().shape(),
        dtype: view.dtype(),
    }
}

fn types(views: &[View<'_>]) -> Types {
    views.iter().map(type_of).collect()
}

/// An error unless `len` bytes from byte `offset` on lie inside `storage`.
#[inline]
#[track_caller]
pub fn range(storage: &Storage, offset: usize, len: usize) -> Result<()> {
    if offset
        .checked_add(len)
        .is_some_and(|end| end <= storage.bytes())
    {
        return Ok(());
    }
    Err(Error::value(format!(
        "{len} bytes from byte {offset} on reach beyond a storage of {} bytes",
        storage.bytes()
    )))
}

/// An error unless each element of `out` has a place of its own.
#[inline]
#[track_caller]
fn writable(name: &str, out: &View<'_>) -> Result<()> {
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
fn result(name: &str, expected: &TensorType, out: &View<'_>) -> Result<()> {
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
fn results(name: &str, expected: &[TensorType], outs: &[Output<'_>]) -> Result<()> {
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
fn apart<'a>(name: &str, out: &View<'_>, mut others: impl Iterator<Item = View<'a>>) -> Result<()> {
    if others.any(|other| out.overlaps(&other)) {
        return Err(Error::value(format!(
            "{name}: two tensors written to share memory"
        )));
    }
    Ok(())
}

/// For [`crate::Backend::fill`].
#[inline]
#[track_caller]
pub fn fill(out: &Output<'_>) -> Result<()> {
    writable("fill_", &out.view())
}

/// For [`crate::Backend::map`].
#[inline]
#[track_caller]
pub fn map(f: Map, compute: DType, inputs: &[View<'_>], out: &Output<'_>) -> Result<()> {
    let out = out.view();
    let shape = out.layout().shape();
    let fits = inputs.len() == f.arity()
        && inputs.iter().all(|x| x.layout().shape() == shape)
        && compute == compute.compute()
        && (f != Map::Where || inputs[0].dtype() == DType::Bool);
    if !fits {
        return Err(unfit_map(f, compute, inputs, &out));
    }
    writable("map", &out)
}

#[cold]
#[track_caller]
fn unfit_map(f: Map, compute: DType, inputs: &[View<'_>], out: &View<'_>) -> Error {
    let given = types(inputs);
    Error::value(format!(
        "map: {f:?} computing in {compute} takes {} inputs of the output's shape {:?} (and a condition of bool) and computes in float32, float64 or int64, got {given:?}",
        f.arity(),
        out.layout().shape()
    ))
}

/// For [`crate::Backend::reduce`].
#[track_caller]
pub fn reduce(f: Reduce, axes: Axes, x: &View<'_>, out: &Output<'_>) -> Result<()> {
    let keepdim = true;
    let expected = Op::Reduce { f, axes, keepdim }.infer(&[type_of(x)])?;
    result(f.name(), &expected, &out.view())
}

fn byte(name: &str, dim: usize) -> Result<u8> {
    u8::try_from(dim).map_err(|_| Error::index(format!("{name}: dimension {dim} is out of range")))
}

/// For [`crate::Backend::arg_reduce`].
#[track_caller]
pub fn arg_reduce(f: Arg, dim: usize, x: &View<'_>, out: &Output<'_>) -> Result<()> {
    let (dim, keepdim) = (byte(f.name(), dim)?, true);
    let expected = Op::Arg { f, dim, keepdim }.infer(&[type_of(x)])?;
    result(f.name(), &expected, &out.view())
}

/// For [`crate::Backend::scan`].
#[track_caller]
pub fn scan(f: Scan, dim: usize, x: &View<'_>, out: &Output<'_>) -> Result<()> {
    let dim = byte(f.name(), dim)?;
    let expected = Op::Scan { f, dim }.infer(&[type_of(x)])?;
    result(f.name(), &expected, &out.view())
}

/// For [`crate::Backend::argsort`].
#[track_caller]
pub fn argsort(dim: usize, x: &View<'_>, out: &Output<'_>) -> Result<()> {
    let dim = byte("argsort", dim)?;
    let descending = false;
    let expected = Op::Argsort { dim, descending }.infer(&[type_of(x)])?;
    result("argsort", &expected, &out.view())
}

/// For [`crate::Backend::matmul`]: as [`Op::MatMul`], but leading dimensions do not broadcast.
#[track_caller]
pub fn matmul(a: &View<'_>, b: &View<'_>, out: &Output<'_>) -> Result<()> {
    let expected = Op::MatMul.infer(&[type_of(a), type_of(b)])?;
    let batch = |v: &View<'_>| {
        let mut shape = *v.layout().shape();
        shape.truncate(shape.len().saturating_sub(2));
        shape
    };
    if batch(a) != batch(b) {
        return Err(Error::shape(format!(
            "matmul: leading dimensions differ: {:?} x {:?}",
            a.layout().shape(),
            b.layout().shape()
        )));
    }
    result("matmul", &expected, &out.view())
}

/// For [`crate::Backend::linalg`].
#[track_caller]
pub fn linalg(f: Linalg, inputs: &[View<'_>], outs: &[Output<'_>]) -> Result<()> {
    let first = Op::Linalg(f).infer(&types(inputs))?;
    let mut expected = Types::from_slice(&[first]);
    expected.extend(f.auxiliary(first));
    results(f.name(), &expected, outs)
}

/// For [`crate::Backend::gather`].
#[track_caller]
pub fn gather(f: IndexOp, x: &View<'_>, index: &View<'_>, out: &Output<'_>) -> Result<()> {
    let op = Op::Gather(f);
    let expected = op.infer(&[type_of(x), type_of(index)])?;
    result(op.name(), &expected, &out.view())
}

/// For [`crate::Backend::scatter`].
#[track_caller]
pub fn scatter(
    f: IndexOp,
    mode: ScatterMode,
    index: &View<'_>,
    src: &View<'_>,
    out: &Output<'_>,
) -> Result<()> {
    let op = Op::Scatter(f, mode);
    let out = out.view();
    op.infer(&[type_of(&out), type_of(index), type_of(src)])?;
    if let IndexOp::Gather { .. } = f
        && index.layout().shape() != src.layout().shape()
    {
        return Err(Error::shape(format!(
            "{}: expected a source as large as the index {:?}, got {:?}",
            op.name(),
            index.layout().shape(),
            src.layout().shape()
        )));
    }
    writable(op.name(), &out)
}

/// For [`crate::Backend::fused`].
#[track_caller]
pub fn fused(f: &Fused, inputs: &[View<'_>], outs: &[Output<'_>]) -> Result<()> {
    let types = types(inputs);
    let mut expected = Types::from_slice(&[f.infer(&types)?]);
    expected.extend(f.auxiliary(&types));
    results(f.name(), &expected, outs)
}

/// For [`crate::Backend::optimizer_step`].
#[track_caller]
pub fn optimizer_step(f: &OptimizerStep, group: &[StepViews<'_>]) -> Result<()> {
    group.iter().try_for_each(|t| step(f, t))
}

#[track_caller]
fn step(f: &OptimizerStep, t: &StepViews<'_>) -> Result<()> {
    let param = type_of(&t.param);
    let states = f.states(param.shape);
    if t.states.len() != states.len() {
        return Err(Error::value(format!(
            "{}: expected {} states for each parameter, got {}",
            f.name(),
            states.len(),
            t.states.len()
        )));
    }
    let expected = |shape: Dims| TensorType {
        shape,
        dtype: OptimizerStep::state_dtype(param.dtype),
    };
    let unfit = |what: &str, view: &View<'_>, right: TensorType| {
        Err(Error::shape(format!(
            "{}: the {what} of a parameter of {} {:?} must be {} {:?}, got {} {:?}",
            f.name(),
            param.dtype,
            param.shape,
            right.dtype,
            right.shape,
            view.dtype(),
            view.layout().shape()
        )))
    };
    if type_of(&t.grad) != param {
        return unfit("gradient", &t.grad, param);
    }
    writable(f.name(), &t.param)?;
    for (i, (state, shape)) in t.states.iter().zip(states).enumerate() {
        let right = expected(shape);
        if type_of(state) != right {
            return unfit("state", state, right);
        }
        writable(f.name(), state)?;
        let written = t.states[..i].iter().copied().chain([t.param]);
        apart(f.name(), state, written)?;
    }
    Ok(())
}
