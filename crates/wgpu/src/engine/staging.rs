//! Staging buffers: mapped memory that the host writes and the GPU copies from, reused between uploads.
//!
//! The host writes a staging buffer without locking the stream, so several threads can prepare uploads while another launches kernels. Only
//! the copy command is recorded in order.

use super::failure::guarded;
use super::wait::poll_once;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wgpu::{Buffer, BufferDescriptor, BufferUsages, BufferViewMut, Device, MapMode};

/// The smallest buffer.
const SMALLEST: u64 = 64 << 10;
/// The largest total size of all buffers. An upload that does not fit goes through the memory of wgpu's queue.
const LIMIT: u64 = 256 << 20;

/// Mapped buffers that are not in use, by size.
type Ready = Arc<Mutex<BTreeMap<u64, Vec<Slot>>>>;

/// The staging buffers of a device.
pub(crate) struct Staging {
    device: Device,
    ready: Ready,
    /// Total size of all buffers, in use or not.
    made: Arc<AtomicU64>,
}

impl Staging {
    pub fn new(device: Device) -> Staging {
        Staging {
            device,
            ready: Arc::default(),
            made: Arc::default(),
        }
    }

    /// A staging buffer for `bytes` bytes, or `None` if none is available now.
    pub fn take(&self, bytes: usize) -> Option<Upload> {
        let size = (bytes as u64).max(SMALLEST).checked_next_power_of_two()?;
        // A larger upload gains nothing from staging and would exhaust the limit for others.
        if size > LIMIT / 4 {
            return None;
        }
        let slot = self.find(size).or_else(|| {
            // Polling the device returns the buffers whose copies are finished.
            poll_once(&self.device).ok()?;
            self.find(size).or_else(|| self.make(size))
        })?;
        let room = (bytes as u64).next_multiple_of(4);
        let view = slot.buffer.slice(..room).get_mapped_range_mut().ok()?;
        Some(Upload {
            view,
            at: 0,
            slot,
            ready: self.ready.clone(),
        })
    }

    /// Releases the buffers that are not in use.
    pub fn empty(&self) {
        self.ready.lock().clear();
    }

    fn find(&self, size: u64) -> Option<Slot> {
        let mut ready = self.ready.lock();
        ready
            .range_mut(size..=size * 4)
            .find_map(|(_, slots)| slots.pop())
    }

    fn make(&self, size: u64) -> Option<Slot> {
        let made = self.made.fetch_add(size, Ordering::Relaxed) + size;
        let buffer = (made <= LIMIT).then(|| {
            guarded(&self.device, || {
                self.device.create_buffer(&BufferDescriptor {
                    label: None,
                    size,
                    usage: BufferUsages::MAP_WRITE | BufferUsages::COPY_SRC,
                    mapped_at_creation: true,
                })
            })
        });
        match buffer {
            Some(Ok(buffer)) => Some(Slot {
                buffer,
                made: self.made.clone(),
            }),
            _ => {
                self.made.fetch_sub(size, Ordering::Relaxed);
                None
            }
        }
    }
}

/// A buffer, which counts towards the limit until it is dropped.
struct Slot {
    buffer: Buffer,
    made: Arc<AtomicU64>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.made.fetch_sub(self.buffer.size(), Ordering::Relaxed);
    }
}

/// A mapped staging buffer while an upload is written into it.
pub(crate) struct Upload {
    view: BufferViewMut,
    at: usize,
    slot: Slot,
    ready: Ready,
}

impl Upload {
    /// Appends `bytes`. Bytes beyond the end of the buffer are counted but not stored.
    pub fn push(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        if end <= self.view.len() {
            self.view.slice(self.at..end).copy_from_slice(bytes);
        }
        self.at = end;
    }

    /// The number of bytes appended.
    pub fn len(&self) -> usize {
        self.at
    }

    /// Unmaps the buffer, so that the GPU can copy from it.
    pub fn close(self) -> Filled {
        let bytes = self.view.len() as u64;
        drop(self.view);
        self.slot.buffer.unmap();
        Filled {
            bytes,
            slot: self.slot,
            ready: self.ready,
        }
    }
}

/// A filled staging buffer, ready for the GPU's copy.
pub(crate) struct Filled {
    /// The number of bytes to copy, a multiple of 4.
    pub bytes: u64,
    slot: Slot,
    ready: Ready,
}

impl Filled {
    pub fn buffer(&self) -> &Buffer {
        &self.slot.buffer
    }

    /// Maps the buffer again once the submitted commands have finished, and makes it available.
    pub fn recycle(self) {
        let Filled { slot, ready, .. } = self;
        let buffer = slot.buffer.clone();
        buffer.map_async(MapMode::Write, .., move |mapped| {
            // A buffer that cannot be mapped is dropped.
            if mapped.is_ok() {
                let size = slot.buffer.size();
                ready.lock().entry(size).or_default().push(slot);
            }
        });
    }
}
