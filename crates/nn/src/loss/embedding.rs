//! Modules of losses on pairs of embeddings.

use super::Loss;
use crate::call::passed_through;
use crate::functional::{
    self, CosineEmbeddingLossOptions, HingeEmbeddingLossOptions, MarginRankingLossOptions,
};
use crate::{Module, ModuleState};
use rushlight_tensor::{Result, Tensor};
use std::panic::Location;

losses! {
    /// Computes [`functional::hinge_embedding_loss`] of distances and targets of 1 and -1. PyTorch: `nn.HingeEmbeddingLoss`.
    ///
    /// ```
    /// use rushlight::nn::{HingeEmbeddingLoss, Loss};
    /// use rushlight::tensor;
    /// let loss = HingeEmbeddingLoss::new().call(&tensor!([0.25, 0.25]), &tensor!([1.0, -1.0]))?;
    /// assert_eq!(loss.item::<f32>()?, 0.5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    HingeEmbeddingLoss(HingeEmbeddingLossOptions) []
    |l, input, target| functional::hinge_embedding_loss(input, target, l.options());

    /// Computes [`functional::margin_ranking_loss`] of two inputs and targets of 1 and -1. PyTorch: `nn.MarginRankingLoss`.
    ///
    /// ```
    /// use rushlight::nn::MarginRankingLoss;
    /// use rushlight::tensor;
    /// let loss = MarginRankingLoss::new().call(&tensor!([1.0, 2.0]), &tensor!([2.0, 1.0]), &tensor!([1.0, 1.0]))?;
    /// assert_eq!(loss.item::<f32>()?, 0.5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    MarginRankingLoss(MarginRankingLossOptions) []
    |l, x1, x2, target| functional::margin_ranking_loss(x1, x2, target, l.options());

    /// Computes [`functional::cosine_embedding_loss`] of two batches of vectors and targets of 1 and -1. PyTorch: `nn.CosineEmbeddingLoss`.
    ///
    /// ```
    /// use rushlight::nn::CosineEmbeddingLoss;
    /// use rushlight::tensor;
    /// let (x1, x2) = (tensor!([[1.0, 0.0], [1.0, 0.0]]), tensor!([[0.0, 2.0], [3.0, 4.0]]));
    /// let loss = CosineEmbeddingLoss::new().call(&x1, &x2, &tensor!([1, -1]))?;
    /// assert!((loss.item::<f32>()? - 0.8).abs() < 1e-6);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    CosineEmbeddingLoss(CosineEmbeddingLossOptions) []
    |l, x1, x2, target| functional::cosine_embedding_loss(x1, x2, target, l.options());
}
