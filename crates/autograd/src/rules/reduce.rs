//! Derivatives of reductions.

use super::Call;
use super::scan::{divisible, either, exclusive_products};
use rushlight_backend::{Axes, Dims, Reduce, Result};
use rushlight_tensor::Tensor;

pub(super) fn derivative(
    f: Reduce,
    c: &Call<'_>,
    g: &Tensor,
    axes: Axes,
    keepdim: bool,
) -> Result<Tensor> {
    let shape = c.shape(0, g);
    let g = kept(g, axes, keepdim)?;
    match f {
        Reduce::Sum => g.expand(&shape),
        Reduce::Mean => g.div(count(&shape, axes))?.expand(&shape),
        Reduce::Prod => {
            let y = kept(c.y(), axes, keepdim)?;
            either(
                &divisible(&y)?,
                || g.mul(&y)?.div(c.x()),
                || g.mul(&others(c.x(), axes)?),
            )
        }
        Reduce::Max | Reduce::Min => share(c, &g, axes, keepdim),
        Reduce::Any | Reduce::All => g.expand(&shape)?.zeros_like(),
    }
}

/// `t` with the reduced dimensions as dimensions of size 1.
fn kept(t: &Tensor, axes: Axes, keepdim: bool) -> Result<Tensor> {
    let mut t = t.clone();
    if !keepdim {
        for d in axes.iter() {
            t = t.unsqueeze(d as isize)?;
        }
    }
    Ok(t)
}

/// The number of elements that are reduced to one.
pub(super) fn count(shape: &Dims, axes: Axes) -> f64 {
    shape
        .iter()
        .enumerate()
        .filter(|(d, _)| axes.contains(*d))
        .map(|(_, &n)| n as f64)
        .product()
}

/// `g`, divided equally among the elements that are the extreme. In a reduction of all elements (`max()`), they include NaN; along dimensions
/// (`amax`), a NaN makes every gradient NaN.
fn share(c: &Call<'_>, g: &Tensor, axes: Axes, keepdim: bool) -> Result<Tensor> {
    let y = kept(c.y(), axes, keepdim)?;
    let mut hit = c.x().eq(&y)?;
    if !keepdim && axes == Axes::all(c.x().ndim()) {
        hit = hit.logical_or(&c.x().isnan()?.logical_and(&y.isnan()?)?)?;
    }
    // Halves could not count beyond 2048.
    let compute = g.dtype().compute();
    let hits = hit.to(compute)?;
    let count = match axes.is_empty() {
        true => hits.clone(),
        false => hits.sum_dim(axes.iter().collect::<Vec<_>>(), true)?,
    };
    let part = g.to(compute)?.div(&count)?;
    part.mul(&hits)?.to(g.dtype())
}

/// For each element the product of all others, any number of which may be 0.
fn others(x: &Tensor, axes: Axes) -> Result<Tensor> {
    let rank = x.ndim();
    if x.numel() == 0 || axes.is_empty() {
        return x.ones_like();
    }
    // The reduced dimensions are moved to the end and merged.
    let order: Vec<usize> = (0..rank)
        .filter(|&d| !axes.contains(d))
        .chain(axes.iter())
        .collect();
    let mut back = vec![0; rank];
    for (to, &from) in order.iter().enumerate() {
        back[from] = to;
    }
    let permuted = x.permute(&order)?;
    let shape = *permuted.layout().shape();
    let mut flat: Vec<usize> = shape[..rank - axes.len()].to_vec();
    flat.push(shape[rank - axes.len()..].iter().product());
    let flat = permuted.reshape(flat)?;
    let before = exclusive_products(&flat, -1)?;
    let after = exclusive_products(&flat.flip(-1)?, -1)?.flip(-1)?;
    let all = before.mul(&after)?;
    // A product that has overflowed times 0 is 0, unless an element itself is infinite.
    let finite = flat.isfinite()?.all_dim(-1, true)?;
    let left = all.isnan()?.logical_and(&finite)?;
    all.masked_fill(&left, 0.0)?.reshape(&shape)?.permute(&back)
}
