//! What kernels run on: device memory, compiled pipelines, the stream of dispatches, and the record of faults that kernels find in data.

mod bound;
mod buffer;
mod failure;
mod fault;
mod guard;
mod launch;
mod ledger;
mod pipelines;
mod poison;
mod pool;
mod staging;
mod stream;
mod thread;
mod wait;

pub(crate) use bound::Bound;
pub(crate) use buffer::GpuBuffer;
pub(crate) use failure::Health;
pub(crate) use fault::FaultCode;
pub(crate) use launch::{Grid, Launch};
pub use pool::MemoryUse;
pub(crate) use pool::Pool;
pub(crate) use staging::Staging;
pub(crate) use stream::{ReadBackBuffer, SMALL, Stream};
pub(crate) use wait::wait_all;
