//! Cumulative operations: `scan.wgsl`, and `scan_extreme.wgsl` for the positions of cumulative maxima and minima.
//!
//! Floats are accumulated in `f64` where the adapter has it, as on the CPU.

use super::dispatch::Dispatch;
use super::fold::WorkgroupShape;
use super::lines::lanes;
use super::params::{Number, params};
use super::reduce::{dtype_of, is_scaled, scaled_product, short_sum};
use super::wide::{is_narrow, widened};
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Rows, halves_between_rows};
use rushlight_backend::{DType, Dims, Error, Layout, Result, Scalar, Scan, View};
use rushlight_shaders::{Compute, kernels};

/// Elements that a thread runs over in a tile.
const EACH: usize = 8;
/// Tiles that a part of a line has at least.
const TILES: usize = 2;

/// What is accumulated, in which type.
#[derive(Clone, Copy)]
struct Accumulation {
    name: &'static str,
    compute: Compute,
    /// The shader function that joins two partial results.
    join: &'static str,
    /// The result of no element.
    identity: Scalar,
}

/// See [`rushlight_backend::Backend::scan`].
pub(crate) fn scan(gpu: &Gpu, f: Scan, dim: usize, x: &View<'_>, out: &View<'_>) -> Result<()> {
    let name = f.name();
    if out.layout().numel() == 0 {
        return Ok(());
    }
    let narrow = is_narrow(out.dtype());
    let wide = x.layout().numel() as u64 * 4 < gpu.capabilities.binding;
    if (!gpu.fits(x) || !gpu.fits(out) || narrow && !wide)
        && let Some(parts) = halves_between_rows(dim, x.layout(), out.layout())
    {
        return parts.iter().try_for_each(|[from, to]| {
            let x = x.with_layout(from)?;
            scan(gpu, f, dim, &x, &out.with_layout(to)?)
        });
    }
    if x.layout().numel() > i32::MAX as usize {
        return Err(Error::unsupported(format!(
            "{name}: {} elements are too many for this GPU; work on parts of the tensor",
            x.layout().numel()
        )));
    }
    if narrow {
        return widened(gpu, DType::F32, out, |wide| into(gpu, f, dim, x, wide));
    }
    into(gpu, f, dim, x, out)
}

/// The same with all checks done.
fn into(gpu: &Gpu, f: Scan, dim: usize, x: &View<'_>, out: &View<'_>) -> Result<()> {
    let lines = Rows::along(dim, [x.layout(), out.layout()]);
    let (x, y) = (gpu.bind(x)?, gpu.bind(out)?);
    if matches!(f, Scan::ArgMax | Scan::ArgMin) {
        if WorkgroupShape::is_overrun(gpu, lines.len) {
            return Err(Error::unsupported(format!(
                "{}: {} elements in one line are too many for this GPU; compute on the CPU",
                f.name(),
                lines.len
            )));
        }
        return extreme(gpu, f, &lines, x, y);
    }
    let accumulation = accumulation(gpu, f, lines.len, &x, &y)?;
    run(gpu, &accumulation, &lines, x, y)
}

fn accumulation(
    gpu: &Gpu,
    f: Scan,
    len: usize,
    x: &Bound<'_>,
    y: &Bound<'_>,
) -> Result<Accumulation> {
    let (name, capabilities) = (f.name(), &gpu.capabilities);
    let compute = match f {
        _ if y.dtype.is_float() && capabilities.f64 => Compute::F64,
        _ if y.dtype.is_float() => capabilities.natural(name, y.dtype)?,
        Scan::Sum if short_sum(x.dtype, len) => Compute::I32,
        Scan::Prod if x.dtype == DType::Bool => Compute::I32,
        _ => capabilities.arithmetic(name, DType::I64, [y.dtype])?,
    };
    let (join, identity) = match f {
        Scan::Prod => ("op_mul", Scalar::Int(1)),
        Scan::LogSumExp => ("op_logaddexp", Scalar::Float(f64::NEG_INFINITY)),
        _ => ("op_add", Scalar::Int(0)),
    };
    Ok(Accumulation {
        name,
        compute,
        join,
        identity,
    })
}

