//! Losses.

use super::{Row, loss, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED};
use rushlight::nn::*;
use rushlight::{DType, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.BCELoss" = "nn::BCELoss": |a| {
        BCELoss::with(BCELossOptions { weight: weight(a, 0)?, reduction: reduction(a)? })
    } => loss;
    "nn.BCEWithLogitsLoss" = "nn::BCEWithLogitsLoss": |a| BCEWithLogitsLoss::with(BCEWithLogitsLossOptions {
        weight: weight(a, 0)?,
        reduction: reduction(a)?,
        pos_weight: a.maybe_tensor(NAMED, "pos_weight")?.cloned(),
    }) => loss;
    "nn.CTCLoss" = "nn::CTCLoss": |a| CTCLoss::with(CTCLossOptions {
        blank: a.size_or(0, "blank", 0)?,
        reduction: reduction(a)?,
        zero_infinity: a.flag(2, "zero_infinity", false)?,
    }) => |m, a| {
        let (inputs, targets) = (a.lengths(2, "input_lengths")?, a.lengths(3, "target_lengths")?);
        Ok(m.call(a.tensor(0, "log_probs")?, a.tensor(1, "targets")?, &inputs, &targets)?)
    };
    "nn.CosineEmbeddingLoss" = "nn::CosineEmbeddingLoss": |a| CosineEmbeddingLoss::with(CosineEmbeddingLossOptions {
        margin: a.float_or(0, "margin", 0.0)?,
        reduction: reduction(a)?,
    }) => |m, a| Ok(m.call(a.tensor(0, "input1")?, a.tensor(1, "input2")?, a.tensor(2, "target")?)?);
    "nn.CrossEntropyLoss" = "nn::CrossEntropyLoss": |a| CrossEntropyLoss::with(CrossEntropyLossOptions {
        weight: weight(a, 0)?,
        ignore_index: a.int_or(2, "ignore_index", -100)?,
        reduction: reduction(a)?,
        label_smoothing: a.float_or(NAMED, "label_smoothing", 0.0)?,
    }) => loss;
    "nn.GaussianNLLLoss" = "nn::GaussianNLLLoss": |a| GaussianNLLLoss::with(GaussianNLLLossOptions {
        full: a.flag(NAMED, "full", false)?,
        eps: a.float_or(NAMED, "eps", 1e-6)?,
        reduction: reduction(a)?,
    }) => |m, a| Ok(m.call(a.x()?, a.tensor(1, "target")?, a.tensor(2, "var")?)?);
    "nn.HingeEmbeddingLoss" = "nn::HingeEmbeddingLoss": |a| HingeEmbeddingLoss::with(HingeEmbeddingLossOptions {
        margin: a.float_or(0, "margin", 1.0)?,
        reduction: reduction(a)?,
    }) => loss;
    "nn.HuberLoss" = "nn::HuberLoss": |a| {
        HuberLoss::with(HuberLossOptions::new().delta(a.float_or(1, "delta", 1.0)?).reduction(reduction(a)?))
    } => loss;
    "nn.KLDivLoss" = "nn::KLDivLoss": |a| KLDivLoss::with(KLDivLossOptions {
        reduction: reduction(a)?,
        log_target: a.flag(NAMED, "log_target", false)?,
    }) => loss;
    "nn.L1Loss" = "nn::L1Loss": |a| L1Loss::with(reduction(a)?) => loss;
    "nn.LinearCrossEntropyLoss" = "nn::LinearCrossEntropyLoss": |a| {
        let out_features = match a.get(2, "out_features") {
            Some(_) => a.sizes(2, "out_features")?,
            None => Vec::new(),
        };
        let options = LinearCrossEntropyLossOptions::new()
            .out_features(out_features)
            .bias(a.flag(NAMED, "bias", false)?)
            .reduction(reduction(a)?)
            .weight(weight(a, NAMED)?)
            .ignore_index(a.maybe_int(NAMED, "ignore_index")?)
            .label_smoothing(a.float_or(NAMED, "label_smoothing", 0.0)?)
            .dtype(a.dtype(NAMED, "dtype")?.unwrap_or(DType::F32));
        LinearCrossEntropyLoss::with(a.size(0, "in_features")?, a.size(1, "num_classes")?, options)?
    } => loss;
    "nn.MSELoss" = "nn::MSELoss": |a| MSELoss::with(reduction(a)?) => loss;
    "nn.MarginRankingLoss" = "nn::MarginRankingLoss": |a| MarginRankingLoss::with(MarginRankingLossOptions {
        margin: a.float_or(0, "margin", 0.0)?,
        reduction: reduction(a)?,
    }) => |m, a| Ok(m.call(a.tensor(0, "input1")?, a.tensor(1, "input2")?, a.tensor(2, "target")?)?);
    "nn.MultiLabelMarginLoss" = "nn::MultiLabelMarginLoss": |a| MultiLabelMarginLoss::with(reduction(a)?) => loss;
    "nn.MultiLabelSoftMarginLoss" = "nn::MultiLabelSoftMarginLoss": |a| {
        MultiLabelSoftMarginLoss::with(MultiLabelSoftMarginLossOptions { weight: weight(a, 0)?, reduction: reduction(a)? })
    } => loss;
    "nn.MultiMarginLoss" = "nn::MultiMarginLoss": |a| MultiMarginLoss::with(MultiMarginLossOptions {
        p: a.size_or(0, "p", 1)?,
        margin: a.float_or(1, "margin", 1.0)?,
        weight: weight(a, 2)?,
        reduction: reduction(a)?,
    }) => loss;
    "nn.NLLLoss" = "nn::NLLLoss": |a| NLLLoss::with(NLLLossOptions {
        weight: weight(a, 0)?,
        ignore_index: a.int_or(2, "ignore_index", -100)?,
        reduction: reduction(a)?,
    }) => loss;
    "nn.PoissonNLLLoss" = "nn::PoissonNLLLoss": |a| PoissonNLLLoss::with(PoissonNLLLossOptions {
        log_input: a.flag(0, "log_input", true)?,
        full: a.flag(1, "full", false)?,
        eps: a.float_or(3, "eps", 1e-8)?,
        reduction: reduction(a)?,
    }) => loss;
    "nn.SmoothL1Loss" = "nn::SmoothL1Loss": |a| SmoothL1Loss::with(SmoothL1LossOptions {
        reduction: reduction(a)?,
        beta: a.float_or(NAMED, "beta", 1.0)?,
    }) => loss;
    "nn.SoftMarginLoss" = "nn::SoftMarginLoss": |a| SoftMarginLoss::with(reduction(a)?) => loss;
    "nn.TripletMarginWithDistanceLoss" = "nn::TripletMarginWithDistanceLoss": |a| {
        // The one distance that can be written down is the default.
        let euclid = |x: &Tensor, y: &Tensor| functional::pairwise_distance(x, y, ());
        TripletMarginWithDistanceLoss::with(euclid, TripletMarginWithDistanceLossOptions {
            margin: a.float_or(NAMED, "margin", 1.0)?,
            swap: a.flag(NAMED, "swap", false)?,
            reduction: reduction(a)?,
        })
    } => |m, a| Ok(m.call(a.tensor(0, "anchor")?, a.tensor(1, "positive")?, a.tensor(2, "negative")?)?);
    "nn.TripletMarginLoss" = "nn::TripletMarginLoss": |a| TripletMarginLoss::with(TripletMarginLossOptions {
        margin: a.float_or(0, "margin", 1.0)?,
        p: a.float_or(1, "p", 2.0)?,
        eps: a.float_or(2, "eps", 1e-6)?,
        swap: a.flag(3, "swap", false)?,
        reduction: reduction(a)?,
    }) => |m, a| Ok(m.call(a.tensor(0, "anchor")?, a.tensor(1, "positive")?, a.tensor(2, "negative")?)?);
};

fn reduction(a: &Args) -> Answer<Reduction> {
    let word = a.word(NAMED, "reduction", "mean")?;
    match word.parse() {
        Ok(reduction) => Ok(reduction),
        Err(_) => Err(Failure::Unsupported(format!("reduction {word:?}"))),
    }
}

fn weight(a: &Args, at: usize) -> Answer<Option<Tensor>> {
    Ok(a.maybe_tensor(at, "weight")?.cloned())
}
