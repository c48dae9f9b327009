//! `argmax` and `argmin`: `arg_reduce.wgsl`, and `arg_reduce_parts.wgsl` for few long rows.

use super::dispatch::Dispatch;
use super::params::params;
use super::rows::{in_parts, threads_per_row};
use super::temporary::Temporary;
use super::workgroup::WorkgroupShape;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Rows, RowsPlan};
use rushlight_backend::{Arg, DType, Dims, Error, Result, View};
use rushlight_shaders::kernels;

/// Elements of a thread below which a row takes no further workgroup.
const EACH: usize = 16;
/// The most parts of a row: a workgroup chooses among as many.
const PARTS: usize = 256;

/// See [`rushlight_backend::Backend::arg_reduce`].
pub(crate) fn arg_reduce(
    gpu: &Gpu,
    plan: &RowsPlan<Arg>,
    x: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    if out.layout().numel() == 0 {
        return Ok(());
    }
    if (!gpu.fits(x) || !gpu.fits(out))
        && let Some(done) = in_parts(gpu, plan, x, out, |plan, x, out| {
            arg_reduce(gpu, plan, x, out)
        })
    {
        return done;
    }
    if x.layout().numel() > u32::MAX as usize || plan.rows.len > i32::MAX as usize {
        return Err(Error::unsupported(format!(
            "{}: {} elements are too many for this GPU; work on parts of the tensor",
            plan.f.name(),
            x.layout().numel()
        )));
    }
    run(gpu, plan.f, &plan.rows, gpu.bind(x)?, gpu.bind(out)?)
}

fn run(gpu: &Gpu, f: Arg, rows: &Rows<2>, x: Bound<'_>, y: Bound<'_>) -> Result<()> {
    let name = f.name();
    let compute = gpu.capabilities.natural(name, x.dtype)?;
    let workgroup = WorkgroupShape::of(gpu, rows.len);
    let threads_per_row = threads_per_row(rows, workgroup, EACH);
    let rows_per_group = workgroup.threads / threads_per_row;
    let groups = rows.count.div_ceil(rows_per_group);
    // A row is split if there are few workgroups and it has work for several.
    let parts = match rows.len.div_ceil(threads_per_row * EACH) {
        parts if groups < workgroup.plenty => parts.min(PARTS),
        _ => 1,
    };
    let chunk = rows.len.div_ceil(parts);
    let search = |rows: &Rows<2>, y: Bound<'_>, y_part: usize| {
        let [x_strides, y_strides] = rows.kept.strides;
        Dispatch::new(gpu, name, &kernels::ARG_REDUCE, compute)
            .swap("op_gt", beats(f))
            .constant("WIDTH", workgroup.width())
            .tensors([("x", &x), ("y", &y)])?
            .run(
                params! {
                    count: rows.count, length: rows.len, chunk, parts, rows_per_group, threads_per_row,
                    columns: rows.by_columns(), x: x.offset, y: y.offset, x_step: rows.steps[0], y_part,
                    rank: rows.kept.rank(), shape: rows.kept.shape, x_strides, y_strides,
                },
                Grid::groups((groups * parts) as u64),
            )
    };
    if parts == 1 {
        return search(rows, y, 0);
    }
    let found = Temporary::new(gpu, Dims::from([rows.count * parts]), DType::I32)?;
    let found = found.bind(gpu)?;
    let mut to_parts = *rows;
    let dense = rows.kept.shape.contiguous_strides();
    to_parts.kept.strides[1] = dense.iter().map(|s| s * parts).collect();
    search(&to_parts, found, 1)?;
    let [x_strides, y_strides] = rows.kept.strides;
    Dispatch::new(gpu, name, &kernels::ARG_REDUCE_PARTS, compute)
        .swap("op_gt", beats(f))
        .tensor("x", &x)?
        .binding(&found)
        .tensor("y", &y)?
        .run(
            params! {
                parts, x: x.offset, y: y.offset, x_step: rows.steps[0],
                rank: rows.kept.rank(), shape: rows.kept.shape, x_strides, y_strides,
            },
            Grid::exact(rows.count as u32, 1, 1),
        )
}

const fn beats(f: Arg) -> &'static str {
    match f {
        Arg::Max => "op_gt",
        Arg::Min => "op_lt",
    }
}
