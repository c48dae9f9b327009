//! The CPU backend: rayon across cores, SIMD chosen at run time, buffers from a pool.
//!
//! Each method of [`Backend`] checks that what it was handed belongs together (`rushlight_backend::fit`), locks the storages it touches
//! (`lock`), makes raw operands of the views, and hands them to the module that holds the kernel family. Results do not depend on the number of threads: work is cut by size alone.
//!
//! ```
//! use rushlight_backend::{Backend, Binary, DType, Dims, Layout, Map, Output, View};
//! use rushlight_cpu::Cpu;
//!
//! let layout = Layout::contiguous(Dims::from([2]));
//! let (a, b) = (Cpu.upload(&[1, 2])?, Cpu.upload(&[3, 4])?);
//! let mut out = Cpu.alloc(2)?;
//! let inputs = [View::new(&a, &layout, DType::U8)?, View::new(&b, &layout, DType::U8)?];
//! let mut sum = Output::fresh(&mut out, &layout, DType::U8)?;
//! Cpu.map(Map::Binary(Binary::Add), DType::I64, &inputs, &mut sum)?;
//! let mut sum = [0; 2];
//! Cpu.download(&out, 0, &mut sum)?;
//! assert_eq!(sum, [4, 6]);
//! # Ok::<(), rushlight_backend::Error>(())
//! ```
#![deny(missing_docs)]

mod arg_reduce;
mod argsort;
mod buffer;
mod conv;
mod converted;
mod element;
mod fill;
mod fused;
mod index;
mod lanes;
mod linalg;
mod lines;
mod lock;
mod map;
mod math;
mod matmul;
mod memory;
mod operand;
mod optimizer;
mod parallel;
mod pool;
mod product;
mod reduce;
mod scan;
mod simd;
mod sum;

use buffer::CpuBuffer;
use lock::Sharing::{Elementwise, Never};
use lock::locked;
pub use memory::{MemoryUse, empty_cache, memory, reset_peak_memory, set_cache_limit};
use operand::Operand;
use rushlight_backend::{
    Arg, Axes, Backend, Conv, DType, Done, Fused, IndexOp, Linalg, Map, OptimizerStep, Output,
    Pool, Reduce, Result, Scalar, Scan, ScatterMode, StepViews, Storage, View, fit,
};
use std::slice::from_mut;

/// The CPU as a place where tensors live.
pub struct Cpu;

impl Backend for Cpu {
    fn name(&self) -> &str {
        "cpu"
    }

    fn reads_at_once(&self) -> bool {
        true
    }

    fn alloc(&self, bytes: usize) -> Result<Storage> {
        Ok(Storage::new(bytes, CpuBuffer::new(bytes)?))
    }

    fn upload(&self, bytes: &[u8]) -> Result<Storage> {
        let buffer = CpuBuffer::new(bytes.len())?;
        buffer.write(0, bytes);
        Ok(Storage::new(bytes.len(), buffer))
    }

    fn write(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        fit::range(storage, offset, bytes.len())?;
        lock::buffer(storage)?.write(offset, bytes);
        Ok(())
    }

    fn download(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        fit::range(storage, offset, out.len())?;
        lock::buffer(storage)?.read(offset, out);
        Ok(())
    }

    fn synchronize(&self) -> Result<()> {
        Ok(())
    }

    fn fill(&self, value: Scalar, out: &mut Output<'_>) -> Result<()> {
        fit::fill(out)?;
        locked(Elementwise, &[], from_mut(out), |_, outs| {
            fill::fill(value, &outs[0])
        })
    }

    fn map(&self, f: Map, compute: DType, inputs: &[View<'_>], out: &mut Output<'_>) -> Result<()> {
        fit::map(f, compute, inputs, out)?;
        locked(Elementwise, inputs, from_mut(out), |ins, outs| {
            map::map(f, compute, ins, &outs[0])
        })
    }

    fn reduce(&self, f: Reduce, axes: Axes, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::reduce(f, axes, x, out)?;
        written(&[*x], from_mut(out), |ins, outs| {
            reduce::reduce(f, axes, &ins[0], &outs[0])
        })
    }

    fn arg_reduce(&self, f: Arg, dim: usize, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::arg_reduce(f, dim, x, out)?;
        written(&[*x], from_mut(out), |ins, outs| {
            arg_reduce::arg_reduce(f, dim, &ins[0], &outs[0])
        })
    }

    fn scan(&self, f: Scan, dim: usize, x: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::scan(f, dim, x, out)?;
        written(&[*x], from_mut(out), |ins, outs| {
            scan::scan(f, dim, &ins[0], &outs[0])
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
        written(&[*x], from_mut(out), |ins, outs| {
            argsort::argsort(dim, descending, &ins[0], &outs[0])
        })
    }

    fn matmul(&self, a: &View<'_>, b: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::matmul(a, b, out)?;
        written(&[*a, *b], from_mut(out), |ins, outs| {
            matmul::matmul(&ins[0], &ins[1], &outs[0])
        })
    }

    fn linalg(&self, f: Linalg, inputs: &[View<'_>], outs: &mut [Output<'_>]) -> Result<()> {
        fit::linalg(f, inputs, outs)?;
        written(inputs, outs, |ins, outs| linalg::linalg(f, ins, outs))
    }

    fn conv(&self, conv: &Conv, a: &View<'_>, b: &View<'_>, out: &mut Output<'_>) -> Result<()> {
        fit::conv(conv, a, b, out)?;
        written(&[*a, *b], from_mut(out), |ins, outs| {
            conv::conv(conv, &ins[0], &ins[1], &outs[0])
        })
    }

    fn pool(&self, pool: &Pool, x: &View<'_>, outs: &mut [Output<'_>]) -> Result<()> {
        fit::pool(pool, x, outs)?;
        written(&[*x], outs, |ins, outs| pool::pool(pool, &ins[0], outs))
    }

    fn gather(
        &self,
        f: IndexOp,
        x: &View<'_>,
        index: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()> {
        fit::gather(f, x, index, out)?;
        locked(Never, &[*x, *index], from_mut(out), |ins, outs| {
            index::gather(f, &ins[0], &ins[1], &outs[0])
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
        locked(Never, &[*index, *src], from_mut(out), |ins, outs| {
            index::scatter(f, mode, &ins[0], &ins[1], &outs[0])
        })
    }

    fn fused(&self, f: &Fused, inputs: &[View<'_>], outs: &mut [Output<'_>]) -> Result<Done> {
        fit::fused(f, inputs, outs)?;
        if is_empty(outs) {
            return Ok(Done::Yes);
        }
        locked(Never, inputs, outs, |ins, outs| fused::fused(f, ins, outs))
    }

    fn optimizer_step(&self, f: &OptimizerStep, group: &[StepViews<'_>]) -> Result<Done> {
        fit::optimizer_step(f, group)?;
        optimizer::step(f, group)
    }
}

/// Whether no result has an element. Kernels count through rows, of which an empty tensor may have any number.
fn is_empty(outs: &[Output<'_>]) -> bool {
    outs.iter().all(|out| out.view().layout().numel() == 0)
}

/// Runs a kernel whose only effect is what it writes to `outs`, which share no memory with its inputs.
#[inline]
fn written(
    inputs: &[View<'_>],
    outs: &mut [Output<'_>],
    kernel: impl FnOnce(&[Operand<'_>], &[Operand<'_>]) -> Result<()>,
) -> Result<()> {
    if is_empty(outs) {
        return Ok(());
    }
    locked(Never, inputs, outs, kernel)
}
