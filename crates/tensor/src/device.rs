//! The device of a tensor: the CPU, a GPU, or a custom backend.

use rushlight_backend::Backend;
use rushlight_cpu::Cpu;
use std::fmt;
use std::sync::Arc;

/// A device: the CPU, or any backend behind an `Arc`. PyTorch: `torch.device`.
///
/// ```
/// use rushlight::{Device, Tensor};
/// let x = Tensor::zeros([2], &Device::CPU)?;
/// assert_eq!(x.device().name(), "cpu");
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Device(Option<Arc<dyn Backend>>);

impl Device {
    /// The CPU, which is the default device.
    pub const CPU: Device = Device(None);

    /// GPU `index` of those that [`crate::gpu::report`] lists, opened at the first call. PyTorch: `torch.device("cuda", index)`.
    ///
    /// If there is no such GPU, the error says which adapters were searched.
    ///
    /// ```no_run
    /// use rushlight::{Device, Tensor};
    /// let gpu = Device::gpu(0)?;
    /// let x = Tensor::ones([2, 3], &gpu)?;
    /// assert_eq!(x.device().name(), "gpu:0");
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[cfg(feature = "gpu")]
    #[track_caller]
    pub fn gpu(index: usize) -> rushlight_backend::Result<Device> {
        crate::gpu::device(index)
    }

    /// A device on a custom backend.
    pub fn custom(backend: Arc<dyn Backend>) -> Device {
        Device(Some(backend))
    }

    /// The name of the device in messages: `cpu`, `gpu:0`.
    pub fn name(&self) -> &str {
        self.backend().name()
    }

    /// Waits until all work on the device is done. PyTorch: `torch.cuda.synchronize`.
    ///
    /// Returns the first fault that a GPU found in data, such as an index out of range, and that no read of a tensor has reported yet. Each
    /// fault is returned once, to the thread that called the operation, or to any thread if that one has ended.
    #[track_caller]
    pub fn synchronize(&self) -> rushlight_backend::Result<()> {
        match self.backend().synchronize() {
            Ok(()) => Ok(()),
            Err(e) => Err(e.here()),
        }
    }

    /// Whether elements can be read without waiting ([`Backend::reads_at_once`]), as on the CPU, so that decisions may depend on them.
    #[inline]
    pub fn reads_at_once(&self) -> bool {
        self.backend().reads_at_once()
    }

    /// The backend of the device.
    #[inline]
    pub fn backend(&self) -> &dyn Backend {
        match &self.0 {
            None => &Cpu,
            Some(backend) => &**backend,
        }
    }
}

impl PartialEq for Device {
    #[inline]
    fn eq(&self, other: &Device) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Eq for Device {}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({})", self.name())
    }
}
