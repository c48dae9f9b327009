//! The machinery below the kernels: memory, pipelines, and the stream of dispatches.

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
pub(crate) use stream::{Landing, SMALL, Stream};
pub(crate) use wait::wait_all;
