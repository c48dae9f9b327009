//! Modules of regression losses.
//!
//! Their functions broadcast, but the modules require equal shapes. PyTorch's modules broadcast with a warning.

use super::Loss;
use crate::functional::{
    self, HuberLossOptions, L1LossOptions, MSELossOptions, SmoothL1LossOptions, same_shape,
};
use crate::{Buffer, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

losses! {
    /// Computes [`functional::mse_loss`], `(x - y)²`, of an input and a target of the same shape. PyTorch: `nn.MSELoss`, which broadcasts
    /// with a warning.
    ///
    /// ```
    /// use rushlight::nn::{Loss, MSELoss, Reduction};
    /// use rushlight::tensor;
    /// let (x, y) = (tensor!([0.5, 1.0, 2.5]), tensor!([1.0, 2.0, 2.0]));
    /// assert_eq!(MSELoss::new().call(&x, &y)?.item::<f32>()?, 0.5);
    /// assert_eq!(MSELoss::with(Reduction::Sum).call(&x, &y)?.item::<f32>()?, 1.5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    MSELoss(MSELossOptions) [weight] |l, input, target| {
        same_shape("MSELoss", input, target)?;
        functional::mse_loss(input, target, l.options())
    };

    /// Computes [`functional::l1_loss`], `|x - y|`, of an input and a target of the same shape. PyTorch: `nn.L1Loss`, which broadcasts with
    /// a warning.
    ///
    /// ```
    /// use rushlight::nn::{L1Loss, Loss};
    /// use rushlight::tensor;
    /// let (x, y) = (tensor!([0.5, 1.0, 2.5, 4.0]), tensor!([1.0, 2.0, 2.0, 4.0]));
    /// assert_eq!(L1Loss::new().call(&x, &y)?.item::<f32>()?, 0.5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    L1Loss(L1LossOptions) [weight] |l, input, target| {
        same_shape("L1Loss", input, target)?;
        functional::l1_loss(input, target, l.options())
    };

    /// Computes [`functional::smooth_l1_loss`] of an input and a target of the same shape. PyTorch: `nn.SmoothL1Loss`, which broadcasts
    /// with a warning.
    ///
    /// ```
    /// use rushlight::nn::{Loss, SmoothL1Loss, SmoothL1LossOptions};
    /// use rushlight::tensor;
    /// let criterion = SmoothL1Loss::with(SmoothL1LossOptions::new().beta(2.0));
    /// let loss = criterion.call(&tensor!([0.0, 0.0]), &tensor!([1.0, 3.0]))?;
    /// assert_eq!(loss.item::<f32>()?, 1.125);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    SmoothL1Loss(SmoothL1LossOptions) [] |l, input, target| {
        same_shape("SmoothL1Loss", input, target)?;
        functional::smooth_l1_loss(input, target, l.options())
    };

    /// Computes [`functional::huber_loss`] of an input and a target of the same shape. PyTorch: `nn.HuberLoss`, which broadcasts with a
    /// warning.
    ///
    /// ```
    /// use rushlight::nn::{HuberLoss, HuberLossOptions, Loss};
    /// use rushlight::tensor;
    /// let criterion = HuberLoss::with(HuberLossOptions::new().delta(2.0));
    /// let loss = criterion.call(&tensor!([0.0, 0.0]), &tensor!([1.0, 3.0]))?;
    /// assert_eq!(loss.item::<f32>()?, 2.25);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    HuberLoss(HuberLossOptions) [weight] |l, input, target| {
        same_shape("HuberLoss", input, target)?;
        functional::huber_loss(input, target, l.options())
    };
}
