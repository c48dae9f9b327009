//! The type [`Gpu`]: an adapter opened as a device, with its memory, stream and capabilities.

mod transfer;

use crate::adapter;
use crate::capabilities::Capabilities;
use crate::device_name::DeviceName;
use crate::engine::{
    Bound, GpuBuffer, Health, Launch, MemoryUse, Pool, ReadBackBuffer, SMALL, Staging, Stream,
    wait_all,
};
use crate::options::Options;
use parking_lot::Mutex;
use rushlight_backend::{Chunks, DType, Error, Layout, Result, Storage, View};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of a GPU's work since it was opened.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// How often the host waited to read back from the GPU.
    pub read_backs: u64,
    /// How often the host uploaded to the GPU.
    pub uploads: u64,
    /// Operations that ran on the host, with a read-back and an upload. [`crate::report`] lists the operations that do.
    pub on_host: u64,
    /// Kernels launched.
    pub launches: u64,
    /// Batches submitted.
    pub submissions: u64,
    /// Pipelines compiled.
    pub pipelines: u64,
    /// Bind groups kept, one for each combination of tensors. All are dropped when there are too many.
    pub bind_groups: u64,
}

/// A GPU.
pub struct Gpu {
    name: DeviceName,
    pub(crate) capabilities: Capabilities,
    device: wgpu::Device,
    pool: Arc<Mutex<Pool>>,
    stream: Mutex<Stream>,
    staging: Staging,
    health: Health,
    /// The number of the last launch that may be faulty.
    last_pending: AtomicU64,
    read_backs: AtomicU64,
    uploads: AtomicU64,
    on_host: AtomicU64,
}

/// The largest chunk of a transfer between host and GPU, in bytes. It bounds the memory that a transfer needs next to the tensor.
const TRANSFER: usize = 32 << 20;

impl Gpu {
    /// Opens adapter `index` of those that [`crate::report`] lists. Each call opens a new device, and tensors of two devices do not mix, even on
    /// the same adapter.
    ///
    /// If there is no such adapter, the error says which adapters were searched.
    #[track_caller]
    pub fn open(index: usize) -> Result<Gpu> {
        Gpu::open_with(index, &Options::default())
    }

