//! Reductions: `reduce.wgsl` over any layout, `reduce_vectors.wgsl` in vectors of four.
//!
//! Long rows are split into parts, each reduced by a workgroup; another pass reduces the parts' results, which are of the computing type.
//! Parts and trees follow from the sizes alone, so a sum has the same bits every time.

mod loops;

pub(crate) use loops::Share;

use super::dispatch::Dispatch;
use super::fill::fill;
use super::map::map;
use super::params::{Number, params};
use super::split::{farthest, in_halves};
use super::temporary::Temporary;
use super::workgroup::WorkgroupShape;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use loops::{by_columns, column_vectors, of_parts, row_vectors};
use rushlight_backend::plan::{ReduceLoops, ReducePlan};
use rushlight_backend::{
    Axes, Compare, DType, Dims, Done, Error, Map, Reduce, Result, Scalar, View,
};
use rushlight_shaders::{Compute, Variant, kernels};

/// What is computed, in which type.
#[derive(Clone, Copy)]
struct Reduction {
    name: &'static str,
    compute: Compute,
    /// The shader function that combines two partial results.
    combine: &'static str,
    /// The shader function that maps an element to a partial result, and its arguments.
    map: (&'static str, &'static str),
    /// The result for zero elements.
    identity: Scalar,
    finish: Finish,
}

/// How a sum becomes the result. Where a sum has left the range of its type, its terms are added again, times a power of two.
#[derive(Clone, Copy, PartialEq)]
enum Finish {
    /// It is the result: integers, extremes and products.
    None,
    /// A sum, divided by this.
    Sum(f64),
    /// The root of a sum of squares that is divided by this.
    Root(f64),
}

impl Finish {
    fn divisor(self) -> Scalar {
        match self {
            Finish::None => Scalar::Int(0),
            Finish::Sum(divisor) | Finish::Root(divisor) => Scalar::Float(divisor),
        }
    }

    /// The last step of parts of at most `count` elements, and that of the sum of the parts.
    ///
    /// Parts of a mean are divided by a power of two, which loses nothing, so that they stay in range as the mean does. Those of a norm are
    /// norms, and those of a root of mean squares are such roots.
    fn in_parts(self, count: usize) -> (Finish, Finish) {
        match self {
            Finish::Sum(divisor) if divisor != 1.0 => {
                let unit = count.next_power_of_two() as f64;
                (Finish::Sum(unit), Finish::Sum(divisor / unit))
            }
            Finish::Root(divisor) if divisor != 1.0 => {
                let unit = count.next_power_of_two() as f64;
                (Finish::Root(unit), Finish::Root(divisor / unit))
            }
            _ => (self, self),
        }
    }
}

impl Reduction {
    /// The variant with the functions of this reduction.
    fn functions(&self, variant: Variant) -> Variant {
        let variant = variant.function(self.map.0, self.map.1);
        let variant = match is_scaled(self.combine, self.compute) {
            true => scaled_product(variant),
            false => variant.swap("op_add", self.combine),
        };
        match self.finish {
            Finish::None => variant,
            Finish::Sum(_) => variant
                .swap("no_shift", "sum_shift")
                .swap("as_is", "sum_result"),
            Finish::Root(_) => variant
                .swap("no_shift", "square_shift")
                .swap("as_is", "root_result"),
        }
    }
}

/// See [`rushlight_backend::Backend::reduce`].
pub(crate) fn reduce(
    gpu: &Gpu,
    &ReducePlan { f, axes, loops }: &ReducePlan,
    x: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let count = loops.count;
    if loops.outputs == 0 {
        return Ok(());
    }
    if count == 0 {
        return fill(gpu, of_nothing(f), out);
    }
    if count == 1 {
        // Of one element the result is that element.
        let f = match f {
            Reduce::Any | Reduce::All => Map::CompareScalar(Compare::Ne, Scalar::Int(0)),
            _ => Map::Copy,
        };
        return map(gpu, f, x.dtype().compute(), &[*x], out);
    }
    if x.layout().numel() > u32::MAX as usize {
        return Err(Error::unsupported(format!(
            "{}: {} elements in one reduction are too many for this GPU; reduce parts of the tensor",
            f.name(),
            x.layout().numel()
        )));
    }
    let reduction = reduction(gpu, f, count, x, out)?;
    if gpu.fits(x) && gpu.fits(out) {
        return run(gpu, &reduction, &loops, gpu.bind(x)?, gpu.bind(out)?);
    }
    split(gpu, &reduction, axes, x, out)
}

