//! Elementwise operations: `unary.wgsl`, `binary.wgsl`, `where.wgsl`, and the variants of the first two for any layout.
//!
//! If all operands are contiguous, a thread computes four elements. A function of a tensor and a number uses a unary kernel. An input that is
//! the same memory as the result, element by element, is read through the result's binding.

use super::dispatch::Dispatch;
use super::names;
use super::params::{LAUNCH, Number, params};
use super::split::{farthest, in_halves};
use super::temporary::Input;
use crate::engine::{Bound, FaultCode, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Loops, Split};
use rushlight_backend::{DType, Map, Result, Scalar, View};
use rushlight_shaders::{Compute, kernels};
use smallvec::SmallVec;

const WIDTH: u32 = 256;

/// What a kernel computes.
#[derive(Clone, Copy)]
struct Task {
    name: &'static str,
    /// The shader function and its arguments.
    function: (&'static str, &'static str),
    number: Option<Scalar>,
    compute: Compute,
    fault: Option<FaultCode>,
}

/// See [`rushlight_backend::Backend::map`].
pub(crate) fn map(
    gpu: &Gpu,
    f: Map,
    compute: DType,
    inputs: &[View<'_>],
    out: &View<'_>,
) -> Result<()> {
    if out.layout().numel() == 0 {
        return Ok(());
    }
    if f == Map::Copy && !inputs.iter().any(|x| x.storage().same(out.storage())) {
        gpu.renew(out)?;
    }
    // Before the call is split: one half may write what the other reads.
    let inputs = inputs.iter().enumerate().map(|(i, x)| {
        // The result's binding reads values, but no condition.
        let in_place = !(f == Map::Where && i == 0) && is_in_place(x, out);
        let apart = !x.storage().same(out.storage());
        Input::contiguous_unless(apart || in_place, gpu, x)
    });
    let inputs: SmallVec<[Input<'_>; 3]> = inputs.collect::<Result<_>>()?;
    let inputs: SmallVec<[View<'_>; 3]> = inputs.iter().map(Input::view).collect::<Result<_>>()?;
    let views: SmallVec<[View<'_>; 4]> = inputs.iter().chain([out]).copied().collect();
    if !views.iter().all(|v| gpu.fits(v))
        && let splits = (0..out.layout().shape().len()).map(Split::of_all)
        && let Some(split) = farthest(gpu, &views, splits)
    {
        return in_halves(split, &views, |_, views| match views {
            [inputs @ .., out] => map(gpu, f, compute, inputs, out),
            [] => Ok(()),
        });
    }
    if f == Map::Where {
        return choose(gpu, &inputs, out);
    }
    // A copy keeps every bit, of a NaN too.
    if f == Map::Copy && inputs[0].dtype() == out.dtype() {
        let dtype = bits(out.dtype());
        let (x, y) = (inputs[0].with_dtype(dtype)?, out.with_dtype(dtype)?);
        return run(gpu, &task(gpu, f, dtype, &[x], &y)?, &[x], &y);
    }
    let task = task(gpu, f, compute, &inputs, out)?;
    run(gpu, &task, &inputs, out)
}

/// The integers as wide as `dtype`, where shaders have them.
fn bits(dtype: DType) -> DType {
    match dtype {
        DType::F32 => DType::I32,
        DType::F16 | DType::BF16 => DType::I16,
        other => other,
    }
}

/// Whether each element of `x`, in the result's storage, has the position of the result's element.
fn is_in_place(x: &View<'_>, out: &View<'_>) -> bool {
    x.layout() == out.layout() && x.dtype() == out.dtype()
}

fn task(gpu: &Gpu, f: Map, compute: DType, inputs: &[View<'_>], out: &View<'_>) -> Result<Task> {
    let name = match f {
        Map::Copy => "copy",
        _ => f.name(),
    };
    let simple = f.simplified(inputs[0].dtype(), compute, out.dtype());
    let function = match simple {
        Map::Copy | Map::Where => ("T", "x"),
        Map::Unary(f) => (names::unary(f), "x"),
        Map::Binary(f) => (names::binary(f), "x, y"),
        Map::BinaryScalar(f, _) => (names::binary(f), "x, p.number"),
        Map::ScalarBinary(_, f) => (names::binary(f), "p.number, x"),
        Map::Compare(f) => (names::compare(f), "x, y"),
        Map::CompareScalar(f, _) => (names::compare(f), "x, p.number"),
    };
    let number = simple.number();
    let compute = computing_type(gpu, name, f, compute, number, inputs, out)?;
    let integers = matches!(compute, Compute::I32 | Compute::I64 | Compute::Pair);
    let fault = match f {
        Map::Binary(f) | Map::BinaryScalar(f, _) | Map::ScalarBinary(_, f)
            if integers && f.divides() =>
        {
            Some(FaultCode::ZeroDivision(f))
        }
        _ => None,
    };
    Ok(Task {
        name,
        function,
        number,
        compute,
        fault,
    })
}

fn computing_type(
    gpu: &Gpu,
    name: &'static str,
    f: Map,
    compute: DType,
    number: Option<Scalar>,
    inputs: &[View<'_>],
    out: &View<'_>,
) -> Result<Compute> {
    let capabilities = &gpu.capabilities;
    let dtypes = || inputs.iter().map(|x| x.dtype());
    // A conversion starts from what holds the input.
    if f == Map::Copy {
        return capabilities.natural(name, inputs[0].dtype());
    }
    let wide = number.is_some_and(|s| s.to_i64() != i64::from(s.to_i64() as i32));
    let of_number = wide.then_some(DType::I64);
    let result = (!f.is_test()).then_some(out.dtype());
    capabilities.arithmetic(
        name,
        compute.compute(),
        dtypes().chain(result).chain(of_number),
    )
}

/// Whether vectors of four elements from `x` on are its own: it is dense, begins at one, and what follows its end is padding.
fn is_vector(x: &Bound<'_>, view: &View<'_>, exact: bool) -> bool {
    let (count, size) = (view.layout().numel(), view.dtype().size());
    let ends = (view.layout().offset() + count) * size == view.storage().bytes();
    view.layout().is_contiguous()
        && x.offset.is_multiple_of(4)
        && (count.is_multiple_of(4) || ends && !exact)
}

fn run(gpu: &Gpu, task: &Task, inputs: &[View<'_>], out: &View<'_>) -> Result<()> {
    let y = gpu.bind(out)?;
    let bound: SmallVec<[Bound<'_>; 2]> =
        inputs.iter().map(|x| gpu.bind(x)).collect::<Result<_>>()?;
    // Padding may hold what would be a fault.
    let exact = task.fault.is_some();
    let vector = is_vector(&y, out, exact)
        && bound
            .iter()
            .zip(inputs)
            .all(|(b, x)| is_vector(b, x, exact));
    let count = out.layout().numel();
    let threads = if vector { count.div_ceil(4) } else { count };
    let number = Number(task.number.unwrap_or(Scalar::Int(0)), task.compute);
    let (kernel, params) = match (&bound[..], vector) {
        ([x], true) => (
            &kernels::UNARY,
            params! { launch: LAUNCH, number, count: threads, x: x.offset / 4, y: y.offset / 4 },
        ),
        ([x], false) => {
            let loops = Loops::new(&y.shape, [&x.strides, &y.strides]);
            let [x_strides, y_strides] = loops.strides;
            (
                &kernels::UNARY_STRIDED,
                params! {
                    launch: LAUNCH, number, count, x: x.offset, y: y.offset,
                    rank: loops.rank(), shape: loops.shape, x_strides, y_strides,
                },
            )
        }
        (inputs, true) => (
            &kernels::BINARY,
            params! { launch: LAUNCH, count: threads, a: inputs[0].offset / 4, b: inputs[1].offset / 4, y: y.offset / 4 },
        ),
        (inputs, false) => {
            let (a, b) = (&inputs[0], &inputs[1]);
            let loops = Loops::new(&y.shape, [&a.strides, &b.strides, &y.strides]);
            let [a_strides, b_strides, y_strides] = loops.strides;
            (
                &kernels::BINARY_STRIDED,
                params! {
                    launch: LAUNCH, count, a: a.offset, b: b.offset, y: y.offset,
                    rank: loops.rank(), shape: loops.shape, a_strides, b_strides, y_strides,
                },
            )
        }
    };
    let names: &[&'static str] = if bound.len() == 1 {
        &["x"]
    } else {
        &["a", "b"]
    };
    let mut dispatch = Dispatch::new(gpu, task.name, kernel, task.compute)
        .with(|v| v.function(task.function.0, task.function.1))
        .constant("WIDTH", WIDTH);
    if let Some(code) = task.fault {
        dispatch = dispatch.fault(code);
    }
    for (name, x) in names.iter().zip(&bound) {
        dispatch = dispatch.input(name, x, ("y", &y))?;
    }
    dispatch
        .tensor("y", &y)?
        .run(params, Grid::threads(threads, WIDTH))
}

/// `where`: condition, value where true, value where false.
fn choose(gpu: &Gpu, inputs: &[View<'_>], out: &View<'_>) -> Result<()> {
    let [condition, yes, no] = inputs else {
        return Ok(());
    };
    let name = "where";
    // Values pass through the type of the result, which holds them all.
    let compute = gpu.capabilities.natural(name, out.dtype())?;
    let y = gpu.bind(out)?;
    let (c, a, b) = (gpu.bind(condition)?, gpu.bind(yes)?, gpu.bind(no)?);
    let count = out.layout().numel();
    let loops = Loops::new(&y.shape, [&c.strides, &a.strides, &b.strides, &y.strides]);
    let [c_strides, a_strides, b_strides, y_strides] = loops.strides;
    Dispatch::new(gpu, name, &kernels::WHERE, compute)
        .constant("WIDTH", WIDTH)
        .binding(&c)
        .input("a", &a, ("y", &y))?
        .input("b", &b, ("y", &y))?
        .tensor("y", &y)?
        .run(
            params! {
                count, c: c.offset, a: a.offset, b: b.offset, y: y.offset,
                rank: loops.rank(), shape: loops.shape, c_strides, a_strides, b_strides, y_strides,
            },
            Grid::threads(count, WIDTH),
        )
}
