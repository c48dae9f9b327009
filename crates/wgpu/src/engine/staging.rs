//! Upload memory: buffers that the host writes while they are mapped and the GPU copies from, used again and again.
//!
//! Bytes are written here without holding up the stream, so that several threads can prepare uploads while another launches kernels;
//! only the copy's command is recorded in order.

use super::failure::guarded;
use super::wait::look;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wgpu::{Buffer, BufferDescriptor, BufferUsages, BufferViewMut, Device, MapMode};

/// The smallest buffer.
const SMALLEST: u64 = 64 << 10;
/// Bytes that all buffers together may have; an upload that finds no room goes through the queue's own memory.
const LIMIT: u64 = 256 << 20;

/// Mapped buffers that nobody uses, by size.
type Ready = Arc<Mutex<BTreeMap<u64, Vec<Slot>>>>;

/// The upload memory of a device.
pub(crate) struct Staging {
    device: Device,
    ready: Ready,
    /// Bytes of all buffers, used or not.
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

    /// Room for `bytes` bytes, or `None` where there is none now.
    pub fn take(&self, bytes: usize) -> Option<Upload> {
        let size = (bytes as u64).max(SMALLEST).checked_next_power_of_two()?;
        // Whatever is larger gains nothing by it, and would keep others from theirs.
        if size > LIMIT / 4 {
            return None;
        }
        let slot = self.find(size).or_else(|| {
            // Buffers whose copies are done come back when the device is asked.
            look(&self.device).ok()?;
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

    /// Lets go of buffers that nobody uses.
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

/// A buffer, counted as long as it is there.
struct Slot {
    buffer: Buffer,
    made: Arc<AtomicU64>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.made.fetch_sub(self.buffer.size(), Ordering::Relaxed);
    }
}

/// Mapped memory that takes an upload's bytes one after the other.
pub(crate) struct Upload {
    view: BufferViewMut,
    at: usize,
    slot: Slot,
    ready: Ready,
}

impl Upload {
    /// Puts `bytes` behind those put before; beyond the end they are only counted.
    pub fn push(&mut self, bytes: &[u8]) {
        let end = self.at + bytes.len();
        if end <= self.view.len() {
            self.view.slice(self.at..end).copy_from_slice(bytes);
        }
        self.at = end;
    }

    /// How many bytes were pushed.
    pub fn len(&self) -> usize {
        self.at
    }

    /// Ends the writing, after which the GPU may copy.
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

/// Upload memory that the GPU is to copy from.
pub(crate) struct Filled {
    /// How much is to be copied, a multiple of 4.
    pub bytes: u64,
    slot: Slot,
    ready: Ready,
}

impl Filled {
    pub fn buffer(&self) -> &Buffer {
        &self.slot.buffer
    }

    /// Has the buffer mapped again once everything submitted is done with it.
    pub fn recycle(self) {
        let Filled { slot, ready, .. } = self;
        let buffer = slot.buffer.clone();
        buffer.map_async(MapMode::Write, .., move |mapped| {
            // A buffer that could not be mapped is let go.
            if mapped.is_ok() {
                let size = slot.buffer.size();
                ready.lock().entry(size).or_default().push(slot);
            }
        });
    }
}
