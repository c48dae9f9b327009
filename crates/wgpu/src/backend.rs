//! The waist, family by family.

use crate::gpu::Gpu;
use crate::kernels;
use crate::kernels::apart::Apart;
use rushlight_backend::{
    Arg, Axes, Backend, Check, Chunks, Conv, DType, Done, Fused, IndexOp, Linalg, Map,
    OptimizerStep, Output, Pool, Reduce, Result, Scalar, Scan, ScatterMode, StepViews, Storage,
    View, fit,
};
use smallvec::SmallVec;
use std::slice::from_ref;

impl Backend for Gpu {
    fn name(&self) -> &str {
        self.device_name()
    }

    fn alloc(&self, bytes: usize) -> Result<Storage> {
        self.block(bytes)
    }

    fn upload(&self, bytes: &[u8]) -> Result<Storage> {
        let storage = self.block(bytes.len())?;
        self.write_bytes(&storage, 0, bytes)?;
        Ok(storage)
    }

    fn upload_chunks(&self, bytes: usize, write: &mut Chunks<'_>) -> Result<Storage> {
        Gpu::upload_chunks(self, bytes, write)
    }

    fn write(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        fit::range(storage, offset, bytes.len())?;
        self.write_bytes(storage, offset, bytes)
    }

    fn download(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        fit::range(storage, offset, out.len())?;
        self.read_bytes(storage, offset, out)
    }

    fn synchronize(&self) -> Result<()> {
        self.wait()
    }

    fn fill(&self, value: Scalar, out: &mut Output<'_>) -> Result<()> {
        fit::fill(out)?;
        self.operation(|| kernels::fill::fill(self, value, &out.view()))
    }

