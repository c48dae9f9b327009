//! The interface between tensors and autograd: a cell for a history that this crate does not inspect.
//!
//! A tensor with history holds an `Arc<dyn GradMeta>`, which provides the function that records operations. So there is no registration and
//! no global engine, and a program without gradients pays for one load of a flag.

use crate::Tensor;
use parking_lot::Mutex;
use rushlight_backend::{Op, Result};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// An operation that was carried out on inputs of which at least one has history.
pub struct Record<'a> {
    /// The operation.
    pub op: Op,
    /// The inputs. In place, `inputs[0]` is the overwritten tensor, except for [`Map::Copy`](rushlight_backend::Map::Copy), where it is the source.
    pub inputs: &'a [&'a Tensor],
    /// The metas of the inputs, read once.
    pub metas: &'a mut [Option<Arc<dyn GradMeta>>],
    /// The result. In place, the overwritten tensor.
    pub out: &'a Tensor,
    /// The results after the first.
    pub aux: &'a [Tensor],
    /// In place only: a copy of `inputs[0]` from before the write, if [`Op::saves_of`] names it.
    pub original: Option<&'a Tensor>,
    /// Whether `out` was overwritten.
    pub in_place: bool,
    /// The source location of the user's call.
    pub at: &'static Location<'static>,
}

