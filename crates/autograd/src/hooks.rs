//! Hooks: functions called with gradients during a backward pass.

use crate::leaf::{AfterHook, Slot};
use crate::node::Node;
use parking_lot::Mutex;
use rushlight_backend::{Error, Result};
use rushlight_tensor::Tensor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

/// Called with a gradient; may return a replacement.
pub(crate) type Hook = Arc<dyn Fn(&Tensor) -> Result<Option<Tensor>> + Send + Sync>;

/// Rarely used parts of a node.
#[derive(Default)]
pub(crate) struct Extras {
    hooks: Mutex<Vec<(u64, Hook)>>,
    /// The retained gradient of a tensor that is not a leaf.
    pub retained: OnceLock<Slot>,
}

/// A handle that removes a hook. Dropping the handle does not remove it.
pub struct HookHandle {
    id: u64,
    target: Target,
}

enum Target {
    Before(Weak<Node>),
    After(Weak<Slot>),
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl HookHandle {
    pub(crate) fn before(node: &Arc<Node>, hook: Hook) -> HookHandle {
        let id = next_id();
        node.extras().hooks.lock().push((id, hook));
        HookHandle {
            id,
            target: Target::Before(Arc::downgrade(node)),
        }
    }

    pub(crate) fn after(slot: &Arc<Slot>, hook: AfterHook) -> HookHandle {
        let id = next_id();
        slot.after.lock().push((id, hook));
        HookHandle {
            id,
            target: Target::After(Arc::downgrade(slot)),
        }
    }

    /// Removes the hook. PyTorch: `RemovableHandle.remove`.
    pub fn remove(self) {
        // Dropped after the lock is released, because a hook may own tensors whose drop takes locks.
        match &self.target {
            Target::Before(node) => {
                let node = node.upgrade();
                let _gone = node
                    .as_ref()
                    .and_then(|node| take(&mut node.extras().hooks.lock(), self.id));
            }
            Target::After(slot) => {
                let slot = slot.upgrade();
                let _gone = slot
                    .as_ref()
                    .and_then(|slot| take(&mut slot.after.lock(), self.id));
            }
        }
    }
}

fn take<T>(hooks: &mut Vec<(u64, T)>, id: u64) -> Option<T> {
    let at = hooks.iter().position(|(i, _)| *i == id)?;
    Some(hooks.remove(at).1)
}

impl Extras {
    /// The result of the hooks on `grad`, in the order in which they were registered.
    pub fn run(&self, node: &Node, mut grad: Tensor) -> Result<Tensor> {
        let hooks: Vec<Hook> = self
            .hooks
            .lock()
            .iter()
            .map(|(_, hook)| hook.clone())
            .collect();
        for hook in hooks {
            let Some(new) = hook(&grad)? else { continue };
            if new.shape() != grad.shape()
                || new.dtype() != grad.dtype()
                || new.device() != grad.device()
            {
                return Err(Error::autograd(format!(
                    "register_hook: a hook on the gradient of {} returned a {} tensor of shape {:?} on {} in place of {} {:?} on {}",
                    node.call_site(),
                    new.dtype(),
                    new.shape(),
                    new.device(),
                    grad.dtype(),
                    grad.shape(),
                    grad.device()
                )));
            }
            grad = new;
        }
        Ok(grad)
    }
}
