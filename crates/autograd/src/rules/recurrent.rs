//! Derivatives of recurrent layers.

use super::fused::backward;
use super::{Call, rows};
use crate::node::Grads;
use rushlight_backend::{Fused, Recurrent, Result};
use rushlight_tensor::Tensor;
use smallvec::{SmallVec, smallvec};

/// The gradients of x, w, the parts of the first state, and b. With the state's part of the gates `s = w h + b` at every step,
/// `∂w = Σ ∂s hᵀ` and `∂b = Σ ∂s` over all steps.
pub(super) fn gradients(f: &Recurrent, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    let mut inputs: SmallVec<[&Tensor; 8]> = smallvec![g];
    inputs.extend((0..f.inputs()).map(|i| c.input(i as u8)));
    inputs.push(c.y());
    inputs.extend(c.all_aux());
    let (dx, others) = backward(Fused::RecurrentGrad(*f), &inputs)?;
    let (first, ds) = others.split_at(f.cell.states());
    let ds = rows(ds.first().unwrap_or(&dx))?;
    let mut grads: Grads = smallvec![Some(dx)];
    grads.push(match (c.needed)(1) {
        true => Some(ds.mt()?.matmul(&rows(&before(f, c.input(2), c.y())?)?)?),
        false => None,
    });
    grads.extend(first.iter().cloned().map(Some));
    if f.bias {
        grads.push(Some(ds.sum_dim(0, false)?));
    }
    Ok(grads)
}

/// The `h` that each step reads, `[steps, n, hidden]`.
fn before(f: &Recurrent, first: &Tensor, states: &Tensor) -> Result<Tensor> {
    let h = states.select(0, 0)?;
    let steps = h.shape()[0];
    let first = first.unsqueeze(0)?;
    match f.reverse {
        true => Tensor::cat(&[&h.narrow(0, 1, steps - 1)?, &first], 0),
        false => Tensor::cat(&[&first, &h.narrow(0, 0, steps - 1)?], 0),
    }
}
