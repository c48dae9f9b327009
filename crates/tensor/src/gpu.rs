//! The GPUs of this machine. PyTorch: `torch.cuda`.
//!
//! ```
//! use rushlight_tensor::{Device, Tensor, gpu};
//! let device = if gpu::is_available() { Device::gpu(0)? } else { Device::CPU };
//! let x = Tensor::ones([2, 3], &device)?;
//! assert_eq!(x.sum()?.item::<f32>()?, 6.0);
//! # Ok::<(), rushlight_tensor::Error>(())
//! ```
//!
//! A device with limits of its own, or in the debug mode that finds what kernels do to memory that is not theirs ([`Options`]), is opened
//! by itself; its tensors do not mix with those of [`Device::gpu`].
//!
//! ```no_run
//! use rushlight_tensor::{Device, Tensor, gpu::{Gpu, Options}};
//! use std::sync::Arc;
//! let gpu = Arc::new(Gpu::open_with(0, &Options { memory_limit: Some(2 << 30), ..Options::default() })?);
//! let device = Device::custom(gpu.clone());
//! let x = Tensor::ones([1 << 20], &device)?;
//! println!("{} MiB in use, {} at most", gpu.memory().allocated >> 20, gpu.memory().peak >> 20);
//! # Ok::<(), rushlight_tensor::Error>(())
//! ```
//!
//! Operations are recorded and run on their own; a step of training, forward, backward and update, waits for nothing. What does wait:
//!
//! - looking at values: `item`, `to_vec` and their kin, printing, `equal`, `allclose`, saving;
//! - results whose shape depends on values: `nonzero`, boolean masks as an index, `masked_select`, `unique`, `bincount`, `histc` without a
//!   range, `one_hot` without a number of classes, `repeat_interleave` and `tensor_split` by a tensor;
//! - checks that name what is wrong: probabilities of `bernoulli` and `multinomial`, weights of `cov`, `q` of `quantile`, deviations of
//!   `normal`, variances of `gaussian_nll_loss`, the norm of `clip_grad_norm_` with `error_if_nonfinite`, anomaly detection;
//! - random slopes (`rrelu` in training), and batch norm with a cumulative average (`momentum` of `None`);
//! - linear algebra, which runs on the host: [`report`] lists it.
//!
//! [`Counts::read_backs`] tells how often a program waited.
//!
//! An index out of range in data, or an integer divided by zero, is an error on the CPU at once. A GPU finds it later, and the error belongs to the
//! tensors concerned:
//!
//! - Reading the result of the operation, or of anything computed from it or written by it in place, is an error, each time that it is read.
//!   It names the operation and, as a frame, the place where it was called. Memory counts as a whole: views of one tensor share the fault.
//! - Reading any other tensor is no error, on whichever thread.
//! - A tensor that is written whole, by `fill_`, `zero_` or `copy_`, is right again.
//! - [`Device::synchronize`] reports a fault that nobody has read, once: the first one of the calling thread, or of a thread that has ended.
//!   Faults of other threads are theirs.
//! - An operation that is refused returns that error, and leaves no fault behind for `synchronize`.

use crate::Device;
use parking_lot::Mutex;
use rushlight_backend::Result;
pub use rushlight_wgpu::{
    ADAPTER_FILTER, Counts, Gpu, MemoryUse, Options, count as device_count, report,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The GPUs opened so far. They stay open, so that [`Device::gpu`] gives the same device each time.
static OPEN: Mutex<BTreeMap<usize, Arc<Gpu>>> = Mutex::new(BTreeMap::new());

/// Whether there is a GPU. PyTorch: `torch.cuda.is_available`.
pub fn is_available() -> bool {
    device_count() > 0
}

/// GPU `index` itself, with its counters and its memory pool; what [`Device::gpu`] computes on.
///
/// The error says what was looked for if there is no such GPU.
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
