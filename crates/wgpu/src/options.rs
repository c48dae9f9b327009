//! How a GPU is opened.

/// What [`crate::Gpu::open_with`] is told.
///
/// ```
/// use rushlight_wgpu::Options;
/// let options = Options { cache_limit: 1 << 30, ..Options::default() };
/// assert!(!options.guards);
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Bytes of memory kept for reuse; 4 GiB unless told otherwise. [`crate::Gpu::set_cache_limit`] changes it later.
    pub cache_limit: u64,
    /// Bytes that tensors and memory kept for reuse may take together; unless told otherwise, what the GPU has.
    /// PyTorch: `cuda.set_per_process_memory_fraction`.
    pub memory_limit: Option<u64>,
    /// Bytes that one binding of a kernel may have, if fewer than the adapter's. Tests use it to make small tensors large ones.
    pub binding_limit: Option<u64>,
    /// Whether kernels are those for processors, without shared memory, or those for GPUs; unless told otherwise, as the adapter is.
    pub processor: Option<bool>,
    /// Whether shaders may compute `int64` and `float64` as the adapter does, if it does. Without, `int64` is computed in pairs of words, as
    /// on every adapter that lacks it. Tests use it to run those kernels anywhere.
    pub int64: bool,
    /// A debug mode for kernels: every block lies between bands of a known pattern, which also fills it before it is used.
    /// [`crate::Gpu::check_guards`] tells whether a kernel wrote into a band; what it reads there, or leaves unwritten, is NaN.
    /// Memory is not reused, and kept until that check.
    pub guards: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            cache_limit: 4 << 30,
            memory_limit: None,
            binding_limit: None,
            processor: None,
            int64: true,
            guards: false,
        }
    }
}
