//! Convolutions: the compute dtype, and the choice of a kernel.
//!
//! The convolution and both gradients are matrix products, and run on the register tiles of [`crate::matmul`] (implicit GEMM). Only one
//! operand is unfolded, one panel at a time, from a copy of the image with zero padding.

mod gather;
mod integer;
mod padded;
mod unfold;
mod weight;

use crate::converted::Converted;
use crate::element::with_element;
use crate::operand::Operand;
use rushlight_backend::plan::ConvPlan;
use rushlight_backend::{ConvKind, Result};

/// See [`rushlight_backend::Backend::conv`]. PyTorch: `conv1d`, `conv2d`, `conv3d`, `conv_transpose1d` and so on.
pub(crate) fn conv(
    plan: &ConvPlan,
    a: &Operand<'_>,
    b: &Operand<'_>,
    out: &Operand<'_>,
) -> Result<()> {
    let compute = out.dtype.compute();
    let (dense_a, dense_b);
    let ready = |x: &Operand<'_>| x.dtype == compute && x.is_contiguous();
    let a = match ready(a) {
        true => *a,
        false => {
            dense_a = Converted::dense(a, compute)?;
            dense_a.operand()
        }
    };
    let b = match ready(b) {
        true => *b,
        false => {
            dense_b = Converted::dense(b, compute)?;
            dense_b.operand()
        }
    };
    if ready(out) {
        return typed(plan, &a, &b, out);
    }
    let dense = Converted::room(*out.layout.shape(), compute)?;
    typed(plan, &a, &b, &dense.operand())?;
    dense.store(out)
}

fn typed(plan: &ConvPlan, a: &Operand<'_>, b: &Operand<'_>, out: &Operand<'_>) -> Result<()> {
    with_element!(out.dtype, [F32 F64], T => {
        let (a, b, out) = (a.pointer::<T>(), b.pointer::<T>(), out.pointer::<T>());
        match plan.kind {
            ConvKind::Forward => gather::forward(plan, a, b, out),
            ConvKind::InputGrad => gather::input_gradient(plan, a, b, out),
            ConvKind::WeightGrad => weight::weight(plan, a, b, out),
        }
    }, else {
        integer::conv(plan, a.pointer(), b.pointer(), out.pointer());
        Ok(())
    })
}
