//! Answers against expectations.

use super::tolerance::Tolerance;
use rushlight::{DType, Tensor, prelude::*};

/// The largest error over its tolerance, or why the answer is wrong whatever its numbers are.
pub type Verdict = Result<f64, String>;

/// Compares shape, dtype and every element; integers and booleans must be equal.
pub fn compare(got: &Tensor, expected: &Tensor, tolerance: Tolerance) -> Verdict {
    same_type(got, expected)?;
    if !expected.dtype().is_float() {
        let (got, expected) = (integers(got)?, integers(expected)?);
        return match got.iter().zip(&expected).position(|(a, b)| a != b) {
            None => Ok(0.0),
            Some(at) => Err(format!(
                "element {at} is {}, expected {}",
                got[at], expected[at]
            )),
        };
    }
    let dtype = expected.dtype();
    let (got, expected) = (floats(got)?, floats(expected)?);
    Ok(got
        .iter()
        .zip(&expected)
        .map(|(&a, &b)| tolerance.error_in(dtype, a, b))
        .fold(0.0, f64::max))
}

/// Compares shape and dtype only: for random results.
pub fn same_type(got: &Tensor, expected: &Tensor) -> Result<(), String> {
    if got.shape() != expected.shape() {
        return Err(format!(
            "shape {:?}, expected {:?}",
            got.shape(),
            expected.shape()
        ));
    }
    if got.dtype() != expected.dtype() {
        return Err(format!(
            "dtype {}, expected {}",
            got.dtype(),
            expected.dtype()
        ));
    }
    Ok(())
}

/// A gradient against an expected one, where none means zeros.
pub fn compare_gradient(
    got: Option<&Tensor>,
    expected: Option<&Tensor>,
    tolerance: Tolerance,
) -> Verdict {
    match (got, expected) {
        (Some(got), Some(expected)) => compare(got, expected, tolerance),
        (None, None) => Ok(0.0),
        (Some(t), None) | (None, Some(t)) => Ok(floats(t)?
            .into_iter()
            .map(|x| tolerance.error_in(t.dtype(), 0.0, x))
            .fold(0.0, f64::max)),
    }
}

/// Every element of a tensor of floats.
pub(super) fn floats(t: &Tensor) -> Result<Vec<f64>, String> {
    read(t, DType::F64)?
        .to_vec::<f64>()
        .map_err(|e| e.to_string())
}

/// Every element of a tensor of integers.
pub(super) fn integers(t: &Tensor) -> Result<Vec<i64>, String> {
    read(t, DType::I64)?
        .to_vec::<i64>()
        .map_err(|e| e.to_string())
}

fn read(t: &Tensor, dtype: DType) -> Result<Tensor, String> {
    let on_host = t.detach().to(&Device::CPU).and_then(|t| t.to(dtype));
    on_host.map_err(|e| format!("the answer cannot be read: {e}"))
}
