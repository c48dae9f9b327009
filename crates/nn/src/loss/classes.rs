//! Modules of classification losses.

use super::Loss;
use crate::functional::{self, CrossEntropyLossOptions, NLLLossOptions};
use crate::{Buffer, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

losses! {
    /// Computes [`functional::cross_entropy`] of logits. PyTorch: `nn.CrossEntropyLoss`.
    ///
    /// ```
    /// use rushlight::nn::{CrossEntropyLoss, CrossEntropyLossOptions, Loss};
    /// use rushlight::tensor;
    /// let criterion = CrossEntropyLoss::with(CrossEntropyLossOptions::new().label_smoothing(0.1));
    /// let logits = tensor!([[1.5, 0.3, -0.5], [0.2, 2.3, 0.5]]);
    /// let loss = criterion.call(&logits, &tensor!([0, 1]))?;
    /// assert!((loss.item::<f32>()? - 0.425899).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    CrossEntropyLoss(CrossEntropyLossOptions) [weight]
    |l, input, target| functional::cross_entropy(input, target, l.options());

    /// Computes [`functional::nll_loss`] of log-probabilities. PyTorch: `nn.NLLLoss`.
    ///
    /// ```
    /// use rushlight::nn::{Loss, NLLLoss};
    /// use rushlight::tensor;
    /// let log_probs = tensor!([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]).log()?;
    /// let loss = NLLLoss::new().call(&log_probs, &tensor!([0, 1]))?;
    /// assert!((loss.item::<f32>()? - 0.458145).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    NLLLoss(NLLLossOptions) [weight] |l, input, target| functional::nll_loss(input, target, l.options());
}
