//! A third backend, made outside the workspace's crates: it leans on the CPU's kernels, has none of the fused ones, and counts its work.

use rushlight::Result;
use rushlight::backend::{
    Arg, Axes, Backend, Conv, DType, IndexOp, Linalg, Map, Output, Pool, Reduce, Scalar, Scan,
    ScatterMode, Storage, View,
};
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
    fn fill(&self, value: Scalar, out: &mut Output<'_>) -> Result<()> {
        self.cpu().fill(value, out)
    }
    fn map(&self, f: Map, compute: DType, inputs: &[View<'_>], out: &mut Output<'_>) -> Result<()> {
        self.cpu().map(f, compute, inputs, out)
    }
    fn reduce(&self, f: Reduce, axes: Axes, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        self.cpu().reduce(f, axes, x, out)
    }
    fn arg_reduce(&self, f: Arg, dim: usize, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        self.cpu().arg_reduce(f, dim, x, out)
    }
    fn scan(&self, f: Scan, dim: usize, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        self.cpu().scan(f, dim, x, out)
    }
    fn argsort(
        &self,
        dim: usize,
        descending: bool,
        x: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()> {
        self.cpu().argsort(dim, descending, x, out)
    }
    fn matmul(&self, a: &View<'_>, b: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        self.cpu().matmul(a, b, out)
    }
    fn linalg(&self, f: Linalg, inputs: &[View<'_>], outs: &mut [Output<'_>]) -> Result<()> {
        self.cpu().linalg(f, inputs, outs)
    }
    fn conv(&self, conv: &Conv, a: &View<'_>, b: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        self.cpu().conv(conv, a, b, out)
    }
    fn pool(&self, pool: &Pool, x: &View<'_>, outs: &mut [Output<'_>]) -> Result<()> {
        self.cpu().pool(pool, x, outs)
    }
    fn gather(
        &self,
        f: IndexOp,
        x: &View<'_>,
        index: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()> {
        self.cpu().gather(f, x, index, out)
    }
    fn scatter(
        &self,
        f: IndexOp,
        mode: ScatterMode,
        index: &View<'_>,
        src: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()> {
        self.cpu().scatter(f, mode, index, src, out)
    }
}
