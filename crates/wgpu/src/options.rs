//! The options for opening a GPU.

/// Options for [`crate::Gpu::open_with`].
///
/// ```
/// use rushlight_wgpu::Options;
/// let options = Options { cache_limit: 1 << 30, ..Options::default() };
/// assert!(!options.guards);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of freed memory kept for reuse; 4 GiB by default. [`crate::Gpu::set_cache_limit`] changes it later.
    pub cache_limit: u64,
    /// Bytes that tensors and memory kept for reuse may take together; by default as much as the GPU has.
    /// PyTorch: `cuda.set_per_process_memory_fraction`.
    pub memory_limit: Option<u64>,
    /// Bytes that one binding of a kernel may have, if fewer than the adapter supports. Tests lower it so that small tensors exceed a binding.
    pub binding_limit: Option<u64>,
    /// Whether to use the kernels for software adapters, which do without shared memory, or those for GPUs; by default as the adapter is.
    pub software_adapter: Option<bool>,
    /// Whether shaders use the adapter's `int64` and `float64` arithmetic, if it has any. If not, `int64` is computed in pairs of 32-bit words,
    /// as on every adapter without it. Tests turn it off to run those kernels on any adapter.
    pub int64: bool,
    /// A debug mode for kernels: every block lies between guard bands with a known pattern, which also fills new blocks.
    /// [`crate::Gpu::check_guards`] reports writes into a band; reads of a band or of unwritten memory give NaN. Memory is not reused, and is
    /// kept until the check.
    pub guards: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cache_limit: 4 << 30,
            memory_limit: None,
            binding_limit: None,
            software_adapter: None,
            int64: true,
            guards: false,
        }
    }
}
