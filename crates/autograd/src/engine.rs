//! The backward pass: a priority queue of nodes ordered by depth, without recursion.
//!
//! Every node is deeper than its inputs' nodes, so the deepest node in the queue has received all contributions to its gradient. They are
//! summed in order of arrival, which depends only on the graph: the same program gives the same bits.

use crate::anomaly;
use crate::node::{Grads, Node, Rule};
use crate::rules;
use rushlight_backend::Result;
use rushlight_tensor::{DType, GradMode, Tensor};
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Options of a backward pass.
#[derive(Clone, Copy)]
pub(crate) struct Pass {
    /// Whether saved values are kept for another pass.
    pub retain: bool,
    /// Whether the pass is itself recorded.
    pub create: bool,
}

/// The start and the targets of a backward pass.
pub(crate) struct Request<'a> {
    /// Results and their gradients.
    pub roots: Vec<(Arc<Node>, Tensor)>,
    /// The nodes whose gradients are returned; all leaves accumulate theirs if `None`.
    pub targets: Option<&'a [Arc<Node>]>,
}

/// A sum of contributions.
///
/// Halves are summed in the dtype that they compute in and rounded once: otherwise the gradient of a `bfloat16` parameter
/// that is used 300 times would stop growing at 256.
#[derive(Default)]
struct Sum {
    value: Option<Tensor>,
    /// Whether the value is a sum computed here, so that it may be added to in place.
    own: bool,
    /// The dtype of the gradient, where the sum is in a wider one.
    narrow: Option<DType>,
}

/// A node whose gradient is still accumulating: one sum for each of its results; only custom functions have several.
struct Waiting {
    node: Arc<Node>,
    sums: SmallVec<[Sum; 1]>,
}

type Key = (u32, u64);

struct Engine<'a> {
    pass: Pass,
    waiting: BTreeMap<Key, Waiting>,
    /// The deepest node, kept outside of the queue, so that a chain of operations does not use the queue.
    next: Option<Waiting>,
    targets: Option<&'a [Arc<Node>]>,
    found: Vec<Option<Tensor>>,
    /// The nodes from which a target can be reached, if there are targets.
    needed: Option<HashSet<Key>>,
}

/// Runs backward from the roots; returns one gradient for each target.
pub(crate) fn run(request: Request<'_>, pass: Pass) -> Result<Vec<Option<Tensor>>> {
    let Request { roots, targets } = request;
    let needed = targets.map(|targets| reaching(roots.iter().map(|(node, _)| node), targets));
    let found = vec![None; targets.map_or(0, <[_]>::len)];
    let mut engine = Engine {
        pass,
        waiting: BTreeMap::new(),
        next: None,
        targets,
        found,
        needed,
    };
    let _mode = GradMode::set(pass.create);
    let anomaly = anomaly::is_enabled();
    for (node, grad) in roots {
        if engine.is_needed(&node) {
            engine.send(&node, 0, grad)?;
        }
    }
    while let Some(Waiting { node, sums }) = engine.pop()? {
        let grads = sums.into_iter().map(Sum::rounded).collect::<Result<_>>()?;
        let grads = engine.arrive(&node, grads)?;
        if matches!(node.rule, Rule::Leaf(_)) {
            continue;
        }
        if engine.targets.is_some() && !node.edges.iter().flatten().any(|e| engine.is_needed(e)) {
            continue;
        }
        let slot = if let Rule::Output(k) = node.rule {
            k
        } else {
            0
        };
        let grads = engine.derive(&node, grads)?;
        if anomaly {
            anomaly::check(&node, &grads)?;
        }
        for (edge, grad) in node.edges.iter().zip(grads) {
            if let (Some(parent), Some(grad)) = (edge, grad)
                && engine.is_needed(parent)
            {
                engine.send(parent, slot, grad)?;
            }
        }
    }
    Ok(engine.found)
}

