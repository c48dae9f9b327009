//! A memory allocation on a device, shared by all tensors that view it.

use crate::{Error, Result};
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering, fence};

/// A backend's memory block. Backends recover their own type with [`Storage::buffer`].
pub trait Buffer: Any + Send + Sync {}

struct Cell<B: ?Sized = dyn Buffer> {
    version: AtomicU32,
    bytes: usize,
    buffer: B,
}

/// A shared allocation with a version, which counts in-place writes.
#[derive(Clone)]
pub struct Storage {
    cell: Arc<Cell>,
    /// The version of a handle that counts its writes apart from those of all others.
    own_version: Option<Arc<AtomicU32>>,
}

impl Storage {
    /// Wraps a backend's block of `bytes` bytes.
    #[inline]
    pub fn new<B: Buffer>(bytes: usize, buffer: B) -> Storage {
        Storage {
            cell: Arc::new(Cell {
                version: AtomicU32::new(0),
                bytes,
                buffer,
            }),
            own_version: None,
        }
    }

    /// A handle to the same allocation with a version of its own, starting at 0: neither counts the writes through the other.
    pub fn with_own_version(&self) -> Storage {
        Storage {
            cell: self.cell.clone(),
            own_version: Some(Arc::default()),
        }
    }

    #[inline]
    fn counter(&self) -> &AtomicU32 {
        self.own_version.as_deref().unwrap_or(&self.cell.version)
    }

    /// The block, if it is a `B`.
    #[inline]
    pub fn buffer<B: Buffer>(&self) -> Option<&B> {
        (&self.cell.buffer as &dyn Any).downcast_ref()
    }

    /// Size in bytes.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.cell.bytes
    }

    /// Returns an error unless the `len` bytes from `offset` on are inside.
    #[inline]
    #[track_caller]
    pub fn expect_range(&self, offset: usize, len: usize) -> Result<()> {
        if offset
            .checked_add(len)
            .is_some_and(|end| end <= self.bytes())
        {
            return Ok(());
        }
        Err(Error::value(format!(
            "{len} bytes from byte {offset} on reach beyond a storage of {} bytes",
            self.bytes()
        )))
    }

    /// The number of in-place writes through handles that share this one's version.
    #[inline]
    pub fn version(&self) -> u32 {
        self.counter().load(Ordering::Acquire)
    }

    /// Counts an in-place write.
    #[inline]
    pub fn bump_version(&self) {
        self.counter().fetch_add(1, Ordering::AcqRel);
    }

    /// Whether both are the same allocation.
    #[inline]
    pub fn same(&self, other: &Storage) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.cell), Arc::as_ptr(&other.cell))
    }

    /// Whether this is the only handle to the allocation. All accesses through earlier handles then happened before.
    ///
    /// This does not mean that only one thread can reach the handle: two threads that share a tensor both find its storage unique. Memory may
    /// be accessed without a lock only if the handle itself is borrowed mutably, which [`crate::Output::fresh`] requires.
    #[inline]
    pub fn is_unique(&self) -> bool {
        let unique = Arc::strong_count(&self.cell) == 1;
        // Pairs with the release in another handle's drop.
        fence(Ordering::Acquire);
        unique
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Storage({} bytes, version {})",
            self.bytes(),
            self.version()
        )
    }
}
