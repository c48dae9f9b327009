//! Leaves: tensors that require grad and accumulate their gradient in `.grad`.
//!
//! The tensor owns its gradient through its meta; the graph has only a weak reference. So the history of a gradient (`create_graph`) can lead
//! back to the leaf without an `Arc` cycle.

use crate::node::{Edges, Inputs, Node, Rule, SavedList};
use crate::record::{node_of_tensor, record, window_of_base};
use parking_lot::Mutex;
use rushlight_backend::{Error, Layout, Op, Result};
use rushlight_tensor::{GradMeta, Recorder, Tensor, is_grad_enabled};
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

/// The history of a leaf: a tensor that requires grad and is not a result.
pub(crate) struct Leaf {
    pub node: Arc<Node>,
    pub slot: Arc<Slot>,
}

/// The part of a leaf that the graph refers to.
pub(crate) struct LeafEnd {
    requires: AtomicBool,
    slot: Weak<Slot>,
}

/// Called with the gradient after it was accumulated.
pub(crate) type AfterHook = Arc<dyn Fn(&Tensor) -> Result<()> + Send + Sync>;

/// A cell for a gradient.
#[derive(Default)]
pub(crate) struct Slot {
    grad: Mutex<Option<Tensor>>,
    /// The layout of the leaf, if it is dense but not in row-major order. Its gradient gets the same layout.
    layout: Option<Layout>,
    pub after: Mutex<Vec<(u64, AfterHook)>>,
}

impl Leaf {
    pub fn new(tensor: &Tensor, at: &'static Location<'static>) -> Leaf {
        let layout = tensor.layout();
        let dense = !layout.is_contiguous()
            && !layout.overlaps_itself()
            && layout.end() - layout.offset() == layout.numel();
        let layout = dense.then(|| Layout::strided(*layout.shape(), *layout.strides(), 0));
        let slot = Arc::new(Slot {
            layout,
            ..Slot::default()
        });
        let end = LeafEnd {
            requires: AtomicBool::new(true),
            slot: Arc::downgrade(&slot),
        };
        Leaf {
            node: Node::new(
                Rule::Leaf(end),
                Edges::new(),
                Inputs::LikeResult,
                SavedList::new(),
                at,
            ),
            slot,
        }
    }
}

impl LeafEnd {
    #[inline]
    pub fn requires_grad(&self) -> bool {
        self.requires.load(Ordering::Relaxed)
    }

    pub fn set_requires_grad(&self, on: bool) {
        self.requires.store(on, Ordering::Relaxed);
    }

    /// The cell of the gradient, unless the tensor was dropped or frozen.
    pub fn slot(&self) -> Option<Arc<Slot>> {
        if self.requires_grad() {
            self.slot.upgrade()
        } else {
            None
        }
    }
}

impl Slot {
    pub fn get(&self) -> Option<Tensor> {
        self.grad.lock().clone()
    }

    pub fn set(&self, grad: Option<Tensor>) {
        let old = std::mem::replace(&mut *self.grad.lock(), grad);
        drop(old);
    }

    /// Adds `g` to the gradient: in place, unless this pass is recorded.
    pub fn accumulate(&self, g: Tensor, recorded: bool) -> Result<()> {
        let mut slot = self.grad.lock();
        match &*slot {
            None => *slot = Some(if recorded { g } else { self.own(g)? }),
            Some(old) if recorded => *slot = Some(old.add(&g)?),
            Some(old) => old.add_(&g)?,
        }
        let Some(grad) = slot.clone() else {
            return Ok(());
        };
        drop(slot);
        let hooks: Vec<AfterHook> = self
            .after
            .lock()
            .iter()
            .map(|(_, hook)| hook.clone())
            .collect();
        hooks.iter().try_for_each(|hook| hook(&grad))
    }

    /// `g` itself if it has no other handle, else a copy, because two gradients must not share memory.
    fn own(&self, g: Tensor) -> Result<Tensor> {
        match &self.layout {
            None if g.is_unique() && g.is_contiguous() => Ok(g),
            None => Ok(g.copy()?),
            Some(layout) => {
                let flat = g.new_zeros([layout.numel()])?;
                let placed = flat
                    .as_strided(layout.shape(), layout.strides(), 0)?
                    .detach();
                placed.copy_(&g)?;
                Ok(placed)
            }
        }
    }
}

impl Node {
    /// The leaf that this node is a view of, directly or through other views.
    fn shown_leaf(&self) -> Option<&LeafEnd> {
        let mut node = self;
        while let Rule::Op(Op::View(_)) = &node.rule {
            node = node.edges.first()?.as_deref()?;
        }
        node.leaf()
    }
}

impl GradMeta for Leaf {
    fn requires_grad(&self) -> bool {
        self.node.requires_grad()
    }

    fn recorder(&self) -> Recorder {
        record
    }

    fn before_write(&self, dst: &Tensor) -> Result<()> {
        self.node.before_write(dst)
    }

    fn of_view(&self, view: &Tensor) -> Arc<dyn GradMeta> {
        window_of_base(view)
    }
}

impl GradMeta for Node {
    fn requires_grad(&self) -> bool {
        self.leaf().is_none_or(LeafEnd::requires_grad)
    }

    fn recorder(&self) -> Recorder {
        record
    }

    fn before_write(&self, dst: &Tensor) -> Result<()> {
        let base = dst.base().and_then(node_of_tensor);
        let base = base.as_deref().and_then(Node::leaf);
        let requires = |leaf: Option<&LeafEnd>| leaf.is_some_and(LeafEnd::requires_grad);
        let what = if requires(self.leaf()) && dst.base().is_none() {
            "a leaf that requires grad"
        } else if requires(self.leaf()) || requires(base) || requires(self.shown_leaf()) {
            "a view of a leaf that requires grad"
        } else {
            return Ok(());
        };
        if !is_grad_enabled() {
            return Ok(());
        }
        Err(Error::autograd(format!(
            "{what} cannot be written in place while gradients are recorded; write inside no_grad"
        )))
    }

    fn of_view(&self, view: &Tensor) -> Arc<dyn GradMeta> {
        window_of_base(view)
    }
}
