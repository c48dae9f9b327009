//! Reads by index: `gather.wgsl`.

use super::dispatch::Dispatch;
use super::indexed::{Visit, in_units, indexed, merge_neighbours};
use super::params::{LAUNCH, params};
use super::temporary::Temporary;
use crate::engine::{FaultCode, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::IndexPlan;
use rushlight_backend::{Backend, IndexOp, Op, Output, Result, View, plan};
use rushlight_cpu::Cpu;
use rushlight_shaders::{Compute, kernels};

const WIDTH: u32 = 256;

/// See [`rushlight_backend::Backend::gather`].
pub(crate) fn gather(
    gpu: &Gpu,
    plan: &IndexPlan,
    x: &View<'_>,
    index: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    if out.layout().numel() == 0 {
        // No thread would run that could report an index out of range, and nobody reads an empty result.
        let [x, index] = [Temporary::on_host(gpu, x)?, Temporary::on_host(gpu, index)?];
        let mut nothing = Cpu.alloc(0)?;
        let out = Output::fresh(&mut nothing, out.layout(), out.dtype())?;
        return Cpu.gather(plan::gather(plan.f, &[x.view()?, index.view()?], out)?);
    }
    run(gpu, plan.f, &Visit::new(plan, x, index), x, index, out)
}

fn run(
    gpu: &Gpu,
    f: IndexOp,
    visit: &Visit,
    x: &View<'_>,
    index: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    if let Some(parts) = visit.parts(gpu, [x, index, out], [0, 0]) {
        return parts.iter().try_for_each(|(visit, layout)| {
            run(gpu, f, visit, x, index, &out.with_layout(layout)?)
        });
    }
    let whole = visit.whole();
    let from = gpu.bind(&x.with_layout(&whole)?)?;
    let at = gpu.bind(&index.with_layout(&visit.index)?)?;
    let to = gpu.bind(out)?;
    let mut loops = visit.loops(out.layout().strides());
    let (xs, ys) = (from.offset as usize, to.offset as usize);
    let bytes = x.dtype().size();
    let n = merge_neighbours(&mut loops, bytes, &[xs, ys, visit.along]);
    let count = loops.shape.numel();
    let [x_strides, index_strides, y_strides] = loops.strides;
    Dispatch::new(gpu, Op::Gather(f).name(), &kernels::GATHER, Compute::I32)
        .constant("WIDTH", WIDTH)
        .with(|v| indexed(in_units(v, ["x", "y"], bytes * n), index.dtype()))
        .fault(FaultCode::Read(f))
        .binding(&from)
        .binding(&at)
        .binding(&to)
        .run(
            params! {
                launch: LAUNCH, count, x: xs / n, index: at.offset, y: ys / n,
                size: visit.size, along: visit.along / n, low: visit.low, window: visit.window,
                rank: loops.rank(), shape: loops.shape, x_strides, index_strides, y_strides,
            },
            Grid::threads(count, WIDTH),
        )
}
