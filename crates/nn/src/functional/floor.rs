//! A lower bound that gradients do not see.

use rushlight_tensor::{GradMode, Result, Tensor};

/// `max(x, floor)` with the gradient of `x`, also where the floor stands in for it.
#[track_caller]
pub(super) fn floored(x: &Tensor, floor: f64) -> Result<Tensor> {
    let copy = x.copy()?;
    let _no_grad = GradMode::set(false);
    copy.copy_(&copy.detach().clamp_min(floor)?)?;
    Ok(copy)
}
