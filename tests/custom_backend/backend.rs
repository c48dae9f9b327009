//! A third backend, made outside the workspace's crates: it leans on the CPU's kernels, has none of the fused ones, and counts its work.

use rushlight::Result;
use rushlight::backend::plan::{
    ConvPlan, FillPlan, GatherPlan, LinalgPlan, MapPlan, Order, Planned, PoolPlan, ProductPlan,
    ReducePlan, RowsPlan, ScatterPlan,
};
use rushlight::backend::{Arg, Backend, Scan, Storage};
use rushlight_cpu::Cpu;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The CPU under another name.
#[derive(Default)]
pub struct Other {
    kernels: AtomicUsize,
}

impl Other {
    /// How many kernels have run.
    pub fn kernels(&self) -> usize {
        self.kernels.load(Ordering::Relaxed)
    }

    fn cpu(&self) -> &'static Cpu {
        self.kernels.fetch_add(1, Ordering::Relaxed);
        &Cpu
    }
}

impl Backend for Other {
    fn name(&self) -> &str {
        "other:0"
    }
    fn alloc(&self, bytes: usize) -> Result<Storage> {
        Cpu.alloc(bytes)
    }
    fn upload(&self, bytes: &[u8]) -> Result<Storage> {
        Cpu.upload(bytes)
    }
    fn write(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        Cpu.write(storage, offset, bytes)
    }
    fn download(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        Cpu.download(storage, offset, out)
    }
    fn synchronize(&self) -> Result<()> {
        Ok(())
    }
    fn fill(&self, call: Planned<'_, FillPlan>) -> Result<()> {
        self.cpu().fill(call)
    }
    fn map(&self, call: Planned<'_, MapPlan>) -> Result<()> {
        self.cpu().map(call)
    }
    fn reduce(&self, call: Planned<'_, ReducePlan>) -> Result<()> {
        self.cpu().reduce(call)
    }
    fn arg_reduce(&self, call: Planned<'_, RowsPlan<Arg>>) -> Result<()> {
        self.cpu().arg_reduce(call)
    }
    fn scan(&self, call: Planned<'_, RowsPlan<Scan>>) -> Result<()> {
        self.cpu().scan(call)
    }
    fn argsort(&self, call: Planned<'_, RowsPlan<Order>>) -> Result<()> {
        self.cpu().argsort(call)
    }
    fn matmul(&self, call: Planned<'_, ProductPlan>) -> Result<()> {
        self.cpu().matmul(call)
    }
    fn linalg(&self, call: Planned<'_, LinalgPlan>) -> Result<()> {
        self.cpu().linalg(call)
    }
    fn conv(&self, call: Planned<'_, ConvPlan>) -> Result<()> {
        self.cpu().conv(call)
    }
    fn pool(&self, call: Planned<'_, PoolPlan>) -> Result<()> {
        self.cpu().pool(call)
    }
    fn gather(&self, call: Planned<'_, GatherPlan>) -> Result<()> {
        self.cpu().gather(call)
    }
    fn scatter(&self, call: Planned<'_, ScatterPlan>) -> Result<()> {
        self.cpu().scatter(call)
    }
}
