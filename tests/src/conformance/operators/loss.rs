//! Losses and distances.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED};
use rushlight::Tensor;
use rushlight::nn::functional::{self as f, CrossEntropyOptions, CtcOptions, Reduction};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.cross_entropy" = "functional::cross_entropy": |a| {
        f::cross_entropy(a.x()?, a.tensor(1, "target")?, &classes(a, 2)?)
    };
    "nn.functional.linear_cross_entropy" = "functional::linear_cross_entropy": |a| {
        let (weight, bias) = (a.tensor(1, "linear_weight")?, a.maybe_tensor(NAMED, "linear_bias")?);
        f::linear_cross_entropy(a.x()?, weight, a.tensor(2, "target")?, bias, &classes(a, NAMED)?)
    };
    "nn.functional.nll_loss" = "functional::nll_loss": |a| f::nll_loss(a.x()?, a.tensor(1, "target")?, &classes(a, 2)?);
    "nn.functional.binary_cross_entropy" = "functional::binary_cross_entropy": |a| {
        f::binary_cross_entropy(a.x()?, a.tensor(1, "target")?, a.maybe_tensor(2, "weight")?, reduction(a)?)
    };
    "nn.functional.binary_cross_entropy_with_logits" = "functional::binary_cross_entropy_with_logits": |a| {
        f::binary_cross_entropy_with_logits(
            a.x()?, a.tensor(1, "target")?, a.maybe_tensor(2, "weight")?, a.maybe_tensor(NAMED, "pos_weight")?, reduction(a)?,
        )
    };
    "nn.functional.mse_loss" = "functional::mse_loss": |a| match a.maybe_tensor(NAMED, "weight")? {
        None => f::mse_loss(a.x()?, a.tensor(1, "target")?, reduction(a)?),
        Some(w) => f::mse_loss_weighted(a.x()?, a.tensor(1, "target")?, w, reduction(a)?),
    };
    "nn.functional.l1_loss" = "functional::l1_loss": |a| match a.maybe_tensor(NAMED, "weight")? {
        None => f::l1_loss(a.x()?, a.tensor(1, "target")?, reduction(a)?),
        Some(w) => f::l1_loss_weighted(a.x()?, a.tensor(1, "target")?, w, reduction(a)?),
    };
    "nn.functional.smooth_l1_loss" = "functional::smooth_l1_loss": |a| {
        f::smooth_l1_loss(a.x()?, a.tensor(1, "target")?, a.float_or(NAMED, "beta", 1.0)?, reduction(a)?)
    };
    "nn.functional.huber_loss" = "functional::huber_loss": |a| {
        let delta = a.float_or(NAMED, "delta", 1.0)?;
        match a.maybe_tensor(NAMED, "weight")? {
            None => f::huber_loss(a.x()?, a.tensor(1, "target")?, delta, reduction(a)?),
            Some(w) => f::huber_loss_weighted(a.x()?, a.tensor(1, "target")?, delta, w, reduction(a)?),
        }
    };
    "nn.functional.soft_margin_loss" = "functional::soft_margin_loss": |a| {
        f::soft_margin_loss(a.x()?, a.tensor(1, "target")?, reduction(a)?)
    };
    "nn.functional.margin_ranking_loss" = "functional::margin_ranking_loss": |a| {
        f::margin_ranking_loss(
            a.tensor(0, "input1")?, a.tensor(1, "input2")?, a.tensor(2, "target")?, a.float_or(3, "margin", 0.0)?, reduction(a)?,
        )
    };
    "nn.functional.multi_margin_loss" = "functional::multi_margin_loss": |a| {
        f::multi_margin_loss(
            a.x()?, a.tensor(1, "target")?, a.size_or(2, "p", 1)? as u32, a.float_or(3, "margin", 1.0)?,
            a.maybe_tensor(4, "weight")?, reduction(a)?,
        )
    };
    "nn.functional.multilabel_margin_loss" = "functional::multilabel_margin_loss": |a| {
        f::multilabel_margin_loss(a.x()?, a.tensor(1, "target")?, reduction(a)?)
    };
    "nn.functional.multilabel_soft_margin_loss" = "functional::multilabel_soft_margin_loss": |a| {
        f::multilabel_soft_margin_loss(a.x()?, a.tensor(1, "target")?, a.maybe_tensor(2, "weight")?, reduction(a)?)
    };
    "nn.functional.triplet_margin_loss" = "functional::triplet_margin_loss": |a| {
        f::triplet_margin_loss(
            a.tensor(0, "anchor")?, a.tensor(1, "positive")?, a.tensor(2, "negative")?, a.float_or(3, "margin", 1.0)?,
            a.float_or(4, "p", 2.0)?, a.float_or(5, "eps", 1e-6)?, a.flag(6, "swap", false)?, reduction(a)?,
        )
    };
    "nn.functional.cosine_embedding_loss" = "functional::cosine_embedding_loss": |a| {
        f::cosine_embedding_loss(
            a.tensor(0, "input1")?, a.tensor(1, "input2")?, a.tensor(2, "target")?, a.float_or(3, "margin", 0.0)?, reduction(a)?,
        )
    };
    "nn.functional.hinge_embedding_loss" = "functional::hinge_embedding_loss": |a| {
        f::hinge_embedding_loss(a.x()?, a.tensor(1, "target")?, a.float_or(2, "margin", 1.0)?, reduction(a)?)
    };
    "nn.functional.gaussian_nll_loss" = "functional::gaussian_nll_loss": |a| {
        f::gaussian_nll_loss(
            a.x()?, a.tensor(1, "target")?, a.operand(2, "var")?, a.flag(3, "full", false)?, a.float_or(4, "eps", 1e-6)?, reduction(a)?,
        )
    };
    "nn.functional.poisson_nll_loss" = "functional::poisson_nll_loss": |a| {
        f::poisson_nll_loss(
            a.x()?, a.tensor(1, "target")?, a.flag(2, "log_input", true)?, a.flag(3, "full", false)?,
            a.float_or(NAMED, "eps", 1e-8)?, reduction(a)?,
        )
    };
    "nn.functional.kl_div" = "functional::kl_div": |a| {
        f::kl_div(a.x()?, a.tensor(1, "target")?, a.flag(NAMED, "log_target", false)?, reduction(a)?)
    };
    "nn.functional.ctc_loss" = "functional::ctc_loss": |a| {
        f::ctc_loss(
            a.tensor(0, "log_probs")?, a.tensor(1, "targets")?, &a.lengths(2, "input_lengths")?, &a.lengths(3, "target_lengths")?,
            &CtcOptions {
                blank: a.size_or(4, "blank", 0)?,
                zero_infinity: a.flag(6, "zero_infinity", false)?,
                reduction: reduction(a)?,
            },
        )
    };
    "cosine_similarity" = "functional::cosine_similarity": |a| cosine(a);
    "nn.functional.cosine_similarity" = "functional::cosine_similarity": |a| cosine(a);
    "nn.functional.pairwise_distance" = "functional::pairwise_distance": |a| {
        f::pairwise_distance(
            a.tensor(0, "x1")?,
            a.tensor(1, "x2")?,
            f::PairwiseDistanceOptions {
                p: a.float_or(2, "p", 2.0)?,
                eps: a.float_or(3, "eps", 1e-6)?,
                keepdim: a.flag(4, "keepdim", false)?,
            },
        )
    };
    "nn.functional.pdist" = "functional::pdist": |a| f::pdist(a.x()?, a.float_or(1, "p", 2.0)?);
    "cdist" = "functional::cdist": |a| {
        let mode = a.word(3, "compute_mode", "use_mm_for_euclid_dist_if_necessary")?;
        f::cdist(
            a.tensor(0, "x1")?,
            a.tensor(1, "x2")?,
            f::CdistOptions { p: a.float_or(2, "p", 2.0)?, compute_mode: mode.parse()? },
        )
    };
};

