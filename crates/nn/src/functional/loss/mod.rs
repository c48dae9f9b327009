//! Loss functions.
//!
//! Each function takes its tensors and, as the last argument, its options: `()` for PyTorch's defaults, a [`Reduction`], or the struct of
//! options that it shares with the loss module.

mod binary;
mod classes;
mod cross_entropy;
mod ctc;
mod distribution;
mod embedding;
mod linear_cross_entropy;
mod margin;
mod nll;
mod regression;
mod triplet;

pub use binary::{
    BCELossOptions, BCEWithLogitsLossOptions, binary_cross_entropy,
    binary_cross_entropy_with_logits,
};
pub use cross_entropy::{CrossEntropyLossOptions, cross_entropy};
pub use ctc::{CTCLossOptions, ctc_loss};
pub use distribution::{
    GaussianNLLLossOptions, KLDivLossOptions, PoissonNLLLossOptions, gaussian_nll_loss, kl_div,
    poisson_nll_loss,
};
pub use embedding::{
    CosineEmbeddingLossOptions, HingeEmbeddingLossOptions, MarginRankingLossOptions,
    cosine_embedding_loss, hinge_embedding_loss, margin_ranking_loss,
};
pub use linear_cross_entropy::{LinearCrossEntropyLossOptions, linear_cross_entropy};
pub use margin::{
    MultiLabelMarginLossOptions, MultiLabelSoftMarginLossOptions, MultiMarginLossOptions,
    SoftMarginLossOptions, multi_margin_loss, multilabel_margin_loss, multilabel_soft_margin_loss,
    soft_margin_loss,
};
pub use nll::{NLLLossOptions, nll_loss};
pub use regression::{
    HuberLossOptions, L1LossOptions, MSELossOptions, SmoothL1LossOptions, huber_loss, l1_loss,
    mse_loss, smooth_l1_loss,
};
pub use triplet::{
    TripletMarginLossOptions, TripletMarginWithDistanceLossOptions, triplet_margin_loss,
    triplet_margin_with_distance_loss,
};

use rushlight_tensor::backend::broadcast;
use rushlight_tensor::{Error, Result, Tensor, named_enum};

named_enum! {
    /// How a loss reduces its elements. PyTorch: `reduction`.
    Reduction {
        /// No reduction: the losses of all elements are returned.
        None = "none",
        /// The mean of the losses, weighted if the loss has class weights.
        #[default]
        Mean = "mean",
        /// The sum of the losses.
        Sum = "sum",
        /// The sum of the losses divided by the batch size, which is the mathematical Kullback-Leibler divergence; for [`kl_div`] only.
        BatchMean = "batchmean",
    }
}

#[track_caller]
pub(super) fn reduce(name: &str, loss: Tensor, reduction: Reduction) -> Result<Tensor> {
    match reduction {
        Reduction::None => Ok(loss),
        Reduction::Mean => loss.mean(),
        Reduction::Sum => loss.sum(),
        Reduction::BatchMean => Err(Error::value(format!(
            "{name}: the reduction must be none, mean or sum; only kl_div supports batchmean"
        ))),
    }
}

/// Checks that both tensors have the same shape. With broadcasting, a column `[n, 1]` and a vector `[n]` would have `[n, n]` differences,
/// and a model trained on their mean would learn the average target.
#[track_caller]
pub(crate) fn same_shape(name: &str, input: &Tensor, target: &Tensor) -> Result<()> {
    match input.shape() == target.shape() {
        true => Ok(()),
        false => Err(Error::shape(format!(
            "{name}: the target has shape {:?} and the input {:?}, but they must be the same",
            target.shape(),
            input.shape()
        ))),
    }
}

/// Checks that the target broadcasts to the shape of the input.
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

/// Checks that at least one of the two is floating-point.
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