/// Records an operation: returns the history of the result. For an in-place operation it sets the history itself and returns `None`.
pub type Recorder = fn(Record<'_>) -> Result<Option<Arc<dyn GradMeta>>>;

/// A tensor's position in a recorded graph. This crate stores it and calls only these methods.
pub trait GradMeta: Any + Send + Sync {
    /// Whether gradients flow to this tensor.
    fn requires_grad(&self) -> bool;

    /// The function that records operations on tensors with this kind of meta.
    fn recorder(&self) -> Recorder;

    /// Returns an error if `dst` must not be overwritten; `self` is its meta, or that of its base if it has none.
    fn before_write(&self, dst: &Tensor) -> Result<()>;

    /// How a printed tensor shows its history, as PyTorch's `grad_fn=<MulBackward0>`.
    fn label(&self) -> Option<String> {
        self.requires_grad()
            .then(|| "requires_grad=True".to_owned())
    }

    /// The new history of `view` after an in-place operation has changed the history of its base, whose meta this is.
    fn of_view(&self, view: &Tensor) -> Arc<dyn GradMeta>;
}

/// The settable history of one tensor, shared by all its handles.
#[derive(Default)]
pub(crate) struct MetaCell {
    set: AtomicBool,
    /// Counts the in-place operations that replaced this tensor's history.
    generation: AtomicU32,
    /// The generation of the base at which a view's meta was made.
    base_generation: AtomicU32,
    slot: Mutex<Option<Arc<dyn GradMeta>>>,
}

impl MetaCell {
    #[inline]
    pub(crate) fn of_view(base: &Tensor) -> MetaCell {
        let cell = MetaCell::default();
        cell.base_generation.store(
            base.0.meta.generation.load(Ordering::Acquire),
            Ordering::Relaxed,
        );
        cell
    }

    #[inline]
    fn get(&self) -> Option<Arc<dyn GradMeta>> {
        if self.set.load(Ordering::Acquire) {
            self.slot.lock().clone()
        } else {
            None
        }
    }

    fn put(&self, meta: Option<Arc<dyn GradMeta>>) {
        let mut slot = self.slot.lock();
        self.set.store(meta.is_some(), Ordering::Release);
        let old = std::mem::replace(&mut *slot, meta);
        drop(slot);
        // Dropping a graph may take long and run user code, so it must not happen under the lock.
        drop(old);
    }
}

impl Tensor {
    /// Whether the tensor may have history: one load, so that code without gradients stays fast.
    #[inline]
    pub(crate) fn may_have_meta(&self) -> bool {
        self.0.meta.set.load(Ordering::Acquire)
            || self
                .0
                .base
                .as_ref()
                .is_some_and(|b| b.0.meta.set.load(Ordering::Acquire))
    }

    /// The tensor's position in a recorded graph. A view gets a new one if its base was written in place since.
    #[inline]
    pub fn meta(&self) -> Option<Arc<dyn GradMeta>> {
        let cell = &self.0.meta;
        let Some(base) = &self.0.base else {
            return cell.get();
        };
        let generation = base.0.meta.generation.load(Ordering::Acquire);
        if cell.base_generation.load(Ordering::Acquire) != generation {
            cell.put(base.meta().map(|meta| meta.of_view(self)));
            cell.base_generation.store(generation, Ordering::Release);
        }
        cell.get()
    }

    /// Replaces the tensor's position in a recorded graph. For autograd engines.
    pub fn set_meta(&self, meta: Option<Arc<dyn GradMeta>>) {
        self.0.meta.put(meta);
    }

    /// Replaces the history after an in-place operation; views of this tensor then derive theirs from it again. For autograd engines.
    pub fn rebase_meta(&self, meta: Option<Arc<dyn GradMeta>>) {
        self.0.meta.put(meta);
        self.0.meta.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Sets the history of a new result, which no other handle shares yet.
    #[inline]
    pub(crate) fn init_meta(&mut self, meta: Arc<dyn GradMeta>) {
        match Arc::get_mut(&mut self.0) {
            Some(inner) => {
                *inner.meta.set.get_mut() = true;
                *inner.meta.slot.get_mut() = Some(meta);
            }
            None => self.set_meta(Some(meta)),
        }
    }
}

thread_local! {
    static GRAD_ENABLED: Cell<bool> = const { Cell::new(true) };
}

/// Whether operations on this thread are recorded. PyTorch: `torch.is_grad_enabled`.
#[inline]
pub fn is_grad_enabled() -> bool {
    GRAD_ENABLED.get()
}

thread_local! {
    /// The guards of this thread in order of creation, and the mode that the outermost one restores.
    static GUARDS: RefCell<Guards> = const { RefCell::new(Guards { alive: Vec::new(), made: 0 }) };
}

struct Guards {
    alive: Vec<Guard>,
    made: u64,
}

struct Guard {
    id: u64,
    enabled: bool,
    before: bool,
}

/// Switches recording on or off for this thread until it is dropped.
///
/// Guards may be dropped in any order: the newest remaining one decides, and the last one restores the mode before the first.
#[must_use = "recording is switched back when the guard is dropped"]
pub struct GradMode {
    id: u64,
    // The mode belongs to the thread.
    _not_send: std::marker::PhantomData<*const ()>,
}

impl GradMode {
    /// Switches recording on or off until the guard is dropped.
    #[inline]
    pub fn set(enabled: bool) -> GradMode {
        let before = GRAD_ENABLED.replace(enabled);
        // After the thread-local values of a thread are dropped there is nothing to restore.
        let id = GUARDS.try_with(|guards| {
            let mut guards = guards.borrow_mut();
            guards.made += 1;
            let id = guards.made;
            guards.alive.push(Guard {
                id,
                enabled,
                before,
            });
            id
        });
        GradMode {
            id: id.unwrap_or(0),
            _not_send: std::marker::PhantomData,
        }
    }
}

impl Drop for GradMode {
    #[inline]
    fn drop(&mut self) {
        let restored = GUARDS.try_with(|guards| guards.borrow_mut().remove(self.id));
        if let Ok(Some(enabled)) = restored {
            GRAD_ENABLED.set(enabled);
        }
    }
}

impl Guards {
    /// Removes a guard and returns the mode without it.
    #[inline]
    fn remove(&mut self, id: u64) -> Option<bool> {
        let at = self.alive.iter().rposition(|g| g.id == id)?;
        let gone = self.alive.remove(at);
        match self.alive.get_mut(at) {
            // The next newer guard now restores the mode that this one would have restored.
            Some(next) => {
                next.before = gone.before;
                self.alive.last().map(|newest| newest.enabled)
            }
            None => Some(gone.before),
        }
    }
}
