//! Modules of losses between distributions, and of negative log-likelihoods of distributions.

use super::Loss;
use crate::call::passed_through;
use crate::functional::{self, GaussianNLLLossOptions, KLDivLossOptions, PoissonNLLLossOptions};
use crate::{Module, ModuleState};
use rushlight_tensor::{Result, Tensor};
use std::panic::Location;

losses! {
    /// Computes [`functional::kl_div`] of log-probabilities and probabilities. PyTorch: `nn.KLDivLoss`.
    ///
    /// ```
    /// use rushlight::nn::{KLDivLoss, Loss, Reduction};
    /// use rushlight::tensor;
    /// let (p, q) = (tensor!([[0.25, 0.75], [0.5, 0.5]]), tensor!([[0.5, 0.5], [0.5, 0.5]]));
    /// let loss = KLDivLoss::with(Reduction::BatchMean).call(&q.log()?, &p)?;
    /// assert!((loss.item::<f32>()? - 0.065406).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    KLDivLoss(KLDivLossOptions) [] |l, input, target| functional::kl_div(input, target, l.options());

    /// Computes [`functional::poisson_nll_loss`] of rates or their logarithms. PyTorch: `nn.PoissonNLLLoss`.
    ///
    /// ```
    /// use rushlight::nn::{Loss, PoissonNLLLoss};
    /// use rushlight::tensor;
    /// let loss = PoissonNLLLoss::new().call(&tensor!([0.0, 1.0]), &tensor!([1.0, 3.0]))?;
    /// assert!((loss.item::<f32>()? - 0.359141).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    PoissonNLLLoss(PoissonNLLLossOptions) [] |l, input, target| functional::poisson_nll_loss(input, target, l.options());

    /// Computes [`functional::gaussian_nll_loss`] of means and variances. PyTorch: `nn.GaussianNLLLoss`.
    ///
    /// ```
    /// use rushlight::nn::GaussianNLLLoss;
    /// use rushlight::tensor;
    /// let (x, y, var) = (tensor!([1.0, 2.0]), tensor!([1.0, 4.0]), tensor!([1.0, 4.0]));
    /// let loss = GaussianNLLLoss::new().call(&x, &y, &var)?;
    /// assert!((loss.item::<f32>()? - 0.596574).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    GaussianNLLLoss(GaussianNLLLossOptions) []
    |l, input, target, var| functional::gaussian_nll_loss(input, target, var, l.options());
}
