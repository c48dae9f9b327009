//! Recording: creates the graph node of an operation that was executed.
//!
//! In-place operations are recorded as functions: let `N` be the node of the operation on the old values. If a whole tensor is overwritten, its
//! new history is `N`. If a view is written, the new history of its base is the old base with a window replaced by `N`, and every view of the
//! base derives its history again as a window of that.

use crate::leaf::Leaf;
use crate::node::{Edges, Inputs, Located, Node, Rule, SavedList, SavedTensor, Source, type_of};
use rushlight_backend::{Map, Op, Result, Saved, ViewOp};
use rushlight_tensor::{GradMeta, Record, Tensor};
use std::any::Any;
use std::panic::Location;
use std::sync::Arc;

/// The node of a tensor's history.
#[inline]
pub(crate) fn node_of(meta: Arc<dyn GradMeta>) -> Option<Arc<Node>> {
    let any: Arc<dyn Any + Send + Sync> = meta;
    match any.downcast::<Node>() {
        Ok(node) => Some(node),
        Err(any) => any.downcast::<Leaf>().ok().map(|leaf| leaf.node.clone()),
    }
}

/// The node of `t`, whether or not it requires grad.
pub(crate) fn node_of_tensor(t: &Tensor) -> Option<Arc<Node>> {
    t.meta().and_then(node_of)
}

/// The edge for the gradient of a tensor with this history, if it requires grad.
#[inline]
pub(crate) fn edge(meta: Arc<dyn GradMeta>) -> Option<Arc<Node>> {
    node_of(meta).filter(|node| node.requires_grad())
}

/// Creates the history of a result.
#[inline(never)]
pub(crate) fn record(r: Record<'_>) -> Result<Option<Arc<dyn GradMeta>>> {
    let mut edges = Edges::new();
    for meta in r.metas.iter_mut() {
        edges.push(meta.take().and_then(edge));
    }
    if r.in_place {
        in_place(r, edges);
        return Ok(None);
    }
    // Comparisons, positions and casts to integers have no gradient.
    if edges.iter().all(Option::is_none) || !r.out.dtype().is_float() {
        return Ok(None);
    }
    Ok(Some(node(&r, edges)))
}

/// The node of `r`'s operation on the inputs as they were before it.
#[inline]
fn node(r: &Record<'_>, edges: Edges) -> Arc<Node> {
    let saved =
        r.op.saves_of(r.out.dtype())
            .iter()
            .filter_map(|&saved| save(r, &edges, saved))
            .collect();
    let inputs = match r.op {
        Op::View(ViewOp::AsStrided(_)) | Op::SetWindow(_) | Op::Transfer => {
            Inputs::located(r.inputs)
        }
        Op::Map(Map::Copy) if r.in_place => Inputs::located(r.inputs),
        _ => Inputs::of(r.inputs, r.out.layout().shape(), r.out),
    };
    Node::new(Rule::Op(r.op.clone()), edges, inputs, saved, r.at)
}

/// One of the values that the operation's rule needs, if a gradient that reads it is required.
#[inline]
fn save(r: &Record<'_>, edges: &Edges, saved: Saved) -> Option<SavedTensor> {
    match saved {
        Saved::In(i) => {
            let index = i as usize;
            let input = r.inputs.get(index)?;
            let read = |of: usize| edges[of].is_some() && r.op.gradient_reads(of, index);
            if !(0..edges.len()).any(read) {
                return None;
            }
            let before = match r.original {
                Some(original) if r.in_place && input.is(r.out) => original,
                _ => input,
            };
            Some(SavedTensor::new(Source::In(i.into()), before))
        }
        Saved::Out => Some(SavedTensor::new(Source::Out(0), r.out)),
        Saved::Aux(k) => r
            .aux
            .get(k as usize)
            .map(|aux| SavedTensor::new(Source::Aux(k.into()), aux)),
    }
}

fn in_place(r: Record<'_>, mut edges: Edges) {
    let out = r.out;
    let Some(base) = out.base() else {
        return match has_history(&r, &edges) {
            true => out.rebase_meta(Some(node(&r, edges))),
            false => forget(out),
        };
    };
    let old_base = node_of_tensor(base).filter(|node| node.requires_grad());
    // A view created without recording still shares its base's values.
    let overwrites = matches!(r.op, Op::Fill(_) | Op::Map(Map::Copy));
    if !overwrites && let (Some(own @ None), Some(_)) = (edges.first_mut(), &old_base) {
        *own = Some(window(old_base.clone(), base, out, r.at));
    }
    let value = has_history(&r, &edges).then(|| node(&r, edges));
    if value.is_none() && old_base.is_none() {
        return forget(base);
    }
    let located = Located {
        types: [type_of(base), type_of(out)].into_iter().collect(),
        layout: *base.layout(),
        device: base.device().clone(),
    };
    let op = Op::SetWindow(Arc::new(*out.layout()));
    let edges = Edges::from_iter([old_base, value]);
    let node = Node::new(
        Rule::Op(op),
        edges,
        Inputs::Located(Box::new(located)),
        SavedList::new(),
        r.at,
    );
    base.rebase_meta(Some(node));
}

/// Ends the history of `t`; a frozen leaf stays one, and keeps its gradient.
fn forget(t: &Tensor) {
    if node_of_tensor(t).is_some_and(|node| node.leaf().is_none()) {
        t.rebase_meta(None);
    }
}

/// Whether the value written depends on a tensor that requires grad.
fn has_history(r: &Record<'_>, edges: &Edges) -> bool {
    !matches!(r.op, Op::Fill(_)) && r.out.dtype().is_float() && edges.iter().any(Option::is_some)
}

/// The node of the part of `base` that `view` covers.
fn window(
    old: Option<Arc<Node>>,
    base: &Tensor,
    view: &Tensor,
    at: &'static Location<'static>,
) -> Arc<Node> {
    let op = Op::View(ViewOp::AsStrided(Arc::new(*view.layout())));
    Node::new(
        Rule::Op(op),
        Edges::from_iter([old]),
        Inputs::located(&[base]),
        SavedList::new(),
        at,
    )
}

/// The history of a view, from its base's.
pub(crate) fn window_of_base(view: &Tensor) -> Arc<dyn GradMeta> {
    let base = view.base().unwrap_or(view);
    let old = node_of_tensor(base);
    let at = old.as_ref().map_or(Location::caller(), |node| node.at);
    window(old, base, view, at)
}
