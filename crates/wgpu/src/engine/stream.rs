//! The command stream of a device: dispatches and copies are recorded in order and submitted in batches. The host waits only to read back.

use super::failure::guarded;
use super::fault::{self, LaunchOrigin};
use super::ledger::{Ledger, Mark};
use super::pipelines::{Compiled, Pipelines};
use super::pool::{Block, Pool};
use super::staging::Filled;
use super::thread::Caller;
use super::wait::{wait, wait_all};
use super::{Bound, Launch};
use parking_lot::Mutex;
use rushlight_backend::{Error, IndexRole, Result, noted_location};
use rushlight_shaders::Access;
use smallvec::SmallVec;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferBinding,
    BufferDescriptor, BufferUsages, CommandEncoder, ComputePass, Device, Queue, SubmissionIndex,
};

/// The number of dispatches in a batch.
const BATCH: usize = 48;
/// The largest number of submissions in flight. Before another, the host waits for the oldest.
const IN_FLIGHT: usize = 4;
/// Bytes of parameters and small uploads in a batch.
const ARENA: usize = 1 << 20;
/// The largest size of a kernel's parameters, in bytes.
const PARAMS: usize = 512;
/// Uniform bindings start at multiples of this many bytes, which every adapter accepts.
const ALIGNMENT: usize = 256;
/// Uploads of up to this many bytes are stored with the parameters of the batch; larger ones are copied from staging buffers.
pub(crate) const SMALL: usize = 16 << 10;
/// A batch with this many bytes of uploads is submitted, so that the copies start and their staging buffers are returned.
const UPLOADS: u64 = 4 << 20;
/// Read-back buffers up to this size are rounded up to a power of two, larger ones to a multiple of this.
const LARGE: u64 = 1 << 20;
/// The number of read-back buffers kept for reuse, and the largest size that is kept.
const KEPT_READ_BACK_BUFFERS: usize = 8;
const LARGEST_KEPT: u64 = 64 << 20;
/// How long to wait at a time for the callback of a mapping that another thread runs, and how often.
const CALLBACK_WAIT: Duration = Duration::from_millis(100);
const CALLBACK_WAITS: usize = 100;
/// The number of bind groups kept for reuse.
const GROUPS: usize = 4096;

type GroupKey = SmallVec<[(u64, u64, u64); 6]>;

pub(crate) struct Stream {
    device: Device,
    queue: Queue,
    pub pipelines: Pipelines,
    encoder: Option<CommandEncoder>,
    pass: Option<ComputePass<'static>>,
    dispatches: usize,
    arena: Buffer,
    staged: Vec<u8>,
    /// The staging buffers that the batch copies from.
    uploads: Vec<Filled>,
    params: BindGroup,
    fault: Buffer,
    faults: BindGroup,
    pub ledger: Ledger,
    pool: Arc<Mutex<Pool>>,
    groups: HashMap<GroupKey, BindGroup>,
    releases: u64,
    /// Whether any memory is known to be poisoned.
    poisoned: bool,
    in_flight: VecDeque<SubmissionIndex>,
    read_back_buffers: Vec<Buffer>,
    pub launched: u64,
    pub submitted: u64,
}

impl Stream {
    pub fn new(device: Device, queue: Queue, pool: Arc<Mutex<Pool>>) -> Stream {
        let pipelines = Pipelines::new(device.clone());
        let buffer = |size: usize, usage: BufferUsages| {
            device.create_buffer(&BufferDescriptor {
                label: None,
                size: size as u64,
                usage: usage | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            })
        };
        let arena = buffer(ARENA, BufferUsages::UNIFORM);
        let fault = buffer(fault::BYTES, BufferUsages::STORAGE);
        let group = |layout, buffer: &Buffer, size: usize| {
            device.create_bind_group(&BindGroupDescriptor {
                label: None,
                layout,
                entries: &[BindGroupEntry {
                    binding: 0,
                    resource: BindingResource::Buffer(BufferBinding {
                        buffer,
                        offset: 0,
                        size: wgpu::BufferSize::new(size as u64),
                    }),
                }],
            })
        };
        let params = group(&pipelines.params, &arena, PARAMS);
        let faults = group(&pipelines.faults, &fault, fault::BYTES);
        Stream {
            device,
            queue,
            pipelines,
            encoder: None,
            pass: None,
            dispatches: 0,
            arena,
            staged: Vec::new(),
            uploads: Vec::new(),
            params,
            fault,
            faults,
            ledger: Ledger::new(),
            pool,
            groups: HashMap::new(),
            releases: 0,
            poisoned: false,
            in_flight: VecDeque::new(),
            read_back_buffers: Vec::new(),
            launched: 0,
            submitted: 0,
        }
    }