fn reduction(a: &Args) -> Answer<Reduction> {
    match a.word(NAMED, "reduction", "mean")? {
        "none" => Ok(Reduction::None),
        "mean" => Ok(Reduction::Mean),
        "sum" => Ok(Reduction::Sum),
        "batchmean" => Ok(Reduction::BatchMean),
        _ => Err(Failure::Forbidden("reduction", "Reduction has four forms")),
    }
}

/// The class weights stand at a position, the others have names.
fn classes(a: &Args, weight: usize) -> Answer<CrossEntropyOptions<'_>> {
    Ok(CrossEntropyOptions {
        weight: a.maybe_tensor(weight, "weight")?,
        ignore_index: a.int_or(NAMED, "ignore_index", -100)?,
        label_smoothing: a.float_or(NAMED, "label_smoothing", 0.0)?,
        reduction: reduction(a)?,
    })
}

fn cosine(a: &Args) -> Answer<Tensor> {
    let (x1, x2) = (a.tensor(0, "x1")?, a.tensor(1, "x2")?);
    Ok(f::cosine_similarity(
        x1,
        x2,
        f::CosineSimilarityOptions {
            dim: a.dim_or(2, 1)?,
            eps: a.float_or(3, "eps", 1e-8)?,
        },
    )?)
}
