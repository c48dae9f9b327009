//! `argmax` and `argmin`: `arg_reduce.wgsl`, and `arg_reduce_parts.wgsl` for few long rows.

use super::dispatch::Dispatch;
use super::fold::WorkgroupShape;
use super::lines::lanes;
use super::params::params;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Rows, halves_between_rows};
use rushlight_backend::{Arg, DType, Dims, Error, Result, View};
use rushlight_shaders::kernels;

/// Elements that a thread looks at before a line is worth a workgroup more.
const EACH: usize = 16;
/// Parts of a line: a workgroup chooses among so many.
const PARTS: usize = 256;

/// See [`rushlight_backend::Backend::arg_reduce`].
pub(crate) fn arg_reduce(
    gpu: &Gpu,
    f: Arg,
    dim: usize,
    x: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    if out.layout().numel() == 0 {
        return Ok(());
    }
    if !gpu.fits(x)
        && let Some(parts) = halves_between_rows(dim, x.layout(), out.layout())
    {
        return parts.iter().try_for_each(|[from, to]| {
            let x = x.with_layout(from)?;
            arg_reduce(gpu, f, dim, &x, &out.with_layout(to)?)
        });
    }
    let lines = Rows::along(dim, [x.layout(), out.layout()]);
    if x.layout().numel() > u32::MAX as usize || lines.len > i32::MAX as usize {
        return Err(Error::unsupported(format!(
            "{}: {} elements are too many for this GPU; work on parts of the tensor",
            f.name(),
            x.layout().numel()
        )));
    }
    run(gpu, f, &lines, gpu.bind(x)?, gpu.bind(out)?)
}

fn run(gpu: &Gpu, f: Arg, lines: &Rows<2>, x: Bound<'_>, y: Bound<'_>) -> Result<()> {
    let name = f.name();
    let compute = gpu.capabilities.natural(name, x.dtype)?;
    let workgroup = WorkgroupShape::of(gpu, lines.len);
    let lanes = lanes(lines, workgroup, EACH);
    let groups = lines.count.div_ceil(workgroup.threads / lanes);
    // A line is cut if workgroups are few and it has work for several.
    let parts = match lines.len.div_ceil(lanes * EACH) {
        parts if groups < workgroup.plenty => parts.min(PARTS),
        _ => 1,
    };
    let chunk = lines.len.div_ceil(parts);
    let search = |lines: &Rows<2>, y: Bound<'_>, y_part: usize| {
        let [x_strides, y_strides] = lines.kept.strides;
        Dispatch::new(gpu, name, &kernels::ARG_REDUCE, compute)
            .swap("op_gt", beats(f))
            .constant("WIDTH", workgroup.width())
            .tensors([("x", &x), ("y", &y)])?
            .run(
                params! {
                    count: lines.count, length: lines.len, chunk, parts, rows_per_group: workgroup.threads / lanes, threads_per_row: lanes,
                    columns: lines.by_columns(), x: x.offset, y: y.offset, x_step: lines.steps[0], y_part,
                    rank: lines.kept.rank(), shape: lines.kept.shape, x_strides, y_strides,
                },
                Grid::groups((groups * parts) as u64),
            )
    };
    if parts == 1 {
        return search(lines, y, 0);
    }
    let (storage, layout) = gpu.temporary(Dims::from([lines.count * parts]), DType::I32)?;
    let found = gpu.bind(&View::new(&storage, &layout, DType::I32)?)?;
    let mut to_parts = *lines;
    let dense = lines.kept.shape.contiguous_strides();
    to_parts.kept.strides[1] = dense.iter().map(|s| s * parts).collect();
    search(&to_parts, found, 1)?;
    let [x_strides, y_strides] = lines.kept.strides;
    Dispatch::new(gpu, name, &kernels::ARG_REDUCE_PARTS, compute)
        .swap("op_gt", beats(f))
        .tensor("x", &x)?
        .binding(&found)
        .tensor("y", &y)?
        .run(
            params! {
                parts, x: x.offset, y: y.offset, x_step: lines.steps[0],
                rank: lines.kept.rank(), shape: lines.kept.shape, x_strides, y_strides,
            },
            Grid::exact(lines.count as u32, 1, 1),
        )
}

const fn beats(f: Arg) -> &'static str {
    match f {
        Arg::Max => "op_gt",
        Arg::Min => "op_lt",
    }
}
