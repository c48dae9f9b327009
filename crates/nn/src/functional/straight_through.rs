//! A lower bound with a straight-through gradient.

use rushlight_tensor::{GradMode, Result, Tensor};

/// Computes `max(x, min)` with the gradient of `x` everywhere, as if nothing were clamped.
#[track_caller]
pub(super) fn clamp_min_straight_through(x: &Tensor, min: f64) -> Result<Tensor> {
    let copy = x.copy()?;
    let _no_grad = GradMode::set(false);
    copy.copy_(&copy.detach().clamp_min(min)?)?;
    Ok(copy)
}
