//! The implementation of `Backend`, one method per kernel family.

use crate::gpu::Gpu;
use crate::kernels;
use crate::kernels::temporary::Input;
use rushlight_backend::plan::{
    ConvPlan, FillPlan, FusedPlan, GatherPlan, LinalgPlan, MapPlan, Order, Planned, PoolPlan,
    ProductPlan, ReducePlan, RowsPlan, ScatterPlan, StepPlan,
};
use rushlight_backend::{Arg, Backend, Check, Chunks, Done, Error, Result, Scan, Storage, View};
use smallvec::SmallVec;

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
        storage.expect_range(offset, bytes.len())?;
        self.write_bytes(storage, offset, bytes)
    }

    fn download(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        storage.expect_range(offset, out.len())?;
        self.read_bytes(storage, offset, out)
    }

    fn synchronize(&self) -> Result<()> {
        self.wait()
    }

    fn fill(&self, call: Planned<'_, FillPlan>) -> Result<()> {
        self.in_place(call, |plan, _, outs| {
            kernels::fill::fill(self, plan.value, &outs[0])
        })
    }

    fn map(&self, call: Planned<'_, MapPlan>) -> Result<()> {
        self.in_place(call, |plan, ins, outs| {
            let [instruction] = plan.body;
            kernels::map::map(self, instruction.f, plan.compute, ins, &outs[0])
        })
    }

    fn reduce(&self, call: Planned<'_, ReducePlan>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::reduce::reduce(self, plan, &ins[0], &outs[0])
        })
    }

    fn arg_reduce(&self, call: Planned<'_, RowsPlan<Arg>>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::arg_reduce::arg_reduce(self, plan, &ins[0], &outs[0])
        })
    }

    fn scan(&self, call: Planned<'_, RowsPlan<Scan>>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::scan::scan(self, plan, &ins[0], &outs[0])
        })
    }

    fn argsort(&self, call: Planned<'_, RowsPlan<Order>>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::argsort::argsort(self, plan, &ins[0], &outs[0])
        })
    }

    fn matmul(&self, call: Planned<'_, ProductPlan>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::matmul::matmul(self, plan, &ins[0], &ins[1], &outs[0])
        })
    }

    fn linalg(&self, call: Planned<'_, LinalgPlan>) -> Result<()> {
        self.in_place(call, |plan, ins, outs| {
            kernels::linalg::linalg(self, plan.f, ins, outs)
        })
    }

    fn conv(&self, call: Planned<'_, ConvPlan>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::conv::conv(self, plan, &ins[0], &ins[1], &outs[0])
        })
    }

    fn pool(&self, call: Planned<'_, PoolPlan>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::pool::pool(self, plan, &ins[0], outs)
        })
    }

    fn gather(&self, call: Planned<'_, GatherPlan>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::gather::gather(self, &plan.index, &ins[0], &ins[1], &outs[0])
        })
    }

    fn scatter(&self, call: Planned<'_, ScatterPlan>) -> Result<()> {
        self.apart(call, |plan, ins, outs| {
            kernels::scatter::scatter(self, plan, &ins[0], &ins[1], &outs[0])
        })
    }

    fn fused(&self, call: Planned<'_, FusedPlan<'_>>) -> Result<Done> {
        self.apart(call, |plan, ins, outs| {
            kernels::fused::fused(self, plan.f, ins, outs)
        })
    }

    fn check(&self, check: Check, x: &View<'_>) -> Result<Done> {
        kernels::check::check(self, check, x)
    }

    fn optimizer_step(&self, call: Planned<'_, StepPlan<'_>>) -> Result<Done> {
        self.in_place(call, |plan, _, _| {
            kernels::optimizer::step(self, plan.f, plan.group)
        })
    }
}

/// Kernels see outputs as views: commands run in the order of the stream, which stands for the locks of other backends.
impl Gpu {
    /// Runs a kernel that can read its inputs in the buffers that it writes.
    fn in_place<P, R>(
        &self,
        call: Planned<'_, P>,
        kernel: impl FnOnce(&P, &[View<'_>], &[View<'_>]) -> Result<R>,
    ) -> Result<R> {
        let (plan, inputs, outs) = call.into_parts();
        let outs: SmallVec<[View<'_>; 3]> = outs.views().collect();
        self.operation(|| kernel(&plan, inputs, &outs))
    }

    /// Runs a kernel on inputs that share no buffer with its outputs: those that do are copied.
    fn apart<P, R>(
        &self,
        call: Planned<'_, P>,
        kernel: impl FnOnce(&P, &[View<'_>], &[View<'_>]) -> Result<R>,
    ) -> Result<R> {
        self.in_place(call, |plan, inputs, outs| {
            for (i, out) in outs.iter().enumerate() {
                if outs[..i].iter().any(|o| o.storage().same(out.storage())) {
                    return Err(Error::unsupported(format!(
                        "{}: two results of one operation in one storage",
                        self.device_name()
                    )));
                }
            }
            let inputs = inputs.iter().map(|x| Input::apart_from(outs, self, x));
            let inputs: SmallVec<[Input<'_>; 4]> = inputs.collect::<Result<_>>()?;
            let views = inputs.iter().map(Input::view);
            kernel(plan, &views.collect::<Result<SmallVec<[_; 4]>>>()?, outs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rushlight_backend::{DType, Dims, IndexOp, Layout, plan};

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
            let inputs = [view(&x, DType::F32), view(&bad, DType::I32)];
            let out = view(&y, DType::F32);
            let call = plan::gather(IndexOp::Select { dim: 0 }, &inputs, out.into())?;
            kernels::gather::gather(gpu, &call.plan().index, &inputs[0], &inputs[1], &out)
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
