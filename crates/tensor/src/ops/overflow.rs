//! Fallback formulas for results whose usual formula overflows in an intermediate step.
//!
//! If reading elements does not wait for the device, the result of the usual formula is inspected, and the fallback is computed only if
//! needed. Otherwise both are computed.

use crate::{GradMode, Tensor};
use rushlight_backend::Result;

/// `plain` where it is finite, and the result of `wide` elsewhere. The gradient of `plain` must be finite even where `plain` is not.
#[track_caller]
pub(crate) fn where_finite(plain: Tensor, wide: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
    let finite = plain.detach().isfinite()?;
    if plain.device().reads_at_once() && finite.all()?.item()? {
        return Ok(plain);
    }
    finite.where_cond(&plain, &wide()?)
}

/// `plain` if it is finite, else the result of `formula` on a scale for the elements: 2⁻⁸ where `plain` is not finite, 1 elsewhere.
#[track_caller]
pub(crate) fn in_range(
    plain: Tensor,
    formula: impl FnOnce(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let scale = {
        let _off = GradMode::set(false);
        let finite = plain.isfinite()?;
        if plain.device().reads_at_once() && finite.all()?.item()? {
            return Ok(plain);
        }
        finite.where_cond(&plain.new_ones(())?, 2f64.powi(-8))?
    };
    formula(&scale)
}