    /// [`Gpu::open`] with options: memory limits, or the debug mode.
    ///
    /// ```no_run
    /// use rushlight_wgpu::{Gpu, Options};
    /// let gpu = Gpu::open_with(0, &Options { memory_limit: Some(8 << 30), ..Options::default() })?;
    /// println!("{}: {:?}", gpu.adapter(), gpu.memory());
    /// # Ok::<(), rushlight_backend::Error>(())
    /// ```
    #[track_caller]
    pub fn open_with(index: usize, options: &Options) -> Result<Gpu> {
        let adapter = adapter::adapter(index)?;
        let features = adapter::features(&adapter);
        let limits = adapter.limits();
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("rushlight"),
            required_features: features,
            required_limits: limits.clone(),
            experimental_features: if features.intersects(wgpu::Features::all_experimental_mask()) {
                // SAFETY: cooperative matrices are the only experimental feature that is requested, and their kernel stays within its bindings.
                unsafe { wgpu::ExperimentalFeatures::enabled() }
            } else {
                wgpu::ExperimentalFeatures::disabled()
            },
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|e| Error::device(format!("gpu:{index}: {e}")))?;
        let health = Health::of(&device);
        let name = DeviceName::of(index);
        let pool = Arc::new(Mutex::new(Pool::new(
            name.as_str(),
            device.clone(),
            options,
        )));
        Ok(Gpu {
            capabilities: Capabilities::new(
                &adapter.get_info(),
                features,
                &limits,
                &adapter.cooperative_matrix_properties(),
                options,
            ),
            name,
            stream: Mutex::new(Stream::new(device.clone(), queue, pool.clone())),
            pool,
            staging: Staging::new(device.clone()),
            device,
            health,
            last_pending: AtomicU64::new(0),
            read_backs: AtomicU64::new(0),
            uploads: AtomicU64::new(0),
            on_host: AtomicU64::new(0),
        })
    }

    /// The adapter's name.
    pub fn adapter(&self) -> &str {
        &self.capabilities.adapter
    }

    /// Whether the adapter is a software driver that runs on the CPU: correct but slow.
    pub fn is_software_adapter(&self) -> bool {
        self.capabilities.is_software_adapter
    }

    /// The name that messages use.
    pub(crate) fn device_name(&self) -> &str {
        self.name.as_str()
    }

    /// The counters of this GPU's work since it was opened.
    pub fn counts(&self) -> Counts {
        let stream = self.stream.lock();
        Counts {
            read_backs: self.read_backs.load(Ordering::Relaxed),
            uploads: self.uploads.load(Ordering::Relaxed),
            on_host: self.on_host.load(Ordering::Relaxed),
            launches: stream.launched,
            submissions: stream.submitted,
            pipelines: stream.pipelines.count() as u64,
            bind_groups: stream.groups() as u64,
        }
    }

    /// Memory statistics. PyTorch: `cuda.memory_allocated`, `cuda.memory_reserved`.
    pub fn memory(&self) -> MemoryUse {
        self.pool.lock().usage()
    }

    /// Restarts [`MemoryUse::peak`] from the present use. PyTorch: `cuda.reset_peak_memory_stats`.
    pub fn reset_peak_memory(&self) {
        self.pool.lock().reset_peak();
    }

    /// Releases the memory that is kept for reuse. PyTorch: `cuda.empty_cache`.
    pub fn empty_cache(&self) {
        self.pool.lock().empty();
        self.staging.empty();
        self.drop_stale_bind_groups();
    }

    /// Sets how many bytes of memory are kept for reuse.
    pub fn set_cache_limit(&self, bytes: u64) {
        self.pool.lock().set_limit(bytes);
        self.drop_stale_bind_groups();
    }

    /// Destroys the device, as a driver reset would. Tests use it to check that later calls return errors.
    pub fn destroy(&self) {
        self.device.destroy();
        // wgpu reports the loss after the pending work has ended. The wait fails for no other reason.
        let _ = wait_all(&self.device);
    }

    /// Returns an error if a kernel wrote outside of a tensor's memory since the last call. Requires the debug mode [`Options::guards`].
    ///
    /// ```no_run
    /// use rushlight_wgpu::{Gpu, Options};
    /// let gpu = Gpu::open_with(0, &Options { guards: true, ..Options::default() })?;
    /// // … kernels …
    /// gpu.check_guards()?;
    /// # Ok::<(), rushlight_backend::Error>(())
    /// ```
    #[track_caller]
    pub fn check_guards(&self) -> Result<()> {
        let Some(watched) = self.pool.lock().watched() else {
            return Err(Error::value(
                "check_guards: this device was opened without Options::guards",
            ));
        };
        let mut damage = None;
        for block in watched {
            let read_back = self
                .stream
                .lock()
                .read(&block.buffer, 0, block.buffer.size())?;
            let words = read_back.wait(&self.device, |bytes| {
                if let Some(found) = block.damage(bytes) {
                    damage.get_or_insert(found);
                    self.pool.lock().unwatch(block.id);
                }
            });
            self.finish(read_back, words)?;
        }
        self.drop_stale_bind_groups();
        match damage {
            None => Ok(()),
            Some(damage) => Err(Error::device(format!("check_guards: {damage}"))),
        }
    }

    /// Releases all memory that is kept for reuse, after the commands that use it have finished.
    #[track_caller]
    fn reclaim(&self) -> Result<()> {
        self.empty_cache();
        self.stream.lock().submit()?;
        wait_all(&self.device)
    }

    fn drop_stale_bind_groups(&self) {
        self.stream.lock().follow_pool();
    }

    /// Allocates at least `bytes` bytes with unspecified content.
    #[track_caller]
    pub(crate) fn block(&self, bytes: usize) -> Result<Storage> {
        self.health.check("empty")?;
        let taken = self.pool.lock().take(bytes as u64);
        let block = match taken {
            Ok(block) => block,
            Err(_) => {
                self.reclaim()?;
                self.pool.lock().take(bytes as u64)?
            }
        };
        Ok(Storage::new(
            bytes,
            GpuBuffer::new(block, self.pool.clone()),
        ))
    }

    /// The buffer of a storage, or an error if the storage is on another device.
    #[track_caller]
    pub(crate) fn buffer<'a>(&self, storage: &'a Storage) -> Result<&'a GpuBuffer> {
        match storage.buffer::<GpuBuffer>() {
            Some(buffer) if buffer.is_of(&self.pool) => Ok(buffer),
            Some(buffer) => Err(Error::device(format!(
                "{}: the tensor's memory is on another device, {}",
                self.name.as_str(),
                buffer.device_name()
            ))),
            None => Err(Error::device(format!(
                "{}: the tensor's memory is another backend's",
                self.name.as_str()
            ))),
        }
    }

    /// The view together with its binding.
    #[track_caller]
    pub(crate) fn bind<'a>(&self, view: &View<'a>) -> Result<Bound<'a>> {
        Bound::new(
            self.buffer(view.storage())?,
            view,
            self.capabilities.binding,
        )
    }

    /// Whether one binding can cover the view.
    pub(crate) fn fits(&self, view: &View<'_>) -> bool {
        self.binds(view.layout(), view.dtype())
    }

    /// Whether one binding can cover a layout of elements of `dtype`.
    pub(crate) fn binds(&self, layout: &Layout, dtype: DType) -> bool {
        self.binds_bytes((layout.end() - layout.offset()).saturating_mul(dtype.size()))
    }

    /// Whether one binding can cover this much memory, which may start up to 1 KiB before it.
    pub(crate) fn binds_bytes(&self, bytes: usize) -> bool {
        (bytes as u64) < self.capabilities.binding.saturating_sub(1024)
    }

    /// Whether one binding can cover a contiguous copy of the view.
    pub(crate) fn binds_copy(&self, view: &View<'_>) -> bool {
        self.binds_bytes(view.layout().numel().saturating_mul(view.dtype().size()))
    }

    /// Records a dispatch.
    #[track_caller]
    pub(crate) fn launch(&self, launch: &Launch<'_>) -> Result<()> {
        self.health.check(launch.name)?;
        let mut stream = self.stream.lock();
        stream.follow_pool();
        stream.launch(launch)?;
        if launch.fault.is_some() {
            self.last_pending
                .store(stream.ledger.last, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Records that the view is about to be overwritten completely. If it covers all of its storage, that removes the poison of a faulty launch.
    pub(crate) fn renew(&self, view: &View<'_>) -> Result<()> {
        if view.layout().numel().checked_mul(view.dtype().size()) == Some(view.storage().bytes()) {
            let block = self
                .buffer(view.storage())?
                .block()
                .ok_or_else(transfer::gone)?;
            self.stream.lock().renew(block);
        }
        Ok(())
    }

    /// Runs the launches of one operation. If the operation returns an error, faults of the launches that it made before are not reported again.
    pub(crate) fn operation<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let before = self.last_pending.load(Ordering::Relaxed);
        work().inspect_err(|_| self.stream.lock().ledger.refuse(before))
    }

    /// Counts an operation that runs on the host.
    pub(crate) fn count_on_host(&self) {
        self.on_host.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gpu({}, {})", self.name.as_str(), self.adapter())
    }
}
