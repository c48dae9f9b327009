//! The CPU's memory: how much tensors use, how much is kept for reuse, and how to release it. And the threads of its kernels:
//! [`set_num_threads`].
//!
//! ```
//! use rushlight::{Device, Tensor, cpu};
//!
//! cpu::reset_peak_memory();
//! let before = cpu::memory().allocated;
//! let x = Tensor::zeros([1 << 20], &Device::CPU)?;
//! assert_eq!(cpu::memory().allocated - before, 4 << 20);
//! drop(x);
//! assert!(cpu::memory().cached >= 4 << 20 && cpu::memory().peak - before >= 4 << 20);
//! cpu::empty_cache();
//! # Ok::<(), rushlight::Error>(())
//! ```
//!
//! Freed memory is kept, up to a limit ([`set_cache_limit`]), because fresh memory costs more than most operations on it. Large blocks that
//! were not reused for ten seconds are returned to the system when the next large tensor is freed.

pub use rushlight_cpu::{
    MemoryUse, empty_cache, get_num_threads, memory, reset_peak_memory, set_cache_limit,
    set_num_threads,
};
