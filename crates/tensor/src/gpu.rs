//! The GPUs of this machine. PyTorch: `torch.cuda`.
//!
//! ```
//! use rushlight::{Device, Tensor, gpu};
//! let device = if gpu::is_available() { Device::gpu(0)? } else { Device::CPU };
//! let x = Tensor::ones([2, 3], &device)?;
//! assert_eq!(x.sum()?.item::<f32>()?, 6.0);
//! # Ok::<(), rushlight::Error>(())
//! ```
//!
//! A device with memory limits, or in the debug mode that detects writes outside of tensors ([`Options`]), is opened separately. Its tensors
//! do not mix with those of [`Device::gpu`].
//!
//! ```no_run
//! use rushlight::{Device, Tensor, gpu::{Gpu, Options}};
//! use std::sync::Arc;
//! let gpu = Arc::new(Gpu::open_with(0, &Options { memory_limit: Some(2 << 30), ..Options::default() })?);
//! let device = Device::custom(gpu.clone());
//! let x = Tensor::ones([1 << 20], &device)?;
//! println!("{} MiB in use, {} at most", gpu.memory().allocated >> 20, gpu.memory().peak >> 20);
//! # Ok::<(), rushlight::Error>(())
//! ```
//!
//! Operations are recorded and run asynchronously. A training step (forward, backward and update) never waits for the GPU. These do wait:
//!
//! - reading values: `item`, `to_vec` and related methods, printing, `equal`, `allclose`, saving;
//! - results whose shape depends on values: `nonzero`, boolean masks as an index, `masked_select`, `unique`, `bincount`, `histc` without a
//!   range, `one_hot` without a number of classes, `repeat_interleave` and `tensor_split` by a tensor;
//! - checks that report the offending value: probabilities of `bernoulli` and `multinomial`, weights of `cov`, `q` of `quantile`, deviations of
//!   `normal`, variances of `gaussian_nll_loss`, the norm of `clip_grad_norm_` with `error_if_nonfinite`, anomaly detection;
//! - random slopes (`rrelu` in training), and batch norm with a cumulative average (`momentum` of `None`);
//! - linear algebra, which runs on the host: [`report`] lists it.
//!
//! [`Counts::read_backs`] counts how often a program waited.
//!
//! On the CPU an index out of range in data, or an integer division by zero, is an error at once. A GPU finds such a fault later, and the fault
//! poisons the tensors that depend on it:
//!
//! - Each read of the result of the operation, or of a tensor computed from it or written by it in place, is an error. The error names the
//!   operation and, as a frame, the location of its call. Poison applies to whole storages: all views of one tensor share it.
//! - Reading any other tensor is not an error, on any thread.
//! - A tensor that is overwritten completely, by `fill_`, `zero_` or `copy_`, is valid again.
//! - [`Device::synchronize`] returns an unreported fault once: the first one of the calling thread, or of a thread that has ended. Faults of
//!   other threads are left to them.
//! - An operation that returns an error leaves no fault for `synchronize`.

use crate::Device;
use parking_lot::Mutex;
use rushlight_backend::Result;
pub use rushlight_wgpu::{
    ADAPTER_FILTER, Counts, Gpu, MemoryUse, Options, count as device_count, report,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The GPUs opened so far. They stay open, so that [`Device::gpu`] returns the same device each time.
static OPEN: Mutex<BTreeMap<usize, Arc<Gpu>>> = Mutex::new(BTreeMap::new());

/// Whether there is a GPU. PyTorch: `torch.cuda.is_available`.
pub fn is_available() -> bool {
    device_count() > 0
}

/// The backend of [`Device::gpu`]`(index)`, with its counters and its memory pool.
///
/// If there is no such GPU, the error says which adapters were searched.
#[track_caller]
pub fn open(index: usize) -> Result<Arc<Gpu>> {
    let mut open = OPEN.lock();
    if let Some(gpu) = open.get(&index) {
        return Ok(gpu.clone());
    }
    let gpu = Arc::new(Gpu::open(index)?);
    open.insert(index, gpu.clone());
    Ok(gpu)
}

#[track_caller]
pub(crate) fn device(index: usize) -> Result<Device> {
    Ok(Device::custom(open(index)?))
}
