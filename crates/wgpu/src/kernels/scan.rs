//! Cumulative operations: `scan.wgsl`, and `scan_extreme.wgsl` for the positions of cumulative maxima and minima.
//!
//! Floats are accumulated in `f64` where the adapter has it, as on the CPU.

use super::dispatch::Dispatch;
use super::params::{Number, params};
use super::reduce::{dtype_of, is_scaled, scaled_product, short_sum};
use super::rows::{in_parts, threads_per_row};
use super::temporary::Temporary;
use super::wide::{is_narrow, widened};
use super::workgroup::WorkgroupShape;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Rows, RowsPlan};
use rushlight_backend::{DType, Dims, Error, Layout, Result, Scalar, Scan, View};
use rushlight_shaders::{Compute, kernels};

/// Elements of a thread in a tile.
const EACH: usize = 8;
/// The fewest tiles of a part of a row.
const TILES: usize = 2;

/// What is accumulated, in which type.
#[derive(Clone, Copy)]
struct Accumulation {
    name: &'static str,
    compute: Compute,
    /// The shader function that combines two partial results.
    combine: &'static str,
    /// The result for zero elements.
    identity: Scalar,
}

/// See [`rushlight_backend::Backend::scan`].
pub(crate) fn scan(gpu: &Gpu, plan: &RowsPlan<Scan>, x: &View<'_>, out: &View<'_>) -> Result<()> {
    if out.layout().numel() == 0 {
        return Ok(());
    }
    let narrow = is_narrow(out.dtype());
    let wide = gpu.binds_bytes(x.layout().numel().saturating_mul(4));
    if (!gpu.fits(x) || !gpu.fits(out) || narrow && !wide)
        && let Some(done) = in_parts(gpu, plan, x, out, |plan, x, out| scan(gpu, plan, x, out))
    {
        return done;
    }
    if x.layout().numel() > i32::MAX as usize {
        return Err(Error::unsupported(format!(
            "{}: {} elements are too many for this GPU; work on parts of the tensor",
            plan.f.name(),
            x.layout().numel()
        )));
    }
    if narrow {
        // The result in a wider dtype has other strides.
        return widened(gpu, DType::F32, out, |wide| {
            let plan = RowsPlan::new(plan.f, plan.dim, x.layout(), wide.layout());
            into(gpu, &plan, x, wide)
        });
    }
    into(gpu, plan, x, out)
}

/// The same after all checks.
fn into(gpu: &Gpu, plan: &RowsPlan<Scan>, x: &View<'_>, out: &View<'_>) -> Result<()> {
    let (f, rows) = (plan.f, &plan.rows);
    let (x, y) = (gpu.bind(x)?, gpu.bind(out)?);
    if matches!(f, Scan::ArgMax | Scan::ArgMin) {
        if WorkgroupShape::is_overrun(gpu, rows.len) {
            return Err(Error::unsupported(format!(
                "{}: {} elements in one row are too many for this GPU; compute on the CPU",
                f.name(),
                rows.len
            )));
        }
        return extreme(gpu, f, rows, x, y);
    }
    let accumulation = accumulation(gpu, f, rows.len, &x, &y)?;
    run(gpu, &accumulation, rows, x, y)
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
    let (combine, identity) = match f {
        Scan::Prod => ("op_mul", Scalar::Int(1)),
        Scan::LogSumExp => ("op_logaddexp", Scalar::Float(f64::NEG_INFINITY)),
        _ => ("op_add", Scalar::Int(0)),
    };
    Ok(Accumulation {
        name,
        compute,
        combine,
        identity,
    })
}