    /// The number of bind groups kept.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Drops the bind groups of blocks that the pool has released, and updates whether any memory is poisoned.
    pub fn follow_pool(&mut self) {
        let pool = self.pool.lock();
        let releases = pool.releases;
        self.poisoned = !pool.poison.is_empty();
        drop(pool);
        if self.releases != releases {
            self.releases = releases;
            self.groups.clear();
        }
    }

    /// Records a dispatch.
    #[track_caller]
    pub fn launch(&mut self, launch: &Launch<'_>) -> Result<()> {
        if !launch.grid.fits() {
            return Err(Error::unsupported(format!(
                "{}: too large for one dispatch: {:?} workgroups",
                launch.name,
                launch.grid.sizes()
            )));
        }
        let compiled = self.pipelines.get(launch.name, &launch.variant)?;
        let group = self.group(launch.name, &compiled, launch.tensors)?;
        if self.ledger.is_full() || launch.fault.is_some() && self.ledger.wraps() {
            self.read_pending_faults()?;
        }
        let at = self.stage(launch.params, ALIGNMENT, PARAMS)?;
        let mut pass = self.pass.take().unwrap_or_else(|| {
            self.encoder()
                .begin_compute_pass(&Default::default())
                .forget_lifetime()
        });
        pass.set_pipeline(&compiled.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.set_bind_group(1, &self.params, &[at as u32]);
        if compiled.faults {
            pass.set_bind_group(2, &self.faults, &[]);
        }
        let [x, y, z] = launch.grid.sizes();
        pass.dispatch_workgroups(x, y, z);
        self.pass = Some(pass);
        if let Some(code) = launch.fault {
            let number = self.ledger.add_pending(LaunchOrigin {
                code,
                location: noted_location(),
                role: IndexRole::current(),
                caller: Caller::this_thread(),
                refused: false,
            });
            self.staged[at..at + 4].copy_from_slice(&number.to_ne_bytes());
        }
        self.note(&compiled.accesses, launch.tensors);
        self.launched += 1;
        self.dispatches += 1;
        if self.dispatches >= BATCH {
            self.submit()?;
        }
        Ok(())
    }

    /// Records which memory a launch uses, and propagates known poison.
    fn note(&mut self, accesses: &[Access], tensors: &[Bound<'_>]) {
        let uses = tensors.iter().zip(accesses).filter_map(|(t, access)| {
            let held = t.buffer.block()?.held();
            Some((held, *access == Access::Write))
        });
        self.ledger.launched(uses.clone());
        if let Some(fault) = self.ledger.failed_check(uses.clone()) {
            let poison = &mut self.pool.lock().poison;
            for (held, _) in uses.clone().filter(|(_, written)| *written) {
                poison.mark(held, &fault);
            }
        }
        if self.poisoned {
            self.pool.lock().poison.propagate(uses);
        }
    }

    /// Records that the content of a block is about to be overwritten completely.
    pub fn renew(&mut self, block: &Block) {
        self.ledger.renewed(block.held());
        self.pool.lock().poison.clear(block.held());
    }

    /// Resolves the pending launches before `mark` from `buffer`, the fault buffer as it was then.
    pub fn resolve(&mut self, buffer: &[u32], mark: Mark) {
        let poison = &mut self.pool.lock().poison;
        self.ledger.resolve(buffer, mark, poison);
        self.poisoned = !poison.is_empty();
    }

    /// Waits for the pending launches, and reads the fault buffer.
    fn read_pending_faults(&mut self) -> Result<()> {
        let read_back = self.read_faults()?;
        let mark = read_back.mark;
        let mut buffer = Vec::new();
        read_back.wait(&self.device.clone(), |bytes| {
            buffer.extend_from_slice(bytemuck::cast_slice(bytes));
        })?;
        self.keep(read_back);
        self.resolve(&buffer, mark);
        if self.ledger.wraps() {
            let fault = self.fault.clone();
            self.encoder()
                .clear_buffer(&fault, fault::HEAD_BYTES as u64, None);
        }
        Ok(())
    }

    /// The bind group of the tensors, created unless it is cached.
    #[track_caller]
    fn group(
        &mut self,
        name: &str,
        compiled: &Compiled,
        tensors: &[Bound<'_>],
    ) -> Result<BindGroup> {
        let mut key: GroupKey = SmallVec::new();
        for t in tensors {
            key.push((block(t)?.id, t.from, t.bytes));
        }
        // The same tensors with other access modes need another bind group.
        key.push((compiled.tensors_id, 0, 0));
        if let Some(group) = self.groups.get(&key) {
            return Ok(group.clone());
        }
        let mut entries: SmallVec<[BindGroupEntry<'_>; 6]> = SmallVec::new();
        for (i, t) in tensors.iter().enumerate() {
            entries.push(BindGroupEntry {
                binding: i as u32,
                resource: BindingResource::Buffer(BufferBinding {
                    buffer: &block(t)?.buffer,
                    offset: t.from,
                    size: wgpu::BufferSize::new(t.bytes),
                }),
            });
        }
        let group = guarded(&self.device, || {
            self.device.create_bind_group(&BindGroupDescriptor {
                label: None,
                layout: &compiled.tensors,
                entries: &entries,
            })
        })
        .map_err(|e| Error::device(format!("{name}: the GPU cannot bind these tensors: {e}")))?;
        if self.groups.len() >= GROUPS {
            self.groups.clear();
        }
        self.groups.insert(key, group.clone());
        Ok(group)
    }

    fn encoder(&mut self) -> &mut CommandEncoder {
        self.pass = None;
        let device = &self.device;
        self.encoder
            .get_or_insert_with(|| device.create_command_encoder(&Default::default()))
    }

    /// Appends `bytes` to the arena of the batch and returns their offset. Submits the batch first if the arena is full.
    fn stage(&mut self, bytes: &[u8], alignment: usize, reach: usize) -> Result<usize> {
        let mut at = self.staged.len().next_multiple_of(alignment);
        if at + reach.max(bytes.len()) > ARENA {
            self.submit()?;
            at = 0;
        }
        self.staged.resize(at, 0);
        self.staged.extend_from_slice(bytes);
        let end = self.staged.len().next_multiple_of(4);
        self.staged.resize(end, 0);
        Ok(at)
    }

    /// Writes `bytes` at `offset` of a block, both multiples of 4, in the order of the stream.
    pub fn write(&mut self, block: &Block, offset: u64, bytes: &[u8]) -> Result<()> {
        if bytes.len() <= SMALL {
            let at = self.stage(bytes, 4, bytes.len())? as u64;
            let arena = self.arena.clone();
            self.encoder().copy_buffer_to_buffer(
                &arena,
                at,
                &block.buffer,
                block.base + offset,
                bytes.len() as u64,
            );
            return Ok(());
        }
        // The queue executes a write before anything that is submitted later.
        self.submit()?;
        guarded(&self.device, || {
            self.queue
                .write_buffer(&block.buffer, block.base + offset, bytes);
        })
        .map_err(|e| out_of_memory("upload", bytes.len() as u64, &e))
    }

    /// Copies a staging buffer to `offset` of a block, in the order of the stream.
    pub fn upload(&mut self, filled: Filled, block: &Block, offset: u64) -> Result<()> {
        self.encoder().copy_buffer_to_buffer(
            filled.buffer(),
            0,
            &block.buffer,
            block.base + offset,
            filled.bytes,
        );
        self.uploads.push(filled);
        match self.uploads.iter().map(|u| u.bytes).sum::<u64>() {
            bytes if bytes >= UPLOADS => self.submit(),
            _ => Ok(()),
        }
    }

    /// Submits the recorded commands, without waiting for them.
    pub fn submit(&mut self) -> Result<()> {
        self.pass = None;
        let Some(encoder) = self.encoder.take() else {
            return Ok(());
        };
        if !self.staged.is_empty() {
            self.queue.write_buffer(&self.arena, 0, &self.staged);
            self.staged.clear();
        }
        self.dispatches = 0;
        self.submitted += 1;
        self.in_flight
            .push_back(self.queue.submit([encoder.finish()]));
        for filled in self.uploads.drain(..) {
            filled.recycle();
        }
        if self.in_flight.len() > IN_FLIGHT
            && let Some(oldest) = self.in_flight.pop_front()
        {
            wait(&self.device, oldest)?;
        }
        Ok(())
    }

    /// Records the copies of a read-back, submits them, and returns the buffer to wait for.
    pub fn read(&mut self, buffer: &Buffer, offset: u64, bytes: u64) -> Result<ReadBackBuffer> {
        let head = fault::HEAD_BYTES as u64;
        let size = bytes + head;
        let read_back = self.read_back_buffer(size)?;
        let fault = self.fault.clone();
        let encoder = self.encoder();
        encoder.copy_buffer_to_buffer(&fault, 0, &read_back, 0, head);
        if bytes > 0 {
            encoder.copy_buffer_to_buffer(buffer, offset, &read_back, head, bytes);
        }
        self.submit_read(read_back, size)
    }

    /// [`Stream::read`] for the whole fault buffer.
    pub fn read_faults(&mut self) -> Result<ReadBackBuffer> {
        let fault = self.fault.clone();
        self.read(&fault, 0, fault::BYTES as u64)
    }

    fn submit_read(&mut self, buffer: Buffer, size: u64) -> Result<ReadBackBuffer> {
        self.submit()?;
        let submission = self.in_flight.back().cloned();
        // Earlier submissions have finished when this one has.
        self.in_flight.clear();
        Ok(ReadBackBuffer {
            buffer,
            size,
            submission,
            mark: self.ledger.here(),
        })
    }

    /// A buffer of at least `size` bytes that the host can map.
    fn read_back_buffer(&mut self, size: u64) -> Result<Buffer> {
        let fits = |b: &Buffer| b.size() >= size && b.size() <= size.max(4096) * 2;
        if let Some(i) = self.read_back_buffers.iter().position(fits) {
            return Ok(self.read_back_buffers.swap_remove(i));
        }
        let descriptor = BufferDescriptor {
            label: None,
            size: if size < LARGE {
                size.next_power_of_two().max(4096)
            } else {
                size.next_multiple_of(LARGE)
            },
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        guarded(&self.device, || self.device.create_buffer(&descriptor))
            .map_err(|e| out_of_memory("download", size, &e))
    }

    /// Keeps the buffer for another read-back.
    pub fn keep(&mut self, read_back: ReadBackBuffer) {
        if read_back.buffer.size() <= LARGEST_KEPT {
            if self.read_back_buffers.len() >= KEPT_READ_BACK_BUFFERS {
                self.read_back_buffers.remove(0);
            }
            self.read_back_buffers.push(read_back.buffer);
        }
    }
}

#[track_caller]
fn out_of_memory(name: &str, bytes: u64, e: &str) -> Error {
    Error::out_of_memory(format!(
        "{name}: no memory for a transfer of {bytes} bytes: {e}"
    ))
}

/// The block of a bound tensor.
fn block<'a>(t: &Bound<'a>) -> Result<&'a Block> {
    t.buffer
        .block()
        .ok_or_else(|| Error::device("the tensor's memory is gone"))
}

/// The destination of a read-back, which may still be in flight.
pub(crate) struct ReadBackBuffer {
    buffer: Buffer,
    size: u64,
    submission: Option<SubmissionIndex>,
    /// The position in the stream at which the fault buffer was copied.
    pub mark: Mark,
}

impl ReadBackBuffer {
    /// Waits for the copy, passes the bytes to `take`, and returns the number of faulty launches so far.
    pub fn wait(&self, device: &Device, take: impl FnOnce(&[u8])) -> Result<u32> {
        let slice = self.buffer.slice(..self.size);
        let (sender, receiver) = channel();
        slice.map_async(wgpu::MapMode::Read, move |result| {
            // The receiver lives until the end of this function.
            let _ = sender.send(result);
        });
        if let Some(submission) = self.submission.clone() {
            wait(device, submission)?;
        }
        // The GPU has finished, but the callback may be running on another thread that waits.
        let answer = (0..CALLBACK_WAITS).find_map(|_| match receiver.recv_timeout(CALLBACK_WAIT) {
            Ok(answer) => Some(answer.map_err(|e| e.to_string())),
            Err(RecvTimeoutError::Disconnected) => Some(Err("it was given up".into())),
            Err(RecvTimeoutError::Timeout) => wait_all(device).err().map(|e| Err(e.to_string())),
        });
        answer
            .unwrap_or_else(|| Err("no answer".into()))
            .map_err(|e| Error::device(format!("reading from the GPU failed: {e}")))?;
        let range = slice
            .get_mapped_range()
            .map_err(|e| Error::device(format!("reading from the GPU failed: {e}")))?;
        let count = bytemuck::pod_read_unaligned(&range[..4]);
        take(&range[fault::HEAD_BYTES..]);
        drop(range);
        self.buffer.unmap();
        Ok(count)
    }
}
