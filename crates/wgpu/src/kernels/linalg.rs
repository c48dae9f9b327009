//! Solutions, decompositions and functions of matrices. They run on the host, because their algorithms are sequential and use `f64`, which is
//! missing or slow on most GPUs. Each costs a read-back and an upload, and is counted.

use super::map::map;
use crate::adapter::ON_HOST;
use crate::gpu::Gpu;
use rushlight_backend::{Backend, DType, Layout, Linalg, Map, Output, Result, Storage, View, plan};
use rushlight_cpu::Cpu;

/// See [`Backend::linalg`].
pub(crate) fn linalg(gpu: &Gpu, f: Linalg, inputs: &[View<'_>], outs: &[View<'_>]) -> Result<()> {
    debug_assert!(ON_HOST.contains(&f.name()), "{} is not listed", f.name());
    gpu.count_on_host();
    let sources = inputs
        .iter()
        .map(|x| to_host(gpu, x))
        .collect::<Result<Vec<_>>>()?;
    let mut rooms = outs
        .iter()
        .map(|out| {
            let layout = Layout::contiguous(*out.layout().shape());
            let storage = Cpu.alloc(layout.numel().saturating_mul(out.dtype().size()))?;
            Ok((storage, layout, out.dtype()))
        })
        .collect::<Result<Vec<Held>>>()?;
    let inputs = sources.iter().map(on_host).collect::<Result<Vec<_>>>()?;
    let results = rooms
        .iter_mut()
        .map(|(storage, layout, dtype)| Output::fresh(storage, layout, *dtype))
        .collect::<Result<_>>()?;
    Cpu.linalg(plan::linalg(f, &inputs, results)?)?;
    rooms
        .iter()
        .zip(outs)
        .try_for_each(|(room, out)| to_gpu(gpu, room, out))
}

pub(super) type Held = (Storage, Layout, DType);

/// What `x` reaches over, in the host's memory. Faults found before come to light here.
pub(super) fn to_host(gpu: &Gpu, x: &View<'_>) -> Result<Held> {
    let (size, offset) = (x.dtype().size(), x.layout().offset());
    let layout = Layout::strided(*x.layout().shape(), *x.layout().strides(), 0);
    let mut bytes = vec![0; layout.end() * size];
    gpu.download(x.storage(), offset * size, &mut bytes)?;
    Ok((Cpu.upload(&bytes)?, layout, x.dtype()))
}

/// The copy that [`to_host`] made.
pub(super) fn on_host((storage, layout, dtype): &Held) -> Result<View<'_>> {
    View::new(storage, layout, *dtype)
}

fn to_gpu(gpu: &Gpu, (storage, layout, dtype): &Held, out: &View<'_>) -> Result<()> {
    let mut bytes = vec![0; layout.numel() * dtype.size()];
    Cpu.download(storage, 0, &mut bytes)?;
    if out.layout().is_contiguous() {
        return gpu.write(out.storage(), out.layout().offset() * dtype.size(), &bytes);
    }
    let storage = gpu.upload(&bytes)?;
    let x = View::new(&storage, layout, *dtype)?;
    map(gpu, Map::Copy, dtype.compute(), &[x], out)
}
