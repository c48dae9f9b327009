//! A node of the recorded graph: the operation, the edges to its inputs' nodes, and the values that its rule needs.
//!
//! A node owns the nodes of its inputs, never those of later operations. Saved values have no history, so that no cycle of `Arc`s can form. If
//! a pass is itself recorded, the history is restored when they are read: that of an input is the edge, that of the result the node.

use crate::function::Custom;
use crate::hooks::Extras;
use crate::leaf::LeafEnd;
use parking_lot::Mutex;
use rushlight_backend::{Dims, Error, Layout, Op, Result, TensorType};
use rushlight_tensor::{Device, Tensor};
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The nodes of the inputs; `None` for inputs that need no gradient.
pub(crate) type Edges = SmallVec<[Option<Arc<Node>>; 2]>;

/// One gradient for each input.
pub(crate) type Grads = SmallVec<[Option<Tensor>; 2]>;

/// Saved values as passed to a rule.
pub(crate) type Unpacked = SmallVec<[(Source, Tensor); 2]>;

pub(crate) struct Node {
    /// One more than the depth of the deepest input's node.
    depth: u32,
    id: u64,
    pub rule: Rule,
    pub edges: Edges,
    pub inputs: Inputs,
    saved: Mutex<SavedState>,
    pub extras: OnceLock<Box<Extras>>,
    /// The source location of the call of the operation.
    pub at: &'static Location<'static>,
}

/// How a node computes the gradients of its inputs from that of its result.
pub(crate) enum Rule {
    /// Not at all: the node is a leaf.
    Leaf(LeafEnd),
    /// With the table of derivatives.
    Op(Op),
    /// With the user's function.
    Custom(Box<Custom>),
    /// Passes on the gradient of one of a function's several results.
    Output(u32),
}

/// The properties of inputs that a rule may use.
pub(crate) enum Inputs {
    /// Shape and dtype of each are the result's.
    LikeResult,
    /// Their shapes and dtypes.
    Types(Box<[TensorType]>),
    /// Shapes and dtypes, and the layout and device of the first.
    Located(Box<Located>),
}

/// Types of the inputs, and layout and device of the first.
pub(crate) struct Located {
    pub types: SmallVec<[TensorType; 2]>,
    pub layout: Layout,
    pub device: Device,
}

/// The tensor that a saved value is, so that its history can be restored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    In(u32),
    Out(u32),
    /// Neither an input nor a result with a gradient.
    Aux(u32),
}

/// A value that the rule needs, and the version of its memory when it was saved.
#[derive(Clone)]
pub(crate) struct SavedTensor {
    pub tensor: Tensor,
    pub version: u32,
    pub source: Source,
}

impl SavedTensor {
    #[inline]
    pub fn new(source: Source, tensor: &Tensor) -> SavedTensor {
        SavedTensor {
            version: tensor.version(),
            tensor: tensor.detach(),
            source,
        }
    }
}

/// The values that a node keeps for its rule.
pub(crate) type SavedList = SmallVec<[SavedTensor; 2]>;

enum SavedState {
    Kept(SavedList),
    Freed,
}