fn run(
    gpu: &Gpu,
    accumulation: &Accumulation,
    lines: &Rows<2>,
    x: Bound<'_>,
    y: Bound<'_>,
) -> Result<()> {
    let workgroup = WorkgroupShape::of(gpu, lines.len);
    let lanes = lanes(lines, workgroup, EACH);
    let tile = lanes * EACH;
    let groups = lines.count.div_ceil(workgroup.threads / lanes);
    let parts = match lines.len.div_ceil(tile * TILES) {
        parts if groups < workgroup.plenty => parts.min(workgroup.plenty.div_ceil(groups)),
        _ => 1,
    };
    // Memory between two passes has no room for the exponents of products.
    let parts = if is_scaled(accumulation.join, accumulation.compute) {
        1
    } else {
        parts
    };
    let chunk = lines.len.div_ceil(parts).next_multiple_of(tile);
    let parts = lines.len.div_ceil(chunk);
    if parts == 1 {
        return pass(
            gpu,
            accumulation,
            lines,
            (lanes, chunk, parts),
            (x, None, y),
            0,
        );
    }
    let dtype = dtype_of(accumulation.compute);
    let layout = Layout::contiguous(Dims::from([lines.count, parts]));
    let temporary = || gpu.temporary(*layout.shape(), dtype);
    let ((totals, _), (starts, _)) = (temporary()?, temporary()?);
    let bind = |storage| gpu.bind(&View::new(storage, &layout, dtype)?);
    let (totals, starts) = (bind(&totals)?, bind(&starts)?);
    let mut to_totals = *lines;
    let dense = lines.kept.shape.contiguous_strides();
    to_totals.kept.strides[1] = dense.iter().map(|s| s * parts).collect();
    pass(
        gpu,
        accumulation,
        &to_totals,
        (lanes, chunk, parts),
        (x, None, totals),
        1,
    )?;
    run(
        gpu,
        accumulation,
        &Rows::along(1, [&layout, &layout]),
        totals,
        starts,
    )?;
    pass(
        gpu,
        accumulation,
        lines,
        (lanes, chunk, parts),
        (x, Some(starts), y),
        0,
    )
}

/// One launch: over whole lines or over parts that begin at `starts`, or, with `y_part`, for the totals of parts only.
fn pass(
    gpu: &Gpu,
    accumulation: &Accumulation,
    lines: &Rows<2>,
    (lanes, chunk, parts): (usize, usize, usize),
    (x, starts, y): (Bound<'_>, Option<Bound<'_>>, Bound<'_>),
    y_part: usize,
) -> Result<()> {
    let workgroup = WorkgroupShape::of(gpu, lines.len);
    let slots = workgroup.threads / lanes;
    let [x_strides, y_strides] = lines.kept.strides;
    Dispatch::new(gpu, accumulation.name, &kernels::SCAN, accumulation.compute)
        .with(|v| match is_scaled(accumulation.join, accumulation.compute) {
            true => scaled_product(v),
            false => v.swap("op_add", accumulation.join),
        })
        .constant("WIDTH", workgroup.width())
        .tensor("x", &x)?
        .optional("starts", starts.as_ref(), ("x", &x))?
        .tensor("y", &y)?
        .run(
            params! {
                identity: Number(accumulation.identity, accumulation.compute), count: lines.count, length: lines.len, chunk, parts,
                rows_per_group: slots, threads_per_row: lanes, columns: lines.by_columns(), totals_only: y_part, started: starts.is_some(),
                x: x.offset, y: y.offset, x_step: lines.steps[0], y_step: lines.steps[1], y_part,
                rank: lines.kept.rank(), shape: lines.kept.shape, x_strides, y_strides,
            },
            Grid::groups((lines.count.div_ceil(slots) * parts) as u64),
        )
}

fn extreme(gpu: &Gpu, f: Scan, lines: &Rows<2>, x: Bound<'_>, y: Bound<'_>) -> Result<()> {
    let (name, workgroup) = (f.name(), WorkgroupShape::of(gpu, lines.len));
    let lanes = lanes(lines, workgroup, EACH);
    let slots = workgroup.threads / lanes;
    let [x_strides, y_strides] = lines.kept.strides;
    let beats = if f == Scan::ArgMin { "op_le" } else { "op_ge" };
    let compute = gpu.capabilities.natural(name, x.dtype)?;
    Dispatch::new(gpu, name, &kernels::SCAN_EXTREME, compute)
        .swap("op_ge", beats)
        .constant("WIDTH", workgroup.width())
        .tensors([("x", &x), ("y", &y)])?
        .run(
            params! {
                count: lines.count, length: lines.len, rows_per_group: slots, threads_per_row: lanes, columns: lines.by_columns(),
                x: x.offset, y: y.offset, x_step: lines.steps[0], y_step: lines.steps[1],
                rank: lines.kept.rank(), shape: lines.kept.shape, x_strides, y_strides,
            },
            Grid::groups(lines.count.div_ceil(slots) as u64),
        )
}
