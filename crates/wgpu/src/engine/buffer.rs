//! One allocation on a GPU.

use super::pool::{Block, Pool};
use parking_lot::Mutex;
use rushlight_backend::Buffer;
use std::sync::Arc;

/// A block of the pool, which it goes back to.
///
/// Commands that use it may still wait when it goes back: whoever gets it next records later ones, and the queue keeps their order.
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

    /// The block; there is one until the buffer is dropped.
    pub(crate) fn block(&self) -> Option<&Block> {
        self.block.as_ref()
    }

    /// The name of the device that it is on.
    pub(crate) fn device_name(&self) -> String {
        self.pool.lock().name().to_owned()
    }

    /// Whether the buffer came from this pool, and so is on its device.
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
