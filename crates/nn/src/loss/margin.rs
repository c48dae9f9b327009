//! Modules of margin losses.

use super::Loss;
use crate::functional::{
    self, MultiLabelMarginLossOptions, MultiLabelSoftMarginLossOptions, MultiMarginLossOptions,
    SoftMarginLossOptions,
};
use crate::{Buffer, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

losses! {
    /// Computes [`functional::multi_margin_loss`] for one class per sample. PyTorch: `nn.MultiMarginLoss`.
    ///
    /// ```
    /// use rushlight::nn::{Loss, MultiMarginLoss};
    /// use rushlight::tensor;
    /// let loss = MultiMarginLoss::new().call(&tensor!([[0.1, 0.2, 0.4, 0.8]]), &tensor!([3]))?;
    /// assert!((loss.item::<f32>()? - 0.325).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    MultiMarginLoss(MultiMarginLossOptions) [weight]
    |l, input, target| functional::multi_margin_loss(input, target, l.options());

    /// Computes [`functional::multilabel_margin_loss`] for lists of classes. PyTorch: `nn.MultiLabelMarginLoss`.
    ///
    /// ```
    /// use rushlight::nn::{Loss, MultiLabelMarginLoss};
    /// use rushlight::tensor;
    /// let loss = MultiLabelMarginLoss::new().call(&tensor!([0.1, 0.2, 0.4, 0.8]), &tensor!([3, 0, -1, 1]))?;
    /// assert!((loss.item::<f32>()? - 0.85).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    MultiLabelMarginLoss(MultiLabelMarginLossOptions) []
    |l, input, target| functional::multilabel_margin_loss(input, target, l.options());

    /// Computes [`functional::multilabel_soft_margin_loss`] for one binary target per class. PyTorch: `nn.MultiLabelSoftMarginLoss`.
    ///
    /// ```
    /// use rushlight::nn::{Loss, MultiLabelSoftMarginLoss};
    /// use rushlight::tensor;
    /// let loss = MultiLabelSoftMarginLoss::new().call(&tensor!([[2.0, -1.0, 0.5]]), &tensor!([[1.0, 0.0, 1.0]]))?;
    /// assert!((loss.item::<f32>()? - 0.304756).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    MultiLabelSoftMarginLoss(MultiLabelSoftMarginLossOptions) [weight]
    |l, input, target| functional::multilabel_soft_margin_loss(input, target, l.options());

    /// Computes [`functional::soft_margin_loss`] for targets of 1 and -1. PyTorch: `nn.SoftMarginLoss`.
    ///
    /// ```
    /// use rushlight::nn::{Loss, SoftMarginLoss};
    /// use rushlight::tensor;
    /// let loss = SoftMarginLoss::new().call(&tensor!([2.0, -1.0]), &tensor!([1.0, 1.0]))?;
    /// assert!((loss.item::<f32>()? - 0.720095).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    SoftMarginLoss(SoftMarginLossOptions) [] |l, input, target| functional::soft_margin_loss(input, target, l.options());
}