    fn map(&self, f: Map, compute: DType, inputs: &[View<'_>], out: &mut Output<'_>) -> Result<()> {
        fit::map(f, compute, inputs, out)?;
        self.operation(|| kernels::map::map(self, f, compute, inputs, &out.view()))
    }

    fn reduce(&self, f: Reduce, axes: Axes, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::reduce(f, axes, x, out)?;
        self.apart(&[*x], from_ref(out), |ins, outs| {
            kernels::reduce::reduce(self, f, axes, &ins[0], &outs[0])
        })
    }

    fn arg_reduce(&self, f: Arg, dim: usize, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::arg_reduce(f, dim, x, out)?;
        self.apart(&[*x], from_ref(out), |ins, outs| {
            kernels::arg_reduce::arg_reduce(self, f, dim, &ins[0], &outs[0])
        })
    }

    fn scan(&self, f: Scan, dim: usize, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::scan(f, dim, x, out)?;
        self.apart(&[*x], from_ref(out), |ins, outs| {
            kernels::scan::scan(self, f, dim, &ins[0], &outs[0])
        })
    }

    fn argsort(
        &self,
        dim: usize,
        descending: bool,
        x: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()> {
        fit::argsort(dim, x, out)?;
        self.apart(&[*x], from_ref(out), |ins, outs| {
            kernels::argsort::argsort(self, dim, descending, &ins[0], &outs[0])
        })
    }

    fn matmul(&self, a: &View<'_>, b: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::matmul(a, b, out)?;
        self.apart(&[*a, *b], from_ref(out), |ins, outs| {
            kernels::matmul::matmul(self, &ins[0], &ins[1], &outs[0])
        })
    }

    fn linalg(&self, f: Linalg, inputs: &[View<'_>], outs: &mut [Output<'_>]) -> Result<()> {
        fit::linalg(f, inputs, outs)?;
        self.operation(|| kernels::linalg::linalg(self, f, inputs, &views(outs)))
    }

    fn conv(&self, conv: &Conv, a: &View<'_>, b: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::conv(conv, a, b, out)?;
        self.apart(&[*a, *b], from_ref(out), |ins, outs| {
            kernels::conv::conv(self, conv, &ins[0], &ins[1], &outs[0])
        })
    }

    fn pool(&self, pool: &Pool, x: &View<'_>, outs: &mut [Output<'_>]) -> Result<()> {
        fit::pool(pool, x, outs)?;
        self.apart(&[*x], outs, |ins, outs| {
            kernels::pool::pool(self, pool, &ins[0], outs)
        })
    }

    fn gather(
        &self,
        f: IndexOp,
        x: &View<'_>,
        index: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()> {
        fit::gather(f, x, index, out)?;
        self.apart(&[*x, *index], from_ref(out), |ins, outs| {
            kernels::gather::gather(self, f, &ins[0], &ins[1], &outs[0])
        })
    }

    fn scatter(
        &self,
        f: IndexOp,
        mode: ScatterMode,
        index: &View<'_>,
        src: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()> {
        fit::scatter(f, mode, index, src, out)?;
        self.apart(&[*index, *src], from_ref(out), |ins, outs| {
            kernels::scatter::scatter(self, f, mode, &ins[0], &ins[1], &outs[0])
        })
    }

    fn fused(&self, f: &Fused, inputs: &[View<'_>], outs: &mut [Output<'_>]) -> Result<Done> {
        fit::fused(f, inputs, outs)?;
        self.apart(inputs, outs, |ins, outs| {
            kernels::fused::fused(self, f, ins, outs)
        })
    }

    fn check(&self, check: Check, x: &View<'_>) -> Result<Done> {
        kernels::check::check(self, check, x)
    }

    fn optimizer_step(&self, f: &OptimizerStep, group: &[StepViews<'_>]) -> Result<Done> {
        fit::optimizer_step(f, group)?;
        self.operation(|| kernels::optimizer::step(self, f, group))
    }
}

impl Gpu {
    /// Runs a kernel on inputs that share no buffer with its outputs.
    fn apart<R>(
        &self,
        inputs: &[View<'_>],
        outs: &[Output<'_>],
        kernel: impl FnOnce(&[View<'_>], &[View<'_>]) -> Result<R>,
    ) -> Result<R> {
        self.operation(|| {
            let apart = Apart::new(self, inputs, outs)?;
            kernel(&apart.views()?, &views(outs))
        })
    }
}

/// Outputs as kernels see them: commands run in the order of the stream, which stands for the locks of other backends.
fn views<'a>(outs: &'a [Output<'_>]) -> SmallVec<[View<'a>; 4]> {
    outs.iter().map(Output::view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rushlight_backend::{Dims, Error, Layout};

    #[test]
    fn a_refused_operation_leaves_no_fault_behind() {
        let gpu = match Gpu::open(0) {
            Ok(gpu) => gpu,
            Err(e) if std::env::var("RUSHLIGHT_REQUIRE_GPU").is_ok_and(|v| v == "1") => {
                panic!("RUSHLIGHT_REQUIRE_GPU is set: {e}")
            }
            Err(_) => return,
        };
        let layout = Layout::contiguous(Dims::from([2]));
        let view = |storage, dtype| View::new(storage, &layout, dtype).unwrap();
        let x = gpu.upload(bytemuck::cast_slice(&[1.0f32, 2.0])).unwrap();
        let bad = gpu.upload(bytemuck::cast_slice(&[0i32, 5])).unwrap();
        let y = gpu.alloc(8).unwrap();
        let gather = |gpu: &Gpu| {
            kernels::gather::gather(
                gpu,
                IndexOp::Select { dim: 0 },
                &view(&x, DType::F32),
                &view(&bad, DType::I32),
                &view(&y, DType::F32),
            )
        };
        let refused = gpu.operation(|| {
            gather(&gpu)?;
            Err::<(), _>(Error::unsupported("the rest"))
        });
        assert!(refused.is_err());
        gpu.synchronize().unwrap();
        gpu.download(&x, 0, &mut [0; 8]).unwrap();
        // What it wrote is poisoned all the same.
        assert!(gpu.download(&y, 0, &mut [0; 8]).is_err());
        gpu.operation(|| gather(&gpu)).unwrap();
        assert!(gpu.synchronize().is_err());
    }
}
