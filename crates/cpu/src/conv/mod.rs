//! Convolutions: the compute dtype, and the choice of a kernel.
//!
//! The convolution and both gradients are matrix products, and run on the register tiles of [`crate::matmul`] (implicit GEMM). Only one
//! operand is unfolded, one panel at a time, from a copy of the image with zero padding.

mod gather;
mod geometry;
mod integer;
mod padded;
mod unfold;
mod weight;

use crate::converted::Converted;
use crate::operand::Operand;
use geometry::Geometry;
use rushlight_backend::{Conv, ConvKind, DType, Error, Result};

/// The convolution or gradient that `conv` describes. PyTorch: `conv1d`, `conv2d`, `conv3d`, `conv_transpose1d` and so on.
pub(crate) fn conv(conv: &Conv, a: &Operand<'_>, b: &Operand<'_>, out: &Operand<'_>) -> Result<()> {
    if out.dtype == DType::Bool {
        return Err(Error::dtype(format!(
            "conv: not defined for bool, got {:?} and {:?}; convert to a number dtype first",
            a.shape(),
            b.shape()
        )));
    }
    let geometry = Geometry::new(conv, a.shape(), b.shape(), out.shape())?;
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
    if ready(out) && out.base != a.base && out.base != b.base {
        return typed(conv.kind, &geometry, &a, &b, out);
    }
    let dense = Converted::room(*out.layout.shape(), compute)?;
    typed(conv.kind, &geometry, &a, &b, &dense.operand())?;
    dense.store(out)
}

fn typed(
    kind: ConvKind,
    geometry: &Geometry,
    a: &Operand<'_>,
    b: &Operand<'_>,
    out: &Operand<'_>,
) -> Result<()> {
    macro_rules! float {
        ($t:ty) => {{
            let (a, b, out) = (a.pointer::<$t>(), b.pointer::<$t>(), out.pointer::<$t>());
            match kind {
                ConvKind::Forward => gather::forward(geometry, a, b, out),
                ConvKind::InputGrad => gather::input_gradient(geometry, a, b, out),
                ConvKind::WeightGrad => weight::weight(geometry, a, b, out),
            }
        }};
    }
    match out.dtype {
        DType::F64 => float!(f64),
        DType::I64 => {
            integer::conv(kind, geometry, a.pointer(), b.pointer(), out.pointer());
            Ok(())
        }
        _ => float!(f32),
    }
}