/// The sum of floats along `axes`, into any float dtype, for the operation `name`.
pub(crate) fn sum(
    gpu: &Gpu,
    name: &'static str,
    axes: Axes,
    x: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let reduction = Reduction {
        name,
        compute: gpu.capabilities.natural(name, x.dtype())?,
        combine: "op_add",
        map: ("T", "x"),
        identity: Scalar::Int(0),
        finish: Finish::Sum(1.0),
    };
    split(gpu, &reduction, axes, x, out)
}

/// The root of the sum of squares along `axes`, or of their mean.
pub(crate) fn length(
    gpu: &Gpu,
    axes: Axes,
    mean: bool,
    x: &View<'_>,
    out: &View<'_>,
) -> Result<Done> {
    let count = reduced_count(axes, x);
    let fits = x.layout().numel() <= u32::MAX as usize;
    if !fits || count == 0 || out.layout().numel() == 0 {
        return Ok(Done::Compose);
    }
    let reduction = Reduction {
        name: "norm",
        compute: gpu.capabilities.natural("norm", x.dtype())?,
        combine: "op_add",
        map: ("op_square", "x"),
        identity: Scalar::Int(0),
        finish: Finish::Root(if mean { count as f64 } else { 1.0 }),
    };
    split(gpu, &reduction, axes, x, out)?;
    Ok(Done::Yes)
}

fn of_nothing(f: Reduce) -> Scalar {
    match f {
        Reduce::Prod => Scalar::Int(1),
        Reduce::Mean => Scalar::Float(f64::NAN),
        Reduce::All => Scalar::Bool(true),
        Reduce::Any => Scalar::Bool(false),
        _ => Scalar::Int(0),
    }
}

fn reduction(
    gpu: &Gpu,
    f: Reduce,
    count: usize,
    x: &View<'_>,
    out: &View<'_>,
) -> Result<Reduction> {
    let name = f.name();
    let capabilities = &gpu.capabilities;
    let compute = match f {
        Reduce::Sum | Reduce::Mean | Reduce::Prod if out.dtype().is_float() => {
            capabilities.natural(name, out.dtype())?
        }
        Reduce::Sum if short_sum(x.dtype(), count) => Compute::I32,
        Reduce::Prod if x.dtype() == DType::Bool => Compute::I32,
        Reduce::Sum | Reduce::Prod | Reduce::Mean => {
            capabilities.arithmetic(name, DType::I64, [out.dtype()])?
        }
        Reduce::Max | Reduce::Min | Reduce::Any | Reduce::All => {
            capabilities.natural(name, x.dtype())?
        }
    };
    let (lowest, highest) = bounds(compute);
    let (combine, identity) = match f {
        Reduce::Sum | Reduce::Mean => ("op_add", Scalar::Int(0)),
        Reduce::Prod => ("op_mul", Scalar::Int(1)),
        Reduce::Max => ("op_maximum", lowest),
        Reduce::Min => ("op_minimum", highest),
        Reduce::Any => ("op_maximum", Scalar::Int(0)),
        Reduce::All => ("op_minimum", Scalar::Int(1)),
    };
    let mapped = match f {
        Reduce::Any | Reduce::All => ("op_ne", "x, T(0)"),
        _ => ("T", "x"),
    };
    let finish = match f {
        Reduce::Mean => Finish::Sum(count as f64),
        Reduce::Sum if out.dtype().is_float() => Finish::Sum(1.0),
        _ => Finish::None,
    };
    Ok(Reduction {
        name,
        compute,
        combine,
        map: mapped,
        identity,
        finish,
    })
}

