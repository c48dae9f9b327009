//! The CPU backend: rayon across cores, SIMD chosen at run time, buffers from a pool.
//!
//! Each method of [`Backend`] locks the storages it touches (`lock`), turns views into raw operands, and hands them to the module
//! that holds the kernel family. Results do not depend on the number of threads: work is cut by size alone.
//!
//! ```
//! use rushlight_backend::{Backend, Binary, DType, Dims, Layout, Map, View};
//! use rushlight_cpu::Cpu;
//!
//! let layout = Layout::contiguous(Dims::from([2]));
//! let (a, b) = (Cpu.upload(&[1, 2])?, Cpu.upload(&[3, 4])?);
//! let out = Cpu.alloc(2)?;
//! let view = |storage| View { storage, layout: &layout, dtype: DType::U8 };
//! Cpu.map(Map::Binary(Binary::Add), DType::I64, &[view(&a), view(&b)], &view(&out))?;
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
use lock::locked;
use rushlight_backend::{
    Arg, Axes, Backend, Conv, DType, Done, Fused, IndexOp, Linalg, Map, OptimizerStep, Pool,
    Reduce, Result, Scalar, Scan, ScatterMode, StepViews, Storage, View,
};

/// The CPU as a place where tensors live.
pub struct Cpu;

impl Backend for Cpu {
    fn name(&self) -> &str {
        "cpu"
    }

    #[inline]
    fn alloc(&self, bytes: usize) -> Result<Storage> {
        Ok(Storage::new(bytes, CpuBuffer::new(bytes)?))
    }

    fn upload(&self, bytes: &[u8]) -> Result<Storage> {
        let buffer = CpuBuffer::new(bytes.len())?;
        buffer.write(0, bytes);
        Ok(Storage::new(bytes.len(), buffer))
    }

    fn write(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        lock::buffer(storage)?.write(offset, bytes);
        Ok(())
    }

    fn download(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        lock::buffer(storage)?.read(offset, out);
        Ok(())
    }

    fn synchronize(&self) -> Result<()> {
        Ok(())
    }

    fn fill(&self, value: Scalar, out: &View<'_>) -> Result<()> {
        locked(&[], &[*out], |_, outs| fill::fill(value, &outs[0]))
    }

    #[inline]
    fn map(&self, f: Map, compute: DType, inputs: &[View<'_>], out: &View<'_>) -> Result<()> {
        locked(inputs, &[*out], |ins, outs| {
            map::map(f, compute, ins, &outs[0])
        })
    }

    fn reduce(&self, f: Reduce, axes: Axes, x: &View<'_>, out: &View<'_>) -> Result<()> {
        locked(&[*x], &[*out], |ins, outs| {
            reduce::reduce(f, axes, &ins[0], &outs[0])
        })
    }

    fn arg_reduce(&self, f: Arg, dim: usize, x: &View<'_>, out: &View<'_>) -> Result<()> {
        locked(&[*x], &[*out], |ins, outs| {
            arg_reduce::arg_reduce(f, dim, &ins[0], &outs[0])
        })
    }

    fn scan(&self, f: Scan, dim: usize, x: &View<'_>, out: &View<'_>) -> Result<()> {
        locked(&[*x], &[*out], |ins, outs| {
            scan::scan(f, dim, &ins[0], &outs[0])
        })
    }

    fn argsort(&self, dim: usize, descending: bool, x: &View<'_>, out: &View<'_>) -> Result<()> {
        locked(&[*x], &[*out], |ins, outs| {
            argsort::argsort(dim, descending, &ins[0], &outs[0])
        })
    }

    fn matmul(&self, a: &View<'_>, b: &View<'_>, out: &View<'_>) -> Result<()> {
        locked(&[*a, *b], &[*out], |ins, outs| {
            matmul::matmul(&ins[0], &ins[1], &outs[0])
        })
    }

    fn linalg(&self, f: Linalg, inputs: &[View<'_>], outs: &[View<'_>]) -> Result<()> {
        locked(inputs, outs, |ins, outs| linalg::linalg(f, ins, outs))
    }

    fn conv(&self, conv: &Conv, a: &View<'_>, b: &View<'_>, out: &View<'_>) -> Result<()> {
        locked(&[*a, *b], &[*out], |ins, outs| {
            conv::conv(conv, &ins[0], &ins[1], &outs[0])
        })
    }

    fn pool(&self, pool: &Pool, x: &View<'_>, outs: &[View<'_>]) -> Result<()> {
        locked(&[*x], outs, |ins, outs| pool::pool(pool, &ins[0], outs))
    }

    fn gather(&self, f: IndexOp, x: &View<'_>, index: &View<'_>, out: &View<'_>) -> Result<()> {
        locked(&[*x, *index], &[*out], |ins, outs| {
            index::gather(f, &ins[0], &ins[1], &outs[0])
        })
    }

    fn scatter(
        &self,
        f: IndexOp,
        mode: ScatterMode,
        index: &View<'_>,
        src: &View<'_>,
        out: &View<'_>,
    ) -> Result<()> {
        locked(&[*index, *src], &[*out], |ins, outs| {
            index::scatter(f, mode, &ins[0], &ins[1], &outs[0])
        })
    }

    fn fused(&self, f: &Fused, inputs: &[View<'_>], outs: &[View<'_>]) -> Result<Done> {
        locked(inputs, outs, |ins, outs| fused::fused(f, ins, outs))
    }

    fn optimizer_step(&self, f: &OptimizerStep, group: &[StepViews<'_>]) -> Result<Done> {
        optimizer::step(f, group)
    }
}