thread_local! {
    static NEXT_ID: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// Increasing numbers, unique across threads: each thread takes a block of them at a time.
#[inline]
fn next_id() -> u64 {
    const BLOCK: u64 = 4096;
    static BLOCKS: AtomicU64 = AtomicU64::new(0);
    let (mut next, mut end) = NEXT_ID.get();
    if next == end {
        next = BLOCKS.fetch_add(BLOCK, Ordering::Relaxed);
        end = next + BLOCK;
    }
    NEXT_ID.set((next + 1, end));
    next
}

impl Node {
    #[inline]
    pub fn new(
        rule: Rule,
        edges: Edges,
        inputs: Inputs,
        saved: SavedList,
        at: &'static Location<'static>,
    ) -> Arc<Node> {
        let depth = edges
            .iter()
            .flatten()
            .map(|e| e.depth + 1)
            .max()
            .unwrap_or(0);
        let saved = Mutex::new(SavedState::Kept(saved));
        Arc::new(Node {
            depth,
            id: next_id(),
            rule,
            edges,
            inputs,
            saved,
            extras: OnceLock::new(),
            at,
        })
    }

    /// The order of the backward pass: results before inputs, later calls before earlier ones.
    #[inline]
    pub fn key(&self) -> (u32, u64) {
        (self.depth, self.id)
    }

    /// The gradient cell of a leaf.
    pub fn leaf(&self) -> Option<&LeafEnd> {
        match &self.rule {
            Rule::Leaf(leaf) => Some(leaf),
            _ => None,
        }
    }

    /// PyTorch's name of the operation.
    pub fn name(&self) -> &str {
        match &self.rule {
            Rule::Leaf(_) => "leaf",
            Rule::Op(op) => op.name(),
            Rule::Custom(custom) => custom.name(),
            Rule::Output(_) => self
                .edges
                .iter()
                .flatten()
                .next()
                .map_or("output", |f| f.name()),
        }
    }

    /// The operation and its call: `mul at model.rs:10`.
    pub fn call_site(&self) -> String {
        format!("{} at {}:{}", self.name(), self.at.file(), self.at.line())
    }

    /// The saved values, after a check of their versions; freed unless `keep`, with their history if `history`.
    pub fn unpack(self: &Arc<Node>, keep: bool, history: bool) -> Result<Unpacked> {
        let list = {
            let mut saved = self.saved.lock();
            match &mut *saved {
                // A node without saved values has nothing to free, so it can be used in any number of passes.
                SavedState::Kept(list) if list.is_empty() => return Ok(Unpacked::new()),
                SavedState::Kept(list) if keep => list.clone(),
                SavedState::Kept(list) => {
                    let list = std::mem::take(list);
                    *saved = SavedState::Freed;
                    list
                }
                SavedState::Freed => {
                    return Err(Error::autograd(format!(
                        "backward: the values that {} saved were freed by an earlier backward; pass retain_graph: true to the first one to use a graph twice",
                        self.call_site()
                    )));
                }
            }
        };
        list.into_iter()
            .map(|saved| self.unpack_one(saved, history))
            .collect()
    }

    fn unpack_one(self: &Arc<Node>, saved: SavedTensor, history: bool) -> Result<(Source, Tensor)> {
        let SavedTensor {
            tensor,
            version,
            source,
        } = saved;
        let now = tensor.version();
        if now != version {
            return Err(Error::autograd(format!(
                "backward: a value that {} needs for its gradient was changed in place (version {version} saved, {now} now)",
                self.call_site()
            )));
        }
        if !history {
            return Ok((source, tensor));
        }
        let origin = match source {
            Source::In(i) => self.edges[i as usize].clone(),
            Source::Out(k) => Some(self.output(k)),
            Source::Aux(_) => None,
        };
        let tensor = tensor.detach();
        tensor.set_meta(origin.map(|node| node as _));
        Ok((source, tensor))
    }

    /// The history of result `k`.
    pub fn output(self: &Arc<Node>, k: u32) -> Arc<Node> {
        match &self.rule {
            Rule::Custom(custom) if custom.outputs.len() > 1 => {
                let edges = Edges::from_iter([Some(self.clone())]);
                Node::new(
                    Rule::Output(k),
                    edges,
                    Inputs::LikeResult,
                    SavedList::new(),
                    self.at,
                )
            }
            _ => self.clone(),
        }
    }

    /// Hooks and the retained gradient, created when first used.
    pub fn extras(&self) -> &Extras {
        self.extras.get_or_init(Default::default)
    }
}

#[inline]
pub(crate) fn type_of(t: &Tensor) -> TensorType {
    TensorType {
        shape: *t.layout().shape(),
        dtype: t.dtype(),
    }
}

impl Inputs {
    /// The properties of `inputs` that must be stored for a result of this type.
    #[inline]
    pub fn of(inputs: &[&Tensor], shape: &Dims, result: &Tensor) -> Inputs {
        if inputs
            .iter()
            .all(|t| t.layout().shape() == shape && t.dtype() == result.dtype())
        {
            return Inputs::LikeResult;
        }
        Inputs::Types(inputs.iter().map(|t| type_of(t)).collect())
    }

    /// [`Inputs::of`] with layout and device of the first.
    pub fn located(inputs: &[&Tensor]) -> Inputs {
        let types = inputs.iter().map(|t| type_of(t)).collect();
        Inputs::Located(Box::new(Located {
            types,
            layout: *inputs[0].layout(),
            device: inputs[0].device().clone(),
        }))
    }

    #[inline]
    pub fn types(&self) -> Option<&[TensorType]> {
        match self {
            Inputs::LikeResult => None,
            Inputs::Types(types) => Some(types),
            Inputs::Located(located) => Some(&located.types),
        }
    }
}

/// The parts of a node that may own other nodes.
struct Remains {
    _edges: Edges,
    _rule: Rule,
    _extras: Option<Box<Extras>>,
}

#[derive(Default)]
struct Grave {
    open: bool,
    waiting: Vec<Remains>,
}

thread_local! {
    static GRAVE: RefCell<Grave> = RefCell::default();
}

impl Drop for Node {
    /// Drops a graph without recursion, however deep it nests through edges, functions that own tensors, or hooks that captured some: the first
    /// node dropped on a thread drops all others in a loop.
    fn drop(&mut self) {
        let owns_nothing = !matches!(self.rule, Rule::Custom(_)) && self.extras.get().is_none();
        if owns_nothing
            && self
                .edges
                .iter()
                .flatten()
                .all(|e| Arc::strong_count(e) > 1 || e.leaf().is_some())
        {
            return;
        }
        let rule = std::mem::replace(&mut self.rule, Rule::Output(0));
        bury(Remains {
            _edges: std::mem::take(&mut self.edges),
            _rule: rule,
            _extras: self.extras.take(),
        });
    }
}

fn bury(remains: Remains) {
    let mut first = Some(remains);
    let nested = GRAVE.try_with(|grave| {
        let mut grave = grave.borrow_mut();
        if grave.open {
            grave.waiting.extend(first.take());
        }
        std::mem::replace(&mut grave.open, true)
    });
    // After the thread-local values of a thread are dropped there is no list; the rest is dropped recursively.
    if nested != Ok(false) {
        return;
    }
    let _closes = CloseGrave;
    while let Some(remains) = first {
        drop(remains);
        first = GRAVE.with(|grave| grave.borrow_mut().waiting.pop());
    }
}

struct CloseGrave;

impl Drop for CloseGrave {
    fn drop(&mut self) {
        GRAVE.with(|grave| grave.borrow_mut().open = false);
    }
}