fn run(
    gpu: &Gpu,
    accumulation: &Accumulation,
    rows: &Rows<2>,
    x: Bound<'_>,
    y: Bound<'_>,
) -> Result<()> {
    let workgroup = WorkgroupShape::of(gpu, rows.len);
    let threads_per_row = threads_per_row(rows, workgroup, EACH);
    let tile = threads_per_row * EACH;
    let groups = rows.count.div_ceil(workgroup.threads / threads_per_row);
    let parts = match rows.len.div_ceil(tile * TILES) {
        // Memory between two passes has no room for the exponents of products.
        _ if is_scaled(accumulation.combine, accumulation.compute) => 1,
        parts if groups < workgroup.plenty => parts.min(workgroup.plenty.div_ceil(groups)),
        _ => 1,
    };
    let chunk = rows.len.div_ceil(parts).next_multiple_of(tile);
    let pass = Pass {
        gpu,
        accumulation,
        workgroup,
        threads_per_row,
        chunk,
        parts: rows.len.div_ceil(chunk),
        x,
    };
    if pass.parts == 1 {
        return pass.launch(rows, None, y, 0);
    }
    let (shape, dtype) = (
        Dims::from([rows.count, pass.parts]),
        dtype_of(accumulation.compute),
    );
    let (totals, starts) = (
        Temporary::new(gpu, shape, dtype)?,
        Temporary::new(gpu, shape, dtype)?,
    );
    let (totals, starts) = (totals.bind(gpu)?, starts.bind(gpu)?);
    let mut to_totals = *rows;
    let dense = rows.kept.shape.contiguous_strides();
    to_totals.kept.strides[1] = dense.iter().map(|s| s * pass.parts).collect();
    pass.launch(&to_totals, None, totals, 1)?;
    let layout = Layout::contiguous(shape);
    let of_parts = Rows::along(1, [&layout, &layout]);
    run(gpu, accumulation, &of_parts, totals, starts)?;
    pass.launch(rows, Some(starts), y, 0)
}

/// A pass over the rows of x, or over parts of them.
struct Pass<'a> {
    gpu: &'a Gpu,
    accumulation: &'a Accumulation,
    workgroup: WorkgroupShape,
    threads_per_row: usize,
    /// The elements of a part, and the number of parts.
    chunk: usize,
    parts: usize,
    x: Bound<'a>,
}

impl Pass<'_> {
    /// Accumulates whole rows, or parts that begin at `starts`; with `y_part`, only the totals of parts.
    fn launch(
        &self,
        rows: &Rows<2>,
        starts: Option<Bound<'_>>,
        y: Bound<'_>,
        y_part: usize,
    ) -> Result<()> {
        let Accumulation {
            name,
            compute,
            combine,
            identity,
        } = *self.accumulation;
        let (x, chunk, parts) = (&self.x, self.chunk, self.parts);
        let threads_per_row = self.threads_per_row;
        let rows_per_group = self.workgroup.threads / threads_per_row;
        let [x_strides, y_strides] = rows.kept.strides;
        Dispatch::new(self.gpu, name, &kernels::SCAN, compute)
            .with(|v| match is_scaled(combine, compute) {
                true => scaled_product(v),
                false => v.swap("op_add", combine),
            })
            .constant("WIDTH", self.workgroup.width())
            .tensor("x", x)?
            .optional("starts", starts.as_ref(), ("x", x))?
            .tensor("y", &y)?
            .run(
                params! {
                    identity: Number(identity, compute), count: rows.count, length: rows.len, chunk, parts,
                    rows_per_group, threads_per_row, columns: rows.by_columns(), totals_only: y_part, has_starts: starts.is_some(),
                    x: x.offset, y: y.offset, x_step: rows.steps[0], y_step: rows.steps[1], y_part,
                    rank: rows.kept.rank(), shape: rows.kept.shape, x_strides, y_strides,
                },
                Grid::groups((rows.count.div_ceil(rows_per_group) * parts) as u64),
            )
    }
}

fn extreme(gpu: &Gpu, f: Scan, rows: &Rows<2>, x: Bound<'_>, y: Bound<'_>) -> Result<()> {
    let (name, workgroup) = (f.name(), WorkgroupShape::of(gpu, rows.len));
    let threads_per_row = threads_per_row(rows, workgroup, EACH);
    let rows_per_group = workgroup.threads / threads_per_row;
    let [x_strides, y_strides] = rows.kept.strides;
    let beats = if f == Scan::ArgMin { "op_le" } else { "op_ge" };
    let compute = gpu.capabilities.natural(name, x.dtype)?;
    Dispatch::new(gpu, name, &kernels::SCAN_EXTREME, compute)
        .swap("op_ge", beats)
        .constant("WIDTH", workgroup.width())
        .tensors([("x", &x), ("y", &y)])?
        .run(
            params! {
                count: rows.count, length: rows.len, rows_per_group, threads_per_row, columns: rows.by_columns(),
                x: x.offset, y: y.offset, x_step: rows.steps[0], y_step: rows.steps[1],
                rank: rows.kept.rank(), shape: rows.kept.shape, x_strides, y_strides,
            },
            Grid::groups(rows.count.div_ceil(rows_per_group) as u64),
        )
}
