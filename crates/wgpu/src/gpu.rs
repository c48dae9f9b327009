//! A GPU as a place where tensors live.

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
            let block = self.buffer(view.storage())?.block().ok_or_else(gone)?;
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

    /// Writes into a block, in the order of the stream.
    #[track_caller]
    pub(crate) fn write_bytes(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.health.check("upload")?;
        self.uploads.fetch_add(1, Ordering::Relaxed);
        if bytes.len() == storage.bytes() {
            let block = self.buffer(storage)?.block().ok_or_else(gone)?;
            self.stream.lock().renew(block);
        }
        bytes
            .chunks(TRANSFER)
            .enumerate()
            .try_for_each(|(i, piece)| self.write_piece(storage, offset + i * TRANSFER, piece))
    }

    #[track_caller]
    fn write_piece(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()> {
        let block = self.buffer(storage)?.block().ok_or_else(gone)?;
        let aligned = offset.is_multiple_of(4) && bytes.len().is_multiple_of(4);
        // What lies behind the last byte of a block is padding.
        let ends = offset.is_multiple_of(4) && offset + bytes.len() == storage.bytes();
        if (aligned || ends)
            && bytes.len() > SMALL
            && let Some(mut upload) = self.staging.take(bytes.len())
        {
            upload.push(bytes);
            let filled = upload.close();
            return self.stream.lock().upload(filled, block, offset as u64);
        }
        if aligned {
            return self.stream.lock().write(block, offset as u64, bytes);
        }
        // Copies are in words; the bytes around these stay as they are, but padding may become anything.
        let start = offset / 4 * 4;
        let end = (offset + bytes.len()).next_multiple_of(4);
        let mut words = vec![0; end - start];
        if !ends {
            self.read_piece(storage, start, &mut words)?;
        }
        words[offset - start..][..bytes.len()].copy_from_slice(bytes);
        self.stream.lock().write(block, start as u64, &words)
    }

    /// A block of the `bytes` bytes that `write` hands over, piece by piece: straight into upload memory if there are many.
    #[track_caller]
    pub(crate) fn upload_pieces(&self, bytes: usize, write: &mut Pieces<'_>) -> Result<Storage> {
        self.health.check("upload")?;
        let storage = self.block(bytes)?;
        if bytes > SMALL
            && let Some(mut upload) = self.staging.take(bytes)
        {
            write(&mut |piece| upload.push(piece))?;
            check_pieces(upload.len(), bytes)?;
            let block = self.buffer(&storage)?.block().ok_or_else(gone)?;
            self.uploads.fetch_add(1, Ordering::Relaxed);
            let filled = upload.close();
            self.stream.lock().upload(filled, block, 0)?;
        } else {
            let mut all = Vec::with_capacity(bytes);
            write(&mut |piece| all.extend_from_slice(piece))?;
            check_pieces(all.len(), bytes)?;
            self.write_bytes(&storage, 0, &all)?;
        }
        Ok(storage)
    }

    /// Reads from a block after all that was recorded before; an error if what is there comes of a faulty launch.
    #[track_caller]
    pub(crate) fn read_bytes(
        &self,
        storage: &Storage,
        offset: usize,
        out: &mut [u8],
    ) -> Result<()> {
        self.health.check("download")?;
        self.read_backs.fetch_add(1, Ordering::Relaxed);
        if out.is_empty() {
            return self.wait_for_work();
        }
        for (i, piece) in out.chunks_mut(TRANSFER).enumerate() {
            self.read_piece(storage, offset + i * TRANSFER, piece)?;
            let block = self.buffer(storage)?.block().ok_or_else(gone)?;
            if let Some(fault) = self.pool.lock().poison.of(block.held()) {
                return Err(fault.error());
            }
        }
        Ok(())
    }

    /// Reads what is there, right or not.
    #[track_caller]
    fn read_piece(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()> {
        let block = self.buffer(storage)?.block().ok_or_else(gone)?;
        let start = offset / 4 * 4;
        let end = (offset + out.len()).next_multiple_of(4);
        let bytes = (end - start) as u64;
        let landing = self
            .stream
            .lock()
            .read(&block.buffer, block.base + start as u64, bytes)?;
        let head = landing.wait(&self.device, |read| {
            out.copy_from_slice(&read[offset - start..][..out.len()]);
        });
        self.finish(landing, head)
    }

    /// Waits for all work, and reports the first fault that concerns this thread and that nobody heard of yet.
    #[track_caller]
    pub(crate) fn wait(&self) -> Result<()> {
        self.health.check("synchronize")?;
        self.wait_for_work()?;
        match self.stream.lock().ledger.report() {
            Some(fault) => Err(fault.error()),
            None => Ok(()),
        }
    }

    /// Waits for all work, and takes note of the faults that were found until then.
    #[track_caller]
    fn wait_for_work(&self) -> Result<()> {
        let landing = self.stream.lock().read_faults()?;
        let mut buffer = Vec::new();
        let count = landing.wait(&self.device, |read| {
            buffer.extend_from_slice(bytemuck::cast_slice(read));
        });
        wait_all(&self.device)?;
        self.arrived(count)?;
        let mut stream = self.stream.lock();
        stream.convict(&buffer, landing.mark);
        stream.keep(landing);
        drop(stream);
        self.health.check("download")
    }

    /// Takes note of how many launches before a read-back were faulty.
    #[track_caller]
    fn finish(&self, landing: Landing, count: Result<u32>) -> Result<()> {
        let count = self.arrived(count)?;
        let mut stream = self.stream.lock();
        let news = stream.ledger.has_news(count);
        if !news {
            stream.ledger.settle(landing.mark);
        }
        stream.keep(landing);
        drop(stream);
        if news {
            return self.wait_for_work();
        }
        self.health.check("download")
    }

    /// A lost device is the reason for whatever failed.
    #[track_caller]
    fn arrived<T>(&self, read: Result<T>) -> Result<T> {
        read.or_else(|e| self.health.check("download").and(Err(e)))
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

#[track_caller]
fn check_pieces(got: usize, bytes: usize) -> Result<()> {
    if got == bytes {
        return Ok(());
    }
    Err(Error::value(format!(
        "upload: {got} bytes came for a block of {bytes}"
    )))
}

fn gone() -> Error {
    Error::device("the tensor's memory is gone")
}
