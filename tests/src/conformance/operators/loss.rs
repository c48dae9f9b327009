//! Losses and distances.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED};
use rushlight::Tensor;
use rushlight::nn::functional::{
    self as f, BCELossOptions, BCEWithLogitsLossOptions, CTCLossOptions,
    CosineEmbeddingLossOptions, CrossEntropyLossOptions, GaussianNLLLossOptions,
    HingeEmbeddingLossOptions, HuberLossOptions, KLDivLossOptions, L1LossOptions,
    LinearCrossEntropyLossOptions, MSELossOptions, MarginRankingLossOptions,
    MultiLabelSoftMarginLossOptions, MultiMarginLossOptions, NLLLossOptions, PoissonNLLLossOptions,
    Reduction, SmoothL1LossOptions, TripletMarginLossOptions,
};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.cross_entropy" = "functional::cross_entropy": |a| {
        let options = CrossEntropyLossOptions {
            weight: weight(a, 2)?,
            ignore_index: a.int_or(NAMED, "ignore_index", -100)?,
            reduction: reduction(a)?,
            label_smoothing: a.float_or(NAMED, "label_smoothing", 0.0)?,
        };
        f::cross_entropy(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.linear_cross_entropy" = "functional::linear_cross_entropy": |a| {
        let options = LinearCrossEntropyLossOptions::new()
            .reduction(reduction(a)?)
            .weight(weight(a, NAMED)?)
            .ignore_index(a.maybe_int(NAMED, "ignore_index")?)
            .label_smoothing(a.float_or(NAMED, "label_smoothing", 0.0)?);
        let bias = a.maybe_tensor(NAMED, "linear_bias")?;
        f::linear_cross_entropy(a.x()?, a.tensor(1, "linear_weight")?, a.tensor(2, "target")?, bias, options)
    };
    "nn.functional.nll_loss" = "functional::nll_loss": |a| {
        let options = NLLLossOptions {
            weight: weight(a, 2)?,
            ignore_index: a.int_or(NAMED, "ignore_index", -100)?,
            reduction: reduction(a)?,
        };
        f::nll_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.binary_cross_entropy" = "functional::binary_cross_entropy": |a| {
        let options = BCELossOptions { weight: weight(a, 2)?, reduction: reduction(a)? };
        f::binary_cross_entropy(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.binary_cross_entropy_with_logits" = "functional::binary_cross_entropy_with_logits": |a| {
        let options = BCEWithLogitsLossOptions {
            weight: weight(a, 2)?,
            reduction: reduction(a)?,
            pos_weight: a.maybe_tensor(NAMED, "pos_weight")?.cloned(),
        };
        f::binary_cross_entropy_with_logits(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.mse_loss" = "functional::mse_loss": |a| {
        let options = MSELossOptions { reduction: reduction(a)?, weight: weight(a, NAMED)? };
        f::mse_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.l1_loss" = "functional::l1_loss": |a| {
        let options = L1LossOptions { reduction: reduction(a)?, weight: weight(a, NAMED)? };
        f::l1_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.smooth_l1_loss" = "functional::smooth_l1_loss": |a| {
        let options = SmoothL1LossOptions { reduction: reduction(a)?, beta: a.float_or(NAMED, "beta", 1.0)? };
        f::smooth_l1_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.huber_loss" = "functional::huber_loss": |a| {
        let options = HuberLossOptions {
            reduction: reduction(a)?,
            delta: a.float_or(NAMED, "delta", 1.0)?,
            weight: weight(a, NAMED)?,
        };
        f::huber_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.soft_margin_loss" = "functional::soft_margin_loss": |a| {
        f::soft_margin_loss(a.x()?, a.tensor(1, "target")?, reduction(a)?)
    };
    "nn.functional.margin_ranking_loss" = "functional::margin_ranking_loss": |a| {
        let options = MarginRankingLossOptions { margin: a.float_or(3, "margin", 0.0)?, reduction: reduction(a)? };
        f::margin_ranking_loss(a.tensor(0, "input1")?, a.tensor(1, "input2")?, a.tensor(2, "target")?, options)
    };
    "nn.functional.multi_margin_loss" = "functional::multi_margin_loss": |a| {
        let options = MultiMarginLossOptions {
            p: a.size_or(2, "p", 1)?,
            margin: a.float_or(3, "margin", 1.0)?,
            weight: weight(a, 4)?,
            reduction: reduction(a)?,
        };
        f::multi_margin_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.multilabel_margin_loss" = "functional::multilabel_margin_loss": |a| {
        f::multilabel_margin_loss(a.x()?, a.tensor(1, "target")?, reduction(a)?)
    };
    "nn.functional.multilabel_soft_margin_loss" = "functional::multilabel_soft_margin_loss": |a| {
        let options = MultiLabelSoftMarginLossOptions { weight: weight(a, 2)?, reduction: reduction(a)? };
        f::multilabel_soft_margin_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.triplet_margin_loss" = "functional::triplet_margin_loss": |a| {
        let options = TripletMarginLossOptions {
            margin: a.float_or(3, "margin", 1.0)?,
            p: a.float_or(4, "p", 2.0)?,
            eps: a.float_or(5, "eps", 1e-6)?,
            swap: a.flag(6, "swap", false)?,
            reduction: reduction(a)?,
        };
        f::triplet_margin_loss(a.tensor(0, "anchor")?, a.tensor(1, "positive")?, a.tensor(2, "negative")?, options)
    };
    "nn.functional.cosine_embedding_loss" = "functional::cosine_embedding_loss": |a| {
        let options = CosineEmbeddingLossOptions { margin: a.float_or(3, "margin", 0.0)?, reduction: reduction(a)? };
        f::cosine_embedding_loss(a.tensor(0, "input1")?, a.tensor(1, "input2")?, a.tensor(2, "target")?, options)
    };
    "nn.functional.hinge_embedding_loss" = "functional::hinge_embedding_loss": |a| {
        let options = HingeEmbeddingLossOptions { margin: a.float_or(2, "margin", 1.0)?, reduction: reduction(a)? };
        f::hinge_embedding_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.gaussian_nll_loss" = "functional::gaussian_nll_loss": |a| {
        let options = GaussianNLLLossOptions {
            full: a.flag(3, "full", false)?,
            eps: a.float_or(4, "eps", 1e-6)?,
            reduction: reduction(a)?,
        };
        f::gaussian_nll_loss(a.x()?, a.tensor(1, "target")?, a.operand(2, "var")?, options)
    };
    "nn.functional.poisson_nll_loss" = "functional::poisson_nll_loss": |a| {
        let options = PoissonNLLLossOptions {
            log_input: a.flag(2, "log_input", true)?,
            full: a.flag(3, "full", false)?,
            eps: a.float_or(NAMED, "eps", 1e-8)?,
            reduction: reduction(a)?,
        };
        f::poisson_nll_loss(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.kl_div" = "functional::kl_div": |a| {
        let options = KLDivLossOptions { reduction: reduction(a)?, log_target: a.flag(NAMED, "log_target", false)? };
        f::kl_div(a.x()?, a.tensor(1, "target")?, options)
    };
    "nn.functional.ctc_loss" = "functional::ctc_loss": |a| {
        let options = CTCLossOptions {
            blank: a.size_or(4, "blank", 0)?,
            reduction: reduction(a)?,
            zero_infinity: a.flag(6, "zero_infinity", false)?,
        };
        f::ctc_loss(
            a.tensor(0, "log_probs")?, a.tensor(1, "targets")?, &a.lengths(2, "input_lengths")?, &a.lengths(3, "target_lengths")?, options,
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
    match a.word(NAMED, "reduction", "mean")?.parse() {
        Ok(reduction) => Ok(reduction),
        Err(_) => Err(Failure::Forbidden("reduction", "Reduction has four forms")),
    }
}

fn weight(a: &Args, at: usize) -> Answer<Option<Tensor>> {
    Ok(a.maybe_tensor(at, "weight")?.cloned())
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
