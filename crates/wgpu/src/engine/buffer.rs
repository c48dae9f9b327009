//! One allocation on a GPU.

use super::pool::{Block, Pool};
use parking_lot::Mutex;
use rushlight_backend::Buffer;
use std::sync::Arc;

/// Owns a block of the pool and returns it to the pool when dropped.
///
/// Commands that use the block may still be pending at that time. This is safe because the next owner records its commands later, and the
/// queue executes commands in order.
pub(crate) struct GpuBuffer {
    block: Option<Block>,
    pool: Arc<Mutex<Pool>>,
}

impl Buffer for GpuBuffer {}

impl GpuBuffer {
    pub(crate) fn new(block: Block, pool: Arc<Mutex<Pool>>) -> GpuBuffer {
        GpuBuffer {
            block: Some(block),
            pool,
        }
    }

    /// The block. It is `None` only while the buffer is dropped.
    pub(crate) fn block(&self) -> Option<&Block> {
        self.block.as_ref()
    }

    /// The name of the device that holds the buffer.
    pub(crate) fn device_name(&self) -> String {
        self.pool.lock().name().to_owned()
    }

    /// Whether the buffer was allocated by this pool, and therefore is on its device.
    pub(crate) fn is_of(&self, pool: &Arc<Mutex<Pool>>) -> bool {
        Arc::ptr_eq(&self.pool, pool)
    }
}

impl Drop for GpuBuffer {
    fn drop(&mut self) {
        if let Some(block) = self.block.take() {
            self.pool.lock().give_back(block);
        }
    }
}
