//! Losses as functions.

mod binary;
mod cross_entropy;
mod ctc;
mod distribution;
mod embedding;
mod linear_cross_entropy;
mod margin;
mod regression;

pub use binary::{binary_cross_entropy, binary_cross_entropy_with_logits};
pub use cross_entropy::{CrossEntropyOptions, cross_entropy, nll_loss};
pub use ctc::{CtcOptions, ctc_loss};
pub use distribution::{gaussian_nll_loss, kl_div, poisson_nll_loss};
pub use embedding::{
    cosine_embedding_loss, hinge_embedding_loss, margin_ranking_loss, triplet_margin_loss,
    triplet_margin_with_distance_loss,
};
pub use linear_cross_entropy::linear_cross_entropy;
pub use margin::{
    multi_margin_loss, multilabel_margin_loss, multilabel_soft_margin_loss, soft_margin_loss,
};
pub use regression::{
    huber_loss, huber_loss_weighted, l1_loss, l1_loss_weighted, mse_loss, mse_loss_weighted,
    smooth_l1_loss,
};

use rushlight_tensor::backend::broadcast;
use rushlight_tensor::{Error, Result, Tensor};
use std::fmt;

/// How a loss reduces its elements.
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

/// An error unless both tensors have one shape. Broadcast, a column `[n, 1]` and a vector `[n]` would give `[n, n]` differences, and a model
/// trained on their mean learns the average target.
#[track_caller]
pub(crate) fn same_shape(name: &str, input: &Tensor, target: &Tensor) -> Result<()> {
    match input.shape() == target.shape() {
        true => Ok(()),
        false => Err(Error::shape(format!(
            "{name}: the target has shape {:?}, the input {:?}; they must be the same",
            target.shape(),
            input.shape()
        ))),
    }
}

/// Whether the target broadcasts to the input as it is.
#[track_caller]
fn target_broadcasts(name: &str, input: &Tensor, target: &Tensor) -> Result<()> {
    match broadcast(name, input.shape(), target.shape()) {
        Ok(shape) if *shape == *input.shape() => Ok(()),
        _ => Err(Error::shape(format!(
            "{name}: the target of shape {:?} does not broadcast to the input, {:?}",
            target.shape(),
            input.shape()
        ))),
    }
}

/// Whether at least one of the two is floating-point.
#[track_caller]
fn floats(name: &str, input: &Tensor, target: &Tensor) -> Result<()> {
    match input.dtype().is_float() || target.dtype().is_float() {
        true => Ok(()),
        false => Err(Error::dtype(format!(
            "{name}: not defined for {}; convert to a floating-point dtype first",
            input.dtype()
        ))),
    }
}
