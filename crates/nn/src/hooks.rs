//! Hooks: functions that run before or after a module's forward and can read and replace its input or output.
//!
//! The state of a module does not depend on the types of the module's inputs, so hooks are stored as `dyn Any` and selected by the type of
//! input that they were registered for. A module that accepts two types of input has hooks for each.

use crate::Module;
use parking_lot::Mutex;
use rushlight_tensor::Result;
use std::any::Any;
use std::borrow::Borrow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

type Erased = Arc<dyn Any + Send + Sync>;
type Replaced<T> = Result<Option<T>>;

type BeforeForward<In, Owned> = dyn Fn(&dyn Module, &In) -> Replaced<Owned> + Send + Sync;
type AfterForward<In, Out> = dyn Fn(&dyn Module, &In, &Out) -> Replaced<Out> + Send + Sync;

pub(crate) struct PreHook<In: ?Sized + ToOwned>(pub Box<BeforeForward<In, In::Owned>>);
pub(crate) struct PostHook<In: ?Sized, Out>(pub Box<AfterForward<In, Out>>);

/// The hooks of one module.
#[derive(Default)]
pub(crate) struct Hooks {
    next: AtomicU64,
    pre: Mutex<Vec<(u64, Erased)>>,
    post: Mutex<Vec<(u64, Erased)>>,
}

impl Hooks {
    pub fn add(self: &Arc<Self>, hook: Erased, before: bool) -> HookHandle {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let list = if before { &self.pre } else { &self.post };
        list.lock().push((id, hook));
        HookHandle {
            hooks: Arc::downgrade(self),
            id,
        }
    }

    /// Runs the pre-hooks, `forward` and the hooks.
    pub fn around<In: ?Sized + ToOwned + 'static, Out: 'static>(
        &self,
        module: &dyn Module,
        input: &In,
        forward: impl FnOnce(&In) -> Result<Out>,
    ) -> Result<Out> {
        let mut replaced: Option<In::Owned> = None;
        for hook in snapshot(&self.pre) {
            if let Some(PreHook(hook)) = hook.downcast_ref::<PreHook<In>>() {
                let current = replaced.as_ref().map_or(input, Borrow::borrow);
                if let Some(new) = hook(module, current)? {
                    replaced = Some(new);
                }
            }
        }
        let input = replaced.as_ref().map_or(input, Borrow::borrow);
        let mut output = forward(input)?;
        for hook in snapshot(&self.post) {
            if let Some(PostHook(hook)) = hook.downcast_ref::<PostHook<In, Out>>()
                && let Some(new) = hook(module, input, &output)?
            {
                output = new;
            }
        }
        Ok(output)
    }
}

/// Copies the list, because a hook may add and remove hooks and therefore must not run under the lock.
fn snapshot(list: &Mutex<Vec<(u64, Erased)>>) -> Vec<Erased> {
    list.lock().iter().map(|(_, hook)| hook.clone()).collect()
}

/// Removes a hook. Dropping the handle leaves the hook in place. PyTorch: `RemovableHandle`.
#[must_use = "the handle is the only way to remove the hook"]
pub struct HookHandle {
    hooks: Weak<Hooks>,
    id: u64,
}

impl HookHandle {
    /// Removes the hook. Does nothing if the module no longer exists.
    pub fn remove(self) {
        if let Some(hooks) = self.hooks.upgrade() {
            let removed: Vec<_> = [&hooks.pre, &hooks.post]
                .into_iter()
                .filter_map(|list| {
                    let mut list = list.lock();
                    let at = list.iter().position(|(id, _)| *id == self.id)?;
                    Some(list.remove(at))
                })
                .collect();
            // The hook is dropped after the locks are released, because the values that it captured may run any code.
            drop(removed);
        }
    }
}
