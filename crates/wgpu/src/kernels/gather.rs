//! Reads by index: `gather.wgsl`.

use super::indexed::{Visit, in_units, indexed, join_neighbours};
use super::linalg::{on_host, to_host};
use super::params::Params;
use crate::engine::{FaultCode, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::{Backend, IndexOp, Op, Output, Result, View, plan};
use rushlight_cpu::Cpu;
use rushlight_shaders::{Compute, Variant, kernels};

const WIDTH: u32 = 256;

/// See [`rushlight_backend::Backend::gather`].
pub(crate) fn gather(
    gpu: &Gpu,
    f: IndexOp,
    x: &View<'_>,
    index: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    if out.layout().numel() == 0 {
        // No thread would run that could report an index out of range, and nobody reads an empty result.
        let [x, index] = [to_host(gpu, x)?, to_host(gpu, index)?];
        let mut nothing = Cpu.alloc(0)?;
        let out = Output::fresh(&mut nothing, out.layout(), out.dtype())?;
        return Cpu.gather(plan::gather(f, &[on_host(&x)?, on_host(&index)?], out)?);
    }
    let visit = Visit::new(f, x.layout(), index.layout(), out.layout().shape());
    run(gpu, f, &visit, x, index, out)
}

fn run(
    gpu: &Gpu,
    f: IndexOp,
    visit: &Visit,
    x: &View<'_>,
    index: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    if let Some(parts) = visit.parts(gpu, [x, index, out], 0) {
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
    let n = join_neighbours(&mut loops, bytes, &[xs, ys, visit.along]);
    let count = loops.shape.numel();
    let params = Params::new()
        .launch()
        .word(count)
        .word(xs / n)
        .word(at.offset as usize)
        .word(ys / n)
        .word(visit.size)
        .word(visit.along / n)
        .word(visit.low)
        .word(visit.window)
        .word(loops.rank())
        .dims(&loops.shape);
    let params = loops.strides.iter().fold(params, Params::dims);
    let variant = Variant::new(&kernels::GATHER, Compute::I32).constant("WIDTH", WIDTH);
    gpu.launch(&Launch {
        name: Op::Gather(f).name(),
        variant: indexed(in_units(variant, ["x", "y"], bytes * n), index.dtype()),
        tensors: &[from, at, to],
        params: params.bytes(),
        fault: Some(FaultCode::Read(f)),
        grid: Grid::threads(count, WIDTH),
    })
}
