//! Modules of the binary cross entropy.

use super::Loss;
use crate::functional::{self, BCELossOptions, BCEWithLogitsLossOptions};
use crate::{Buffer, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

losses! {
    /// Computes [`functional::binary_cross_entropy`] of probabilities. PyTorch: `nn.BCELoss`.
    ///
    /// ```
    /// use rushlight::nn::{BCELoss, Loss};
    /// use rushlight::tensor;
    /// let loss = BCELoss::new().call(&tensor!([0.9, 0.2]), &tensor!([1.0, 0.0]))?;
    /// assert!((loss.item::<f32>()? - 0.164252).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    BCELoss(BCELossOptions) [weight]
    |l, input, target| functional::binary_cross_entropy(input, target, l.options());

    /// Computes [`functional::binary_cross_entropy_with_logits`]. PyTorch: `nn.BCEWithLogitsLoss`.
    ///
    /// ```
    /// use rushlight::nn::{BCEWithLogitsLoss, BCEWithLogitsLossOptions, Loss};
    /// use rushlight::tensor;
    /// let criterion = BCEWithLogitsLoss::with(BCEWithLogitsLossOptions::new().pos_weight(tensor!(3.0)));
    /// let loss = criterion.call(&tensor!([2.0, -1.0]), &tensor!([1.0, 0.0]))?;
    /// assert!((loss.item::<f32>()? - 0.347023).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    BCEWithLogitsLoss(BCEWithLogitsLossOptions) [weight, pos_weight]
    |l, input, target| functional::binary_cross_entropy_with_logits(input, target, l.options());
}
