//! Inference of the results of recurrent layers.

use super::{TensorType, float, same_type};
use crate::op::Recurrent;
use crate::{Dims, Error, Result};

/// The states after each step, `[states, steps, n, hidden]`.
#[track_caller]
pub(super) fn states(f: &Recurrent, inputs: &[TensorType]) -> Result<TensorType> {
    let (cell, x) = (f.cell, inputs[0]);
    float(cell.name(), &x)?;
    let &[steps, n, rows] = &*x.shape else {
        return Err(Error::shape(format!(
            "{}: expected [steps, n, gates hidden], got {:?}",
            cell.name(),
            x.shape
        )));
    };
    let hidden = rows / cell.gates();
    let check =
        |shape: Dims, input: &TensorType| same_type(cell.name(), &TensorType { shape, ..x }, input);
    check(Dims::from([cell.gates() * hidden, hidden]), &inputs[1])?;
    for state in &inputs[2..2 + cell.states()] {
        check(Dims::from([n, hidden]), state)?;
    }
    for bias in &inputs[2 + cell.states()..] {
        check(Dims::from([rows]), bias)?;
    }
    Ok(TensorType {
        shape: Dims::from([cell.states(), steps, n, hidden]),
        ..x
    })
}

/// The type of the values that the backward pass reads besides the states, `[steps, n, kept hidden]`.
pub(in crate::op) fn kept(f: &Recurrent, x: TensorType) -> Option<TensorType> {
    let &[steps, n, rows] = &*x.shape else {
        return None;
    };
    let size = rows / f.cell.gates() * f.cell.kept();
    (size > 0).then_some(TensorType {
        shape: Dims::from([steps, n, size]),
        ..x
    })
}

/// The gradient of x, for inputs g, those of the layer, its result, and the values that it kept.
#[track_caller]
pub(super) fn gradient(f: &Recurrent, inputs: &[TensorType]) -> Result<TensorType> {
    let x = inputs[1];
    let (layer, results) = inputs[1..].split_at(f.inputs());
    let states = states(f, layer)?;
    same_type(f.cell.name(), &states, &inputs[0])?;
    same_type(f.cell.name(), &states, &results[0])?;
    if let (Some(expected), Some(given)) = (kept(f, x), results.get(1)) {
        same_type(f.cell.name(), &expected, given)?;
    }
    Ok(x)
}
