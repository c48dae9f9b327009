//! Muon, whose steps follow the nearest orthogonal matrix to the momentum.

use super::{StepTensors, move_to};
use crate::Tensor;
use rushlight_backend::update::Muon;
use rushlight_backend::{DType, Error, Result};

#[track_caller]
pub(super) fn muon(f: &Muon, t: &StepTensors<'_>) -> Result<()> {
    let &[rows, columns] = t.param.shape() else {
        return Err(Error::shape(format!(
            "Muon: only matrices can be orthogonal, a parameter has shape {:?}",
            t.param.shape()
        )));
    };
    let buffer = t.states[0];
    move_to(buffer, t.grad, 1.0 - f.momentum)?;
    let direction = if f.nesterov {
        t.grad.add(&buffer.sub(t.grad)?.mul(f.momentum)?)?
    } else {
        buffer.clone()
    };
    let update = orthogonal(&direction, f)?.to(t.param.dtype())?;
    t.decay(f.lr, f.weight_decay)?;
    let rate = f.lr * f.adjust.factor(rows, columns);
    t.param.sub_(&update.mul(rate)?)
}

/// A matrix with the singular vectors of `matrix` and singular values near 1: the Newton-Schulz iteration, on the smaller Gram matrix.
///
/// Only the iterates are rounded to bfloat16; intermediate results are `f32`.
#[track_caller]
fn orthogonal(matrix: &Tensor, f: &Muon) -> Result<Tensor> {
    let round = |x: &Tensor| x.to(DType::BF16)?.to(DType::F32);
    let tall = matrix.shape()[0] > matrix.shape()[1];
    let mut x = round(matrix)?;
    if tall {
        x = x.t()?;
    }
    let norm = round(&x.norm()?)?.clamp_min(f.eps)?;
    x = round(&x.div(&norm)?)?;
    let (a, b, c) = f.ns_coefficients;
    for _ in 0..f.ns_steps {
        let gram = round(&x.matmul(&x.t()?)?)?;
        let polynomial = round(&gram.mul(b)?.add(&gram.matmul(&gram)?.mul(c)?)?)?;
        x = round(&x.mul(a)?.add(&polynomial.matmul(&x)?)?)?;
    }
    if tall { x.t() } else { Ok(x) }
}
