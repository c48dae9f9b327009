//! Solutions, decompositions and functions of matrices. They run on the host, because their algorithms are sequential and use `f64`, which is
//! missing or slow on most GPUs. Each costs a read-back and an upload, and is counted.

use super::temporary::Temporary;
use crate::adapter::ON_HOST;
use crate::gpu::Gpu;
use rushlight_backend::{Backend, Linalg, Output, Result, View, plan};
use rushlight_cpu::Cpu;
use smallvec::SmallVec;

/// See [`Backend::linalg`].
pub(crate) fn linalg(gpu: &Gpu, f: Linalg, inputs: &[View<'_>], outs: &[View<'_>]) -> Result<()> {
    debug_assert!(ON_HOST.contains(&f.name()), "{} is not listed", f.name());
    gpu.count_on_host();
    let inputs = inputs.iter().map(|x| Temporary::on_host(gpu, x));
    let inputs: SmallVec<[Temporary; 3]> = inputs.collect::<Result<_>>()?;
    let inputs: SmallVec<[View<'_>; 3]> =
        inputs.iter().map(Temporary::view).collect::<Result<_>>()?;
    let results = outs
        .iter()
        .map(|out| Temporary::new(&Cpu, *out.layout().shape(), out.dtype()));
    let results: SmallVec<[Temporary; 3]> = results.collect::<Result<_>>()?;
    let outputs = results.iter().map(|result| result.view().map(Output::from));
    Cpu.linalg(plan::linalg(f, &inputs, outputs.collect::<Result<_>>()?)?)?;
    results
        .iter()
        .zip(outs)
        .try_for_each(|(result, out)| result.upload(gpu, out))
}
