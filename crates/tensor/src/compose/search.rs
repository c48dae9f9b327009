//! Binary search composed of other operations.

use crate::Tensor;
use rushlight_backend::{DType, Result};

/// Binary search for all values at once: for powers of two in descending order, a step is taken if the elements passed belong before the value.
#[track_caller]
pub(super) fn search(sequence: &Tensor, values: &Tensor, right: bool) -> Result<Tensor> {
    let n = sequence.size(-1)?;
    let mut found = Tensor::zeros(values.shape(), (DType::I64, values.device()))?;
    if n == 0 {
        return Ok(found);
    }
    for bit in (0..=n.ilog2()).rev() {
        let next = found.add(1i64 << bit)?;
        let at = next.clamp_max(n)?.sub(1)?;
        let passed = sequence.gather(-1, &at)?;
        // Not `passed < value`, because comparisons with NaN, which sorts last, are false.
        let stop = if right {
            passed.gt(values)?
        } else {
            passed.ge(values)?
        };
        let stop = match sequence.dtype().is_float() {
            true => stop.logical_or(&passed.isnan()?.logical_and(&values.eq(values)?)?)?,
            false => stop,
        };
        let go = stop.logical_not()?.logical_and(&next.le(n)?)?;
        found = go.where_cond(&next, &found)?;
    }
    Ok(found)
}
