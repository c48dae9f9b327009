//! Losses as functions: how far predictions are from targets.

mod classification;
mod distribution;
mod embedding;
mod regression;

pub use classification::{
    CrossEntropyOptions, binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy,
    multi_margin_loss, multilabel_margin_loss, multilabel_soft_margin_loss, nll_loss,
    soft_margin_loss,
};
pub use distribution::{gaussian_nll_loss, kl_div, poisson_nll_loss};
pub use embedding::{
    cosine_embedding_loss, hinge_embedding_loss, margin_ranking_loss, triplet_margin_loss,
    triplet_margin_with_distance_loss,
};
pub use regression::{huber_loss, l1_loss, mse_loss, smooth_l1_loss};

use rushlight_tensor::{Error, Result, Tensor};
use std::fmt;

/// What a loss makes of its elements.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Reduction {
    /// Leaves them.
    None,
    /// Their mean, weighted if the loss has weights.
    #[default]
    Mean,
    /// Their sum.
    Sum,
    /// Their sum over the batch size: the mean that a Kullback-Leibler divergence should have, and for [`kl_div`] only.
    BatchMean,
}

impl fmt::Display for Reduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reduction::None => "none",
            Reduction::Mean => "mean",
            Reduction::Sum => "sum",
            Reduction::BatchMean => "batchmean",
        })
    }
}

#[track_caller]
pub(super) fn reduce(name: &str, loss: Tensor, reduction: Reduction) -> Result<Tensor> {
    match reduction {
        Reduction::None => Ok(loss),
        Reduction::Mean => loss.mean(),
        Reduction::Sum => loss.sum(),
        Reduction::BatchMean => Err(Error::value(format!(
            "{name}: the reduction is none, mean or sum; batchmean is for kl_div"
        ))),
    }
}

#[track_caller]
pub(super) fn same_shape(name: &str, input: &Tensor, target: &Tensor) -> Result<()> {
    match input.shape() == target.shape() {
        true => Ok(()),
        false => Err(Error::shape(format!(
            "{name}: the target has shape {:?}, the input {:?}; they must be the same",
            target.shape(),
            input.shape()
        ))),
    }
}
