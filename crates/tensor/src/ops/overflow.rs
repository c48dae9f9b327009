//! Formulas that stay in range where the usual one overflows on its way.
//!
//! Where reading is free one look at the usual formula's result decides whether the longer one is computed at all; elsewhere it would wait for
//! the device, and both are computed.

use crate::{GradMode, Tensor};
use rushlight_backend::Result;

/// `plain` where it is finite, and elsewhere what `wide` gives: for formulas whose slopes are finite where they are not.
#[track_caller]
pub(crate) fn where_finite(plain: Tensor, wide: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
    let finite = plain.detach().isfinite()?;
    if plain.device().reads_at_once() && finite.all()?.item()? {
        return Ok(plain);
    }
    finite.where_cond(&plain, &wide()?)
}

/// `plain` if it is finite, else `formula` of a scale for the elements: 2⁻⁸ where the result is not finite, and 1 elsewhere.
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
