//! Derivatives of reading and writing by index.

use super::{Call, keep};
use crate::node::Grads;
use rushlight_backend::{DType, Dims, IndexOp, Op, Result, ScatterMode};
use rushlight_tensor::{Tensor, apply};

/// What was read goes back to where it was read, added up.
pub(super) fn gather(f: IndexOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let zeros = g.new_zeros(&c.shape(0, g))?;
    write(f, ScatterMode::Add, &zeros, c.input(1), g)
}

pub(super) fn scatter(f: IndexOp, mode: ScatterMode, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    let source = c.shape(2, g);
    let nothing = || g.zeros_like();
    let (base, value): (&dyn Fn() -> Result<Tensor>, &dyn Fn() -> Result<Tensor>) = match mode {
        ScatterMode::Set => (
            &|| write(f, mode, g, c.input(1), &g.new_zeros(&source)?),
            &|| spread(read(f, g, c.input(1))?, &source),
        ),
        ScatterMode::Add => (&|| Ok(g.clone()), &|| {
            spread(read(f, g, c.input(1))?, &source)
        }),
        ScatterMode::Mul => (&|| product_base(f, c, g), &|| {
            spread(product_source(f, c, g)?, &source)
        }),
        ScatterMode::Max | ScatterMode::Min => (&|| extreme_base(f, c, g), &|| {
            spread(extreme_source(f, c, g)?, &source)
        }),
    };
    c.each([base, &nothing, value])
}

fn write(
    f: IndexOp,
    mode: ScatterMode,
    x: &Tensor,
    index: &Tensor,
    source: &Tensor,
) -> Result<Tensor> {
    apply(Op::Scatter(f, mode), &[x, index, source])
}

fn read(f: IndexOp, x: &Tensor, index: &Tensor) -> Result<Tensor> {
    apply(Op::Gather(f), &[x, index])
}

/// `part` at the front of zeros of `shape`: a source may be larger than its index, and the rest of it was not read.
fn spread(part: Tensor, shape: &Dims) -> Result<Tensor> {
    if part.layout().shape() == shape {
        return Ok(part);
    }
    let whole = part.new_zeros(shape)?;
    front(&whole, part.layout().shape())?.copy_(&part)?;
    Ok(whole)
}

/// The first elements of `t` along each dimension.
fn front(t: &Tensor, shape: &Dims) -> Result<Tensor> {
    let mut front = t.clone();
    for (d, &n) in shape.iter().enumerate() {
        if front.shape()[d] != n {
            front = front.narrow(d as isize, 0, n)?;
        }
    }
    Ok(front)
}

/// The part of the source that was read.
fn used(f: IndexOp, c: &Call<'_>) -> Result<Tensor> {
    match f {
        IndexOp::Select { .. } => Ok(c.input(2).clone()),
        IndexOp::Gather { .. } => front(c.input(2), c.input(1).layout().shape()),
    }
}

/// The product of everything written there, without the old value itself.
fn product_base(f: IndexOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let ones = c.x().ones_like()?;
    g.mul(&write(f, ScatterMode::Mul, &ones, c.input(1), c.input(2))?)
}

/// `g y / source`; where the source is the only 0 of its place, the product of the others instead.
fn product_source(f: IndexOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let (x, index, source) = (c.x(), c.input(1), used(f, c)?);
    let zero = source.eq(0.0)?;
    let zeros = write(
        f,
        ScatterMode::Add,
        &Tensor::zeros(x.shape(), (DType::I32, x.device()))?,
        index,
        &zero.to(DType::I32)?,
    )?;
    let only = zero.logical_and(&read(f, &zeros, index)?.eq(1)?)?;
    let others = write(
        f,
        ScatterMode::Mul,
        x,
        index,
        &source.masked_fill(&only, 1.0)?,
    )?;
    let others = read(f, &g.mul(&others)?, index)?;
    let divided = read(f, &g.mul(c.y())?, index)?.div(&source.masked_fill(&zero, 1.0)?)?;
    only.where_cond(&others, &divided)
}

/// How many of the old value and the values written there are the extreme, counted in integers.
fn hits(f: IndexOp, c: &Call<'_>) -> Result<(Tensor, Tensor, Tensor)> {
    let (x, index, y) = (c.x(), c.input(1), c.y());
    let old = x.eq(y)?;
    let new = used(f, c)?.eq(&read(f, y, index)?)?;
    let count = write(
        f,
        ScatterMode::Add,
        &old.to(DType::I32)?,
        index,
        &new.to(DType::I32)?,
    )?;
    Ok((old, new, count))
}

fn extreme_base(f: IndexOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let (old, _, count) = hits(f, c)?;
    keep(&old, &g.div(&count.clamp_min(1)?)?)
}

fn extreme_source(f: IndexOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let (_, new, count) = hits(f, c)?;
    keep(&new, &read(f, &g.div(&count.clamp_min(1)?)?, c.input(1))?)
}