/// Whether partial results carry exponents of their own: those of a product of floats, so that no order makes them overflow or underflow.
pub(crate) fn is_scaled(combine: &str, compute: Compute) -> bool {
    combine == "op_mul" && matches!(compute, Compute::F32 | Compute::F64)
}

/// Has a kernel that adds multiply floats instead, each partial result with an exponent of its own.
pub(crate) fn scaled_product(variant: Variant) -> Variant {
    variant
        .alias("Total", "Scaled")
        .swap("op_add", "scaled_product")
        .swap("to_total", "scaled_of")
        .swap("of_total", "unscaled")
}

/// Whether the sum of `count` numbers of `dtype` fits 32 bits, whatever they are.
pub(crate) fn short_sum(dtype: DType, count: usize) -> bool {
    let largest = match dtype {
        DType::Bool => 1,
        DType::U8 => 255,
        DType::I8 => 128,
        DType::I16 => 32_768,
        DType::I32 => 1 << 31,
        _ => return false,
    };
    count as u64 * largest <= i32::MAX as u64 || count == 1
}

/// The smallest and the largest number of a computing type.
pub(crate) fn bounds(compute: Compute) -> (Scalar, Scalar) {
    match compute {
        Compute::F32 | Compute::F64 => (
            Scalar::Float(f64::NEG_INFINITY),
            Scalar::Float(f64::INFINITY),
        ),
        Compute::I32 => (Scalar::Int(i32::MIN.into()), Scalar::Int(i32::MAX.into())),
        Compute::I64 | Compute::Pair => (Scalar::Int(i64::MIN), Scalar::Int(i64::MAX)),
    }
}

/// The dtype that holds what a kernel has computed.
pub(crate) const fn dtype_of(compute: Compute) -> DType {
    match compute {
        Compute::F32 => DType::F32,
        Compute::F64 => DType::F64,
        Compute::I32 => DType::I32,
        Compute::I64 | Compute::Pair => DType::I64,
    }
}

/// The number of elements of each result.
fn reduced_count(axes: Axes, x: &View<'_>) -> usize {
    let shape = x.layout().shape();
    axes.iter().filter_map(|d| shape.get(d)).product()
}

/// Splits tensors that are too large for one binding.
fn split(gpu: &Gpu, reduction: &Reduction, axes: Axes, x: &View<'_>, out: &View<'_>) -> Result<()> {
    if gpu.fits(x) && gpu.fits(out) {
        let plan = ReduceLoops::new(axes, x.layout(), out.layout());
        return run(gpu, reduction, &plan, gpu.bind(x)?, gpu.bind(out)?);
    }
    let (shape, views) = (x.layout().shape(), [*x, *out]);
    let splits = || ReducePlan::splits(axes, shape.len());
    let between_results = splits().filter(|split| split.dim(1).is_some());
    // Two halves of a sum need room for two results of each output.
    let dtype = dtype_of(reduction.compute);
    let pairs = 2 * out.layout().numel() * dtype.size();
    let best = match gpu.binds_bytes(pairs) {
        true => None,
        false => farthest(gpu, &views, between_results),
    };
    let Some(best) = best.or_else(|| farthest(gpu, &views, splits())) else {
        let plan = ReduceLoops::new(axes, x.layout(), out.layout());
        return run(gpu, reduction, &plan, gpu.bind(x)?, gpu.bind(out)?);
    };
    let (Some(dim), None) = (best.dim(0), best.dim(1)) else {
        return in_halves(best, &views, |_, views| {
            split(gpu, reduction, axes, &views[0], &views[1])
        });
    };
    let mut two: Dims = *out.layout().shape();
    two[dim] = 2;
    let halves = Temporary::new(gpu, two, dtype)?;
    let halves = halves.view()?;
    let (part, whole) = in_parts(reduction, reduced_count(axes, x));
    in_halves(best, &[*x], |i, inputs| {
        let to = halves.layout().slice(dim, i, 1, 1);
        split(gpu, &part, axes, &inputs[0], &halves.with_layout(&to)?)
    })?;
    split(gpu, &whole, Axes::one(dim), &halves, out)
}

