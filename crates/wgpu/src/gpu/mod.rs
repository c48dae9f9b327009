//! A GPU as a place where tensors live.

mod transfer;

use crate::adapter;
use crate::capabilities::Capabilities;
use crate::device_name::DeviceName;
use crate::engine::{
    Bound, GpuBuffer, Health, Landing, Launch, MemoryUse, Pool, SMALL, Staging, Stream, wait_all,
};
use crate::options::Options;
use parking_lot::Mutex;
use rushlight_backend::{DType, Error, Layout, Pieces, Result, Storage, View};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the host and the GPU met.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Times that the host waited for bytes of the GPU.
    pub read_backs: u64,
    /// Times that bytes went to the GPU.
    pub uploads: u64,
    /// Operations that ran on the host, with a read-back and an upload: only those of [`crate::report`]'s list.
    pub on_host: u64,
    /// Kernels launched.
    pub launches: u64,
    /// Batches submitted.
    pub submissions: u64,
    /// Pipelines compiled.
    pub pipelines: u64,
    /// Bind groups kept, each for one combination of tensors; they are let go all at once when they are too many.
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
    suspects: AtomicU64,
    read_backs: AtomicU64,
    uploads: AtomicU64,
    on_host: AtomicU64,
}

/// Bytes that go between host and GPU at a time, so that a transfer takes no more memory than this beside the tensor's own.
const TRANSFER: usize = 32 << 20;

impl Gpu {
    /// Adapter `index` of those that [`crate::report`] lists, as a device of its own: tensors of two devices do not mix, even on one adapter.
    ///
    /// The error says what was looked for if there is no such adapter.
    #[track_caller]
    pub fn open(index: usize) -> Result<Gpu> {
        Gpu::open_with(index, &Options::default())
    }

    /// As [`Gpu::open`], with limits of one's own or in the debug mode.
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
                // SAFETY: cooperative matrices are the only experimental feature asked for; their kernel stays within its bindings.
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
            suspects: AtomicU64::new(0),
            read_backs: AtomicU64::new(0),
            uploads: AtomicU64::new(0),
            on_host: AtomicU64::new(0),
        })
    }

    /// The adapter's name.
    pub fn adapter(&self) -> &str {
        &self.capabilities.adapter
    }

    /// Whether its threads run on the processor's cores: a driver in software, right but slow.
    pub fn is_software(&self) -> bool {
        self.capabilities.is_cpu
    }

    /// The name that messages use.
    pub(crate) fn device_name(&self) -> &str {
        self.name.as_str()
    }

    /// How often the host and this GPU met since it was opened.
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

    /// How much memory the pool has given out and keeps. PyTorch: `cuda.memory_allocated`, `cuda.memory_reserved`.
    pub fn memory(&self) -> MemoryUse {
        self.pool.lock().usage()
    }

    /// Counts [`MemoryUse::peak`] from now on. PyTorch: `cuda.reset_peak_memory_stats`.
    pub fn reset_peak_memory(&self) {
        self.pool.lock().reset_peak();
    }

    /// Lets memory go that is kept for reuse. PyTorch: `cuda.empty_cache`.
    pub fn empty_cache(&self) {
        self.pool.lock().empty();
        self.staging.empty();
        self.forget();
    }

    /// Keeps at most `bytes` of memory for reuse from now on.
    pub fn set_cache_limit(&self, bytes: u64) {
        self.pool.lock().set_limit(bytes);
        self.forget();
    }

    /// Makes the device unusable, as a driver that resets it would. Tests use it to see that errors are values.
    pub fn destroy(&self) {
        self.device.destroy();
        // The loss is noted once no work is left; waiting cannot fail in another way.
        let _ = wait_all(&self.device);
    }

    /// In the debug mode [`Options::guards`]: an error if a kernel wrote outside of a tensor's memory since the last call.
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
            let landing = self
                .stream
                .lock()
                .read(&block.buffer, 0, block.buffer.size())?;
            let words = landing.wait(&self.device, |bytes| {
                if let Some(told) = block.damage(bytes) {
                    damage.get_or_insert(told);
                    self.pool.lock().unwatch(block.id);
                }
            });
            self.finish(landing, words)?;
        }
        self.forget();
        match damage {
            None => Ok(()),
            Some(damage) => Err(Error::device(format!("check_guards: {damage}"))),
        }
    }

    /// Lets go of all memory that is kept for reuse, once the commands that use it are done.
    #[track_caller]
    fn reclaim(&self) -> Result<()> {
        self.empty_cache();
        self.stream.lock().submit()?;
        wait_all(&self.device)
    }

    fn forget(&self) {
        self.stream.lock().follow_pool();
    }

    /// A block of at least `bytes` bytes, its content anything.
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

    /// Our buffer behind a storage, or an error if it is another device's.
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

    /// The view with its binding.
    #[track_caller]
    pub(crate) fn bind<'a>(&self, view: &View<'a>) -> Result<Bound<'a>> {
        Bound::new(
            self.buffer(view.storage())?,
            view,
            self.capabilities.binding,
        )
    }

    /// Whether the view reaches over no more memory than one binding has.
    pub(crate) fn fits(&self, view: &View<'_>) -> bool {
        self.binds(view.layout(), view.dtype())
    }

    /// Whether a layout of elements of `dtype` reaches over no more memory than one binding has.
    pub(crate) fn binds(&self, layout: &Layout, dtype: DType) -> bool {
        let reach = (layout.end() - layout.offset()).saturating_mul(dtype.size());
        (reach as u64) < self.capabilities.binding.saturating_sub(1024)
    }

    /// Records a dispatch.
    #[track_caller]
    pub(crate) fn launch(&self, launch: &Launch<'_>) -> Result<()> {
        self.health.check(launch.name)?;
        let mut stream = self.stream.lock();
        stream.follow_pool();
        stream.launch(launch)?;
        if launch.fault.is_some() {
            self.suspects.store(stream.ledger.last, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Says that the view is about to be written whole, whatever was in its place: if that is all of the memory, what a faulty launch left
    /// there is gone.
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

    /// Runs the work of one operation. If it is refused, that is all that its caller hears of: faults of what was launched before are dropped.
    pub(crate) fn operation<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let before = self.suspects.load(Ordering::Relaxed);
        work().inspect_err(|_| self.stream.lock().ledger.refuse(before))
    }

    /// Counts an operation that the host carries out.
    pub(crate) fn count_on_host(&self) {
        self.on_host.fetch_add(1, Ordering::Relaxed);
    }

    /// Fresh dense memory for `shape` of `dtype`: its storage and layout.
    #[track_caller]
    pub(crate) fn temporary(
        &self,
        shape: rushlight_backend::Dims,
        dtype: DType,
    ) -> Result<(Storage, Layout)> {
        let storage = self.block(shape.numel() * dtype.size())?;
        Ok((storage, Layout::contiguous(shape)))
    }
}

impl fmt::Debug for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gpu({}, {})", self.name.as_str(), self.adapter())
    }
}
