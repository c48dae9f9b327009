//! Derivatives of reads and writes by index.

use super::Call;
use super::scan::{divisible, either};
use crate::node::Grads;
use rushlight_backend::{DType, Dims, IndexOp, Op, Result, ScatterMode};
use rushlight_tensor::{Tensor, apply};

/// The gradient is added at the positions that were read.
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

/// `part` padded with zeros to `shape`: a source may be larger than its index, and the rest of it was not read.
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

/// The product of all values written there, without the old value.
fn product_base(f: IndexOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let ones = c.x().ones_like()?;
    g.mul(&write(f, ScatterMode::Mul, &ones, c.input(1), c.input(2))?)
}

/// `g y / source`; if the quotient is not the product of the other factors, `g` times that product.
fn product_source(f: IndexOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let (index, source) = (c.input(1), used(f, c)?);
    let plain = read(f, &divisible(c.y())?, index)?;
    either(
        &plain,
        || read(f, &g.mul(c.y())?, index)?.div(&source),
        || read(f, g, index)?.mul(&other_factors(f, c, &source)?),
    )
}

/// For each source, the product of the old value and all other values written to the same position, in cases where a division by the source
/// would lose it.
///
/// Zeros, infinities and NaN are counted. Other factors are split into numbers near 1 and powers of two, whose exponents are added, so
/// that neither their product nor a quotient of it overflows.
fn other_factors(f: IndexOp, c: &Call<'_>, source: &Tensor) -> Result<Tensor> {
    let (x, index) = (c.x(), c.input(1));
    let others = |of: &dyn Fn(&Tensor) -> Result<Tensor>| -> Result<Tensor> {
        let own = of(source)?;
        read(f, &write(f, ScatterMode::Add, &of(x)?, index, &own)?, index)?.sub(&own)
    };
    let zeros = others(&|t| t.eq(0.0)?.to(DType::I32))?;
    let infinite = others(&|t| t.abs()?.eq(f64::INFINITY)?.to(DType::I32))?;
    let nan = others(&|t| t.isnan()?.to(DType::I32))?;
    let mut exponent = others(&|t| exponent_of(t)?.to(DType::I32))?;
    // A zero is a factor of the products of the others, but not of its own.
    let product = |digits: &dyn Fn(&Tensor) -> Result<Tensor>| {
        let product = write(f, ScatterMode::Mul, &digits(x)?, index, &digits(source)?)?;
        read(f, &product, index)
    };
    let whole = product(&|t| digits_of(t))?;
    let own = digits_of(source)?.masked_fill(&source.eq(0.0)?, 1.0)?;
    let without = product(&|t| digits_of(t)?.masked_fill(&t.eq(0.0)?, 1.0))?;
    let is_only = source.eq(0.0)?.logical_and(&zeros.eq(0)?)?;
    let mut finite = is_only.where_cond(&without, &whole.div(&own)?)?;
    // In steps within the dtype's range of exponents; beyond three steps the result is infinite or 0 anyway.
    let most = if x.dtype() == DType::F64 { 1000 } else { 120 };
    for _ in 0..3 {
        let step = exponent.clamp(-most, most)?;
        finite = finite.mul(&step.to(finite.dtype())?.exp2()?)?;
        exponent = exponent.sub(&step)?;
    }
    let limit = finite.sign()?.mul(f64::INFINITY)?;
    let product = infinite.gt(0)?.where_cond(&limit, &finite)?;
    product.masked_fill(&nan.gt(0)?, f64::NAN)
}

/// Whether a factor is neither 0 nor infinite nor NaN.
fn is_plain(t: &Tensor) -> Result<Tensor> {
    t.ne(0.0)?.logical_and(&t.isfinite()?)
}

/// The exponent of the power of two below each factor, among the normal numbers; 0 where there is none.
fn exponent_of(t: &Tensor) -> Result<Tensor> {
    let t = t.detach();
    let least = if t.dtype() == DType::F64 { -1022 } else { -126 };
    let size = is_plain(&t)?.where_cond(&t.abs()?, 1.0)?;
    size.log2()?.floor()?.clamp_min(least)
}

/// Each factor over that power of two; the sign where it is infinite, and 1 for NaN.
fn digits_of(t: &Tensor) -> Result<Tensor> {
    let digits = t.div(&exponent_of(t)?.exp2()?)?;
    let infinite = t.abs()?.eq(f64::INFINITY)?;
    let digits = infinite.where_cond(&t.sign()?, &digits)?;
    digits.masked_fill(&t.isnan()?, 1.0)
}

/// Whether the old value and each value written are the extreme, and the number of those that are, as an integer.
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
    let (part, nothing) = shares(g, &count)?;
    old.where_cond(&part, &nothing)
}

fn extreme_source(f: IndexOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let (_, new, count) = hits(f, c)?;
    let (part, nothing) = shares(g, &count)?;
    let (part, nothing) = (read(f, &part, c.input(1))?, read(f, &nothing, c.input(1))?);
    new.where_cond(&part, &nothing)
}

/// The gradient of each of `count` equal extremes, and that of the others: 0, or NaN if the extreme is NaN, which equals no value.
fn shares(g: &Tensor, count: &Tensor) -> Result<(Tensor, Tensor)> {
    let nothing = g.zeros_like()?.masked_fill(&count.eq(0)?, f64::NAN)?;
    Ok((g.div(&count.clamp_min(1)?)?, nothing))
}
