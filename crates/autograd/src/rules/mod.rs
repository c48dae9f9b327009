//! The table of derivatives.
//!
//! The table has one arm for each operation, without `_`, so that a missing operation does not compile. Rules are written with tensor methods on
//! the incoming gradient `g`, so they run on its device and are differentiable. `x` is an input and `y` the result; `Op::saves` lists which of
//! them are available. Rules do not handle halves, which are converted before and after them ([`halves`]).

mod binary;
mod fused;
mod halves;
mod index;
mod linalg;
mod recurrent;
mod reduce;
mod scan;
mod special;
mod unary;
mod view;
mod window;

use crate::node::{Grads, Inputs, Located, Node, Source, Unpacked};
use rushlight_backend::{Binary, Dims, Error, Map, Op, Result};
use rushlight_tensor::{Operand, Tensor, apply};
use smallvec::smallvec;
use std::sync::Arc;

/// A recorded call of an operation, as the argument of its rule.
pub(crate) struct Call<'a> {
    node: &'a Node,
    saved: &'a Unpacked,
    needed: &'a dyn Fn(usize) -> bool,
}

/// The gradients of the inputs of the node of `op` from the gradient `g` of its result.
#[inline]
pub(crate) fn gradients(
    op: &Op,
    node: &Arc<Node>,
    saved: &Unpacked,
    needed: &dyn Fn(usize) -> bool,
    g: &Tensor,
) -> Result<Grads> {
    if g.dtype().is_half() {
        return halves::gradients(op, node, saved, needed, g);
    }
    derive(op, &Call::new(node, saved, needed), g)
}

/// One row for each operation.
fn derive(op: &Op, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    match op {
        Op::Map(f) => map(*f, c, g),
        Op::Cast(_) => c.one(|| Ok(g.clone())),
        Op::Transfer => c.one(|| g.to(&c.located()?.device)),
        Op::Fill(_) => c.one(|| g.zeros_like()),
        Op::Arg { .. } | Op::Argsort { .. } => Ok(Grads::new()),
        Op::Reduce { f, axes, keepdim } => c.one(|| reduce::derivative(*f, c, g, *axes, *keepdim)),
        Op::Scan { f, dim } => c.one(|| scan::derivative(*f, c, g, *dim as isize)),
        Op::Cat { dim } => view::cat(c, g, *dim as usize),
        Op::MatMul => c.two(
            || g.matmul(&c.input(1).mt()?),
            || transposed_times(c.input(0), g, c.shape(1, g).len()),
        ),
        Op::Linalg(f) => linalg::gradients(*f, c, g),
        Op::Conv(conv) => window::conv(conv, c, g),
        Op::Pool(pool) => c.one(|| window::pool(pool, c, g)),
        Op::Gather(f) => c.one(|| index::gather(*f, c, g)),
        Op::Scatter(f, mode) => index::scatter(*f, *mode, c, g),
        Op::View(v) => c.one(|| view::derivative(v, c, g)),
        Op::SetWindow(window) => view::set_window(window, c, g),
        Op::Fused(f) => fused::gradients(f, c, g),
    }
}

/// The same for elementwise operations.
fn map(f: Map, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    match f {
        Map::Copy => c.one(|| Ok(g.clone())),
        Map::Unary(f) => c.one(|| unary::derivative(f, c, g)),
        Map::Binary(f) => c.two(
            || binary::left(f, c, g, None),
            || binary::right(f, c, g, None),
        ),
        Map::BinaryScalar(f, s) => c.one(|| binary::left(f, c, g, Some(s))),
        Map::ScalarBinary(s, f) => c.one(|| binary::right(f, c, g, Some(s))),
        Map::Compare(_) | Map::CompareScalar(..) => Ok(Grads::new()),
        Map::Where => c.each([&|| g.zeros_like(), &|| c.x().where_cond(g, 0.0), &|| {
            c.x().where_cond(0.0, g)
        }]),
    }
}

/// `∂(a b)/∂b = aᵀ g`; if one matrix `b` was broadcast to a batch, the batch is treated as one tall matrix.
fn transposed_times(a: &Tensor, g: &Tensor, rank: usize) -> Result<Tensor> {
    if rank == 2 && a.ndim() > 2 {
        return rows(a)?.mt()?.matmul(&rows(g)?);
    }
    a.mt()?.matmul(g)
}

impl<'a> Call<'a> {
    #[inline]
    pub fn new(node: &'a Node, saved: &'a Unpacked, needed: &'a dyn Fn(usize) -> bool) -> Call<'a> {
        Call {
            node,
            saved,
            needed,
        }
    }

    fn find(&self, source: Source) -> &'a Tensor {
        match self.saved.iter().find(|(s, _)| *s == source) {
            Some((_, tensor)) => tensor,
            None => unreachable!(
                "{}: the rule reads {source:?}, which Op::saves does not name",
                self.node.name()
            ),
        }
    }

