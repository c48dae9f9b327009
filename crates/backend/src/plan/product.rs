//! Matrix products.

use super::planned::{Planned, result, type_of};
use crate::{Error, Op, Output, Result, View};

/// The plan of [`crate::Backend::matmul`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProductPlan;

/// `[.., m, k] x [.., k, n] → [.., m, n]` of one dtype. As [`Op::MatMul`], but leading dimensions are equal: they are broadcast by strides of 0.
#[track_caller]
pub fn matmul<'a>(inputs: &'a [View<'a>; 2], out: Output<'a>) -> Result<Planned<'a, ProductPlan>> {
    let [a, b] = inputs;
    let expected = Op::MatMul.infer(&[type_of(a), type_of(b)])?;
    let batch = |v: &View<'_>| {
        let mut shape = *v.layout().shape();
        shape.truncate(shape.len().saturating_sub(2));
        shape
    };
    if batch(a) != batch(b) {
        return Err(Error::shape(format!(
            "matmul: leading dimensions differ: {:?} x {:?}",
            a.layout().shape(),
            b.layout().shape()
        )));
    }
    result("matmul", &expected, &out.view())?;
    Ok(Planned::one(ProductPlan, inputs, out))
}
