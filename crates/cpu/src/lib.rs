//! The CPU backend: rayon across cores, SIMD chosen at run time, buffers from a pool.
//!
//! Each method of [`Backend`] takes a plan together with tensors that are proven to fit it ([`Planned`]), locks their storages (`lock`),
//! converts the views to raw operands, and calls the module of the kernel family. Results do not depend on the number of threads, because
//! work is split by size alone.
//!
//! ```
//! use rushlight_backend::{Backend, Binary, DType, Dims, Layout, Map, Output, View, plan};
//! use rushlight_cpu::Cpu;
//!
//! let layout = Layout::contiguous(Dims::from([2]));
//! let (a, b) = (Cpu.upload(&[1, 2])?, Cpu.upload(&[3, 4])?);
//! let mut out = Cpu.alloc(2)?;
//! let inputs = [View::new(&a, &layout, DType::U8)?, View::new(&b, &layout, DType::U8)?];
//! let sum = Output::fresh(&mut out, &layout, DType::U8)?;
//! Cpu.map(plan::map(Map::Binary(Binary::Add), DType::I64, &inputs, sum)?)?;
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
mod fourier;
mod fused;
mod index;
mod lanes;
mod linalg;
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
mod recurrent;
mod reduce;
mod scan;
mod search;
mod simd;
mod stream;
mod sum;
mod team;

use buffer::CpuBuffer;
use lock::Sharing::{Elementwise, Never};
use lock::locked;
pub use memory::{MemoryUse, empty_cache, memory, reset_peak_memory, set_cache_limit};
use operand::Operand;
pub use parallel::{get_num_threads, set_num_threads};
use rushlight_backend::plan::{
    ConvPlan, FillPlan, FusedPlan, GatherPlan, LinalgPlan, MapPlan, Order, Planned, PoolPlan,
    ProductPlan, ReducePlan, RowsPlan, ScatterPlan, StepPlan,
};
use rushlight_backend::{Arg, Backend, Done, Result, Scan, Storage};

/// The CPU backend.
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
        storage.expect_range(offset, bytes.len())?;
        lock::buffer(storage)?.write(offset, bytes);
        Ok(())
    }

    fn download(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        storage.expect_range(offset, out.len())?;
        lock::buffer(storage)?.read(offset, out);
        Ok(())
    }

    fn synchronize(&self) -> Result<()> {
        Ok(())
    }

    fn fill(&self, call: Planned<'_, FillPlan>) -> Result<()> {
        locked(Elementwise, call, |plan, _, outs| {
            fill::fill(plan.value, &outs[0])
        })
    }

    fn map(&self, call: Planned<'_, MapPlan>) -> Result<()> {
        locked(Elementwise, call, |plan, ins, outs| {
            let [instruction] = plan.body;
            map::map(instruction.f, plan.compute, ins, &outs[0])
        })
    }

    fn reduce(&self, call: Planned<'_, ReducePlan>) -> Result<()> {
        written(call, |plan, ins, outs| {
            reduce::reduce(plan, &ins[0], &outs[0]);
            Ok(())
        })
    }

    fn arg_reduce(&self, call: Planned<'_, RowsPlan<Arg>>) -> Result<()> {
        written(call, |plan, ins, outs| {
            arg_reduce::arg_reduce(plan, &ins[0], &outs[0]);
            Ok(())
        })
    }

    fn scan(&self, call: Planned<'_, RowsPlan<Scan>>) -> Result<()> {
        written(call, |plan, ins, outs| {
            scan::scan(plan, &ins[0], &outs[0]);
            Ok(())
        })
    }

    fn argsort(&self, call: Planned<'_, RowsPlan<Order>>) -> Result<()> {
        written(call, |plan, ins, outs| {
            argsort::argsort(plan, &ins[0], &outs[0]);
            Ok(())
        })
    }

    fn matmul(&self, call: Planned<'_, ProductPlan>) -> Result<()> {
        written(call, |plan, ins, outs| {
            matmul::matmul(plan, &ins[0], &ins[1], &outs[0])
        })
    }

    fn linalg(&self, call: Planned<'_, LinalgPlan>) -> Result<()> {
        written(call, |plan, ins, outs| linalg::linalg(plan.f, ins, outs))
    }

    fn conv(&self, call: Planned<'_, ConvPlan>) -> Result<()> {
        written(call, |plan, ins, outs| {
            conv::conv(plan, &ins[0], &ins[1], &outs[0])
        })
    }

    fn pool(&self, call: Planned<'_, PoolPlan>) -> Result<()> {
        written(call, |plan, ins, outs| {
            pool::pool(plan, &ins[0], outs);
            Ok(())
        })
    }

    fn gather(&self, call: Planned<'_, GatherPlan>) -> Result<()> {
        locked(Never, call, |plan, ins, outs| {
            index::gather(&plan.index, &ins[0], &ins[1], &outs[0])
        })
    }

    fn scatter(&self, call: Planned<'_, ScatterPlan>) -> Result<()> {
        locked(Never, call, |plan, ins, outs| {
            index::scatter(plan, &ins[0], &ins[1], &outs[0])
        })
    }

    fn fused(&self, call: Planned<'_, FusedPlan<'_>>) -> Result<Done> {
        if call.is_empty() {
            return Ok(Done::Yes);
        }
        locked(Never, call, |plan, ins, outs| {
            fused::fused(plan.f, ins, outs)
        })
    }

    fn optimizer_step(&self, call: Planned<'_, StepPlan<'_>>) -> Result<Done> {
        optimizer::step(call)
    }
}

/// Runs a kernel that only writes to its outputs, which share no memory with its inputs. It must not run for empty outputs, because an empty
/// tensor may have any number of rows.
#[inline]
fn written<P>(
    call: Planned<'_, P>,
    kernel: impl FnOnce(&P, &[Operand<'_>], &[Operand<'_>]) -> Result<()>,
) -> Result<()> {
    if call.is_empty() {
        return Ok(());
    }
    locked(Never, call, kernel)
}