    /// Input `i`.
    fn input(&self, i: u8) -> &'a Tensor {
        self.find(Source::In(i.into()))
    }

    /// The only input, or the first.
    fn x(&self) -> &'a Tensor {
        self.input(0)
    }

    /// The result.
    fn y(&self) -> &'a Tensor {
        self.find(Source::Out(0))
    }

    /// Result `k` after the first.
    fn aux(&self, k: u8) -> &'a Tensor {
        self.find(Source::Aux(k.into()))
    }

    /// The saved results after the first, in order.
    fn all_aux(&self) -> impl Iterator<Item = &'a Tensor> {
        let aux = |(source, t): &'a (Source, Tensor)| match source {
            Source::Aux(_) => Some(t),
            _ => None,
        };
        self.saved.iter().filter_map(aux)
    }

    /// The number of inputs.
    fn arity(&self) -> usize {
        self.node.edges.len()
    }

    /// Shape of input `i`, for a result of the shape of `g`.
    fn shape(&self, i: usize, g: &Tensor) -> Dims {
        self.node
            .inputs
            .types()
            .map_or(*g.layout().shape(), |types| types[i].shape)
    }

    /// Layout and device of the first input.
    fn located(&self) -> Result<&'a Located> {
        match &self.node.inputs {
            Inputs::Located(located) => Ok(located),
            _ => Err(Error::autograd(format!(
                "{}: recorded without the layout and device of its input",
                self.node.name()
            ))),
        }
    }

    /// `grad`, summed where input `i` was broadcast and converted to its dtype.
    #[inline]
    fn fit(&self, i: usize, grad: Tensor) -> Result<Tensor> {
        match self.node.inputs.types() {
            None => Ok(grad),
            Some(types) => {
                let shape = &types[i].shape;
                let grad = if grad.layout().shape() == shape {
                    grad
                } else {
                    grad.sum_to_size(shape)?
                };
                if grad.dtype() == types[i].dtype {
                    Ok(grad)
                } else {
                    grad.to(types[i].dtype)
                }
            }
        }
    }

    /// The gradients of all inputs, each computed only if required.
    fn each<const N: usize>(&self, rules: [&dyn Fn() -> Result<Tensor>; N]) -> Result<Grads> {
        let gradient = |(i, rule): (usize, &dyn Fn() -> Result<Tensor>)| {
            if i < self.arity() && (self.needed)(i) {
                self.fit(i, rule()?).map(Some)
            } else {
                Ok(None)
            }
        };
        rules.into_iter().enumerate().map(gradient).collect()
    }

    #[inline]
    fn one(&self, x: impl FnOnce() -> Result<Tensor>) -> Result<Grads> {
        Ok(smallvec![Some(self.fit(0, x()?)?)])
    }

    #[inline]
    fn two(
        &self,
        x: impl FnOnce() -> Result<Tensor>,
        y: impl FnOnce() -> Result<Tensor>,
    ) -> Result<Grads> {
        let x = if (self.needed)(0) {
            Some(self.fit(0, x()?)?)
        } else {
            None
        };
        let y = if (self.needed)(1) {
            Some(self.fit(1, y()?)?)
        } else {
            None
        };
        Ok(smallvec![x, y])
    }
}

/// `t` as a matrix: all dimensions but the last are merged.
fn rows(t: &Tensor) -> Result<Tensor> {
    match t.shape() {
        [] | [_, _] => Ok(t.clone()),
        [outer @ .., last] => t.reshape([outer.iter().product(), *last]),
    }
}

/// `g` where `mask` is true, else 0.
fn keep(mask: &Tensor, g: &Tensor) -> Result<Tensor> {
    mask.where_cond(g, 0.0)
}

/// `f` of two operands of which at least one is a tensor.
fn apply_binary(f: Binary, x: Operand<'_>, y: Operand<'_>) -> Result<Tensor> {
    match (x, y) {
        (Operand::Tensor(x), Operand::Tensor(y)) => apply(f.into(), &[x, y]),
        (Operand::Tensor(x), Operand::Number(y)) => apply(Map::BinaryScalar(f, y).into(), &[x]),
        (Operand::Number(x), Operand::Tensor(y)) => apply(Map::ScalarBinary(x, f).into(), &[y]),
        (Operand::Number(_), Operand::Number(_)) => Err(Error::autograd(format!(
            "{}: a derivative with two numbers as operands",
            f.name()
        ))),
    }
}