/// The reduction for parts of at most `count` elements, and the one that goes on from their results.
fn in_parts(reduction: &Reduction, count: usize) -> (Reduction, Reduction) {
    let (part, whole) = reduction.finish.in_parts(count);
    let mapped = match whole {
        Finish::Root(_) => reduction.map,
        _ => ("T", "x"),
    };
    (
        Reduction {
            finish: part,
            ..*reduction
        },
        Reduction {
            finish: whole,
            map: mapped,
            ..*reduction
        },
    )
}

fn run(
    gpu: &Gpu,
    reduction: &Reduction,
    plan: &ReduceLoops,
    x: Bound<'_>,
    y: Bound<'_>,
) -> Result<()> {
    let offset = x.offset as usize;
    let columns = by_columns(plan);
    let scaled = is_scaled(reduction.combine, reduction.compute);
    let vectors = match columns {
        // Vectors hold numbers of WGSL's own types.
        _ if scaled || reduction.compute == Compute::Pair => None,
        true => column_vectors(plan, offset),
        false => row_vectors(plan, offset).map(|v| (v, 0)),
    };
    let vector = vectors.is_some();
    let kernel = match vector {
        true => &kernels::REDUCE_VECTORS,
        false => &kernels::REDUCE,
    };
    let (loops, y_step) = vectors.unwrap_or((*plan, 0));
    let steps = loops.reduced.shape.numel();
    // Parts are short enough for any driver.
    let workgroup = WorkgroupShape::of(gpu, if scaled { steps } else { 1 });
    let share = match scaled {
        // Memory between two passes has no room for exponents.
        true => Share::whole(workgroup, loops.outputs, steps, columns),
        false => Share::new(workgroup, loops.outputs, steps, columns),
    };
    let launch = |reduction: &Reduction,
                  loops: &ReduceLoops,
                  y: Bound<'_>,
                  y_part: usize,
                  y_step: usize| {
        let (kept, reduced) = (&loops.kept, &loops.reduced);
        let params = params! {
            identity: Number(reduction.identity, reduction.compute), divisor: Number(reduction.finish.divisor(), reduction.compute),
            outputs: loops.outputs, count: plan.count, chunk: share.chunk, parts: share.parts,
            rows_per_group: share.rows_per_group, threads_per_row: share.threads_per_row, columns: share.columns, rescale: reduction.finish != Finish::None,
            x: if vector { offset / 4 } else { offset }, y: y.offset, y_part, y_step,
            kept_rank: kept.rank(), kept_shape: kept.shape, kept_x: kept.strides[0], kept_y: kept.strides[1],
            reduced_rank: reduced.rank(), reduced_shape: reduced.shape, reduced_x: reduced.strides[0],
        };
        Dispatch::new(gpu, reduction.name, kernel, reduction.compute)
            .with(|v| reduction.functions(v))
            .constant("WIDTH", workgroup.width())
            .tensors([("x", &x), ("y", &y)])?
            .run(params, Grid::groups(share.groups(loops.outputs)))
    };
    if share.parts == 1 {
        return launch(reduction, &loops, y, 0, y_step);
    }
    let shape = Dims::from([plan.outputs * share.parts]);
    let dtype = dtype_of(reduction.compute);
    let partial = Temporary::new(gpu, shape, dtype)?;
    let partial = partial.bind(gpu)?;
    let (step, part) = share.partial(plan.outputs);
    let mut to_partial = loops;
    let width = if vector && columns { 4 } else { 1 };
    let dense = to_partial.kept.shape.contiguous_strides();
    to_partial.kept.strides[1] = dense.iter().map(|s| s * step * width).collect();
    let (first, rest) = in_parts(reduction, plan.count.div_ceil(share.parts) + 4);
    launch(&first, &to_partial, partial, part, step)?;
    run(gpu, &rest, &of_parts(plan, &share), partial, y)
}