impl Engine<'_> {
    #[inline]
    fn is_needed(&self, node: &Node) -> bool {
        self.needed
            .as_ref()
            .is_none_or(|needed| needed.contains(&node.key()))
    }

    /// Adds a contribution to the gradient of `node`'s result `slot`.
    #[inline]
    fn send(&mut self, node: &Arc<Node>, slot: u32, grad: Tensor) -> Result<()> {
        let create = self.pass.create;
        let key = node.key();
        match &mut self.next {
            Some(next) if next.node.key() == key => return next.add(slot, grad.into(), create),
            Some(next) if next.node.key() > key => {}
            next => {
                let mut new = Waiting {
                    node: node.clone(),
                    sums: SmallVec::new(),
                };
                new.add(slot, grad.into(), create)?;
                return match next.replace(new) {
                    Some(old) => self.queue(old),
                    None => Ok(()),
                };
            }
        }
        let waiting = self.waiting.entry(key).or_insert_with(|| Waiting {
            node: node.clone(),
            sums: SmallVec::new(),
        });
        waiting.add(slot, grad.into(), create)
    }

    /// Adds an accumulated gradient to the one in the queue.
    fn queue(&mut self, from: Waiting) -> Result<()> {
        let key = from.node.key();
        let Some(waiting) = self.waiting.get_mut(&key) else {
            self.waiting.insert(key, from);
            return Ok(());
        };
        for (slot, sum) in (0..).zip(from.sums) {
            waiting.add(slot, sum, self.pass.create)?;
        }
        Ok(())
    }

    /// The deepest node, whose gradient is complete.
    #[inline]
    fn pop(&mut self) -> Result<Option<Waiting>> {
        if let Some(next) = self.next.take() {
            let deepest = self
                .waiting
                .last_key_value()
                .is_none_or(|(key, _)| *key < next.node.key());
            if deepest {
                return Ok(Some(next));
            }
            self.queue(next)?;
        }
        Ok(self.waiting.pop_last().map(|(_, waiting)| waiting))
    }

    /// Runs the hooks on the gradient, then stores it if requested.
    #[inline]
    fn arrive(&mut self, node: &Arc<Node>, mut grads: Grads) -> Result<Grads> {
        if let Some(extras) = node.extras.get() {
            if let Some(grad) = grads.first_mut()
                && let Some(value) = grad.take()
            {
                *grad = Some(extras.run(node, value)?);
            }
            if let (Some(slot), Some(Some(grad)), None) =
                (extras.retained.get(), grads.first(), self.targets)
            {
                slot.accumulate(grad.clone(), self.pass.create)?;
            }
        }
        match (self.targets, node.leaf()) {
            (Some(targets), _) => {
                for (target, found) in targets.iter().zip(&mut self.found) {
                    if Arc::ptr_eq(target, node) {
                        *found = grads.first().cloned().flatten();
                    }
                }
            }
            (None, Some(leaf)) => {
                if let (Some(slot), Some(Some(grad))) =
                    (leaf.slot(), grads.first_mut().map(Option::take))
                {
                    slot.accumulate(grad, self.pass.create)?;
                }
            }
            (None, None) => {}
        }
        Ok(grads)
    }

    /// The gradients of the node's inputs from those of its results.
    #[inline]
    fn derive(&self, node: &Arc<Node>, mut grads: Grads) -> Result<Grads> {
        let Pass { retain, create } = self.pass;
        let saved = node.unpack(retain || create, create)?;
        let needed = |i: usize| node.edges[i].as_ref().is_some_and(|e| self.is_needed(e));
        let derived = match &node.rule {
            Rule::Op(op) => {
                let Some(Some(grad)) = grads.pop() else {
                    return Ok(Grads::new());
                };
                rules::gradients(op, node, &saved, &needed, &grad)
            }
            Rule::Custom(custom) => custom.backward(node, saved, grads, &needed),
            Rule::Output(_) => Ok(grads),
            Rule::Leaf(_) => Ok(Grads::new()),
        };
        derived.map_err(|e| e.context(format!("in the gradient of {}", node.call_site())))
    }
}

impl Waiting {
    #[inline]
    fn add(&mut self, slot: u32, new: Sum, create: bool) -> Result<()> {
        while self.sums.len() <= slot as usize {
            self.sums.push(Sum::default());
        }
        let sum = &mut self.sums[slot as usize];
        let Some(grad) = new.value else {
            return Ok(());
        };
        let Some(old) = &sum.value else {
            *sum = Sum {
                value: Some(grad),
                ..new
            };
            return Ok(());
        };
        let dtype = old.dtype();
        if dtype.compute() != dtype && dtype.is_float() {
            *sum = Sum {
                value: Some(old.to(dtype.compute())?),
                own: true,
                narrow: Some(dtype),
            };
            return self.add(
                slot,
                Sum {
                    value: Some(grad),
                    ..new
                },
                create,
            );
        }
        if create {
            sum.value = Some(old.add(&grad)?);
        } else if sum.own || old.is_unique() {
            old.add_(&grad)?;
        } else if grad.is_unique() && grad.dtype() == dtype {
            grad.add_(old)?;
            sum.value = Some(grad);
            sum.own = true;
        } else {
            sum.value = Some(old.add(&grad)?);
            sum.own = true;
        }
        sum.narrow = sum.narrow.or(new.narrow);
        Ok(())
    }
}

impl Sum {
    /// The gradient, in its own dtype.
    #[inline]
    fn rounded(self) -> Result<Option<Tensor>> {
        match (self.value, self.narrow) {
            (Some(sum), Some(dtype)) => Ok(Some(sum.to(dtype)?)),
            (value, _) => Ok(value),
        }
    }
}

impl From<Tensor> for Sum {
    #[inline]
    fn from(grad: Tensor) -> Sum {
        Sum {
            value: Some(grad),
            ..Sum::default()
        }
    }
}

/// The nodes on a path from the roots to one of the targets.
fn reaching<'a>(roots: impl Iterator<Item = &'a Arc<Node>>, targets: &[Arc<Node>]) -> HashSet<Key> {
    let mut needed: HashSet<Key> = targets.iter().map(|t| t.key()).collect();
    let Some(shallowest) = targets.iter().map(|t| t.key()).min() else {
        return needed;
    };
    let mut seen: BTreeMap<Key, &Arc<Node>> = BTreeMap::new();
    let mut open: Vec<&Arc<Node>> = roots.collect();
    while let Some(node) = open.pop() {
        if node.key() >= shallowest && seen.insert(node.key(), node).is_none() {
            open.extend(node.edges.iter().flatten());
        }
    }
    for (key, node) in seen {
        if node
            .edges
            .iter()
            .flatten()
            .any(|e| needed.contains(&e.key()))
        {
            needed.insert(key);
        }
    }
    needed
}
