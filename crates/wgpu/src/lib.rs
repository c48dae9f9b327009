//! The GPU backend: the operations of `rushlight-backend` as compute shaders, through wgpu.
//!
//! A [`Gpu`] records dispatches and submits them in batches; the host waits only when it reads results back. Memory comes from a pool with
//! size classes, pipelines are compiled once for each combination of kernel and dtypes, and parameters are uploaded with the batch. A fault
//! that a kernel finds in data (an index out of range, an integer divided by zero) is reported when a tensor that depends on it is read, or
//! at `synchronize`; reading any other tensor is not an error.
//!
//! ```no_run
//! use rushlight_backend::{Backend, Binary, DType, Dims, Layout, Map, View, plan};
//! use rushlight_wgpu::Gpu;
//!
//! let gpu = Gpu::open(0)?;
//! let layout = Layout::contiguous(Dims::from([2]));
//! let (a, b) = (gpu.upload(bytemuck::cast_slice(&[1.0f32, 2.0]))?, gpu.upload(bytemuck::cast_slice(&[3.0f32, 4.0]))?);
//! let out = gpu.alloc(8)?;
//! let view = |storage| View::new(storage, &layout, DType::F32);
//! gpu.map(plan::map(Map::Binary(Binary::Add), DType::F32, &[view(&a)?, view(&b)?], view(&out)?.into())?)?;
//! let mut sum = [0.0f32; 2];
//! gpu.download(&out, 0, bytemuck::cast_slice_mut(&mut sum))?;
//! assert_eq!(sum, [4.0, 6.0]);
//! # Ok::<(), rushlight_backend::Error>(())
//! ```
#![deny(missing_docs)]

mod adapter;
mod backend;
mod capabilities;
mod device_name;
mod engine;
mod gpu;
mod kernels;
mod options;

pub use adapter::{ADAPTER_FILTER, report};
pub use engine::MemoryUse;
pub use gpu::{Counts, Gpu};
pub use options::Options;

/// How many GPUs there are.
pub fn count() -> usize {
    adapter::adapters().len()
}
