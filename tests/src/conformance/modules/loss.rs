//! Losses.

use super::{Row, loss, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED};
use rushlight::nn::functional::Reduction;
use rushlight::nn::*;
use rushlight::{DType, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.BCELoss" = "nn::BCELoss": |a| with(a, 0, "weight", BCELoss::new(), BCELoss::weight)?.reduction(reduction(a)?) => loss;
    "nn.BCEWithLogitsLoss" = "nn::BCEWithLogitsLoss": |a| {
        let l = with(a, 0, "weight", BCEWithLogitsLoss::new(), BCEWithLogitsLoss::weight)?;
        with(a, NAMED, "pos_weight", l, BCEWithLogitsLoss::pos_weight)?.reduction(reduction(a)?)
    } => loss;
    "nn.CTCLoss" = "nn::CTCLoss": |a| {
        let l = CTCLoss::new().blank(a.size_or(0, "blank", 0)?).zero_infinity(a.flag(2, "zero_infinity", false)?);
        l.reduction(reduction(a)?)
    } => |m, a| {
        let (inputs, targets) = (a.lengths(2, "input_lengths")?, a.lengths(3, "target_lengths")?);
        Ok(m.call(a.tensor(0, "log_probs")?, a.tensor(1, "targets")?, &inputs, &targets)?)
    };
    "nn.CTCLoss" = "nn::CTCLoss": |a| {
        let l = CTCLoss::new().blank(a.size_or(0, "blank", 0)?).zero_infinity(a.flag(2, "zero_infinity", false)?);
        l.reduction(reduction(a)?)
    } => |m, a| {
        let lengths = (a.lengths(2, "input_lengths")?, a.lengths(3, "target_lengths")?);
        Ok(m.call(a.tensor(0, "log_probs")?, a.tensor(1, "targets")?, &lengths.0, &lengths.1)?)
    };
    "nn.CosineEmbeddingLoss" = "nn::CosineEmbeddingLoss": |a| {
        CosineEmbeddingLoss::new().margin(a.float_or(0, "margin", 0.0)?).reduction(reduction(a)?)
    } => |m, a| Ok(m.call(a.tensor(0, "input1")?, a.tensor(1, "input2")?, a.tensor(2, "target")?)?);
    "nn.CrossEntropyLoss" = "nn::CrossEntropyLoss": |a| {
        with(a, 0, "weight", CrossEntropyLoss::new(), CrossEntropyLoss::weight)?
            .ignore_index(a.int_or(2, "ignore_index", -100)?)
            .label_smoothing(a.float_or(NAMED, "label_smoothing", 0.0)?)
            .reduction(reduction(a)?)
    } => loss;
    "nn.GaussianNLLLoss" = "nn::GaussianNLLLoss": |a| {
        let l = GaussianNLLLoss::new().full(a.flag(NAMED, "full", false)?);
        l.eps(a.float_or(NAMED, "eps", 1e-6)?).reduction(reduction(a)?)
    } => |m, a| Ok(m.call(a.x()?, a.tensor(1, "target")?, a.tensor(2, "var")?)?);
    "nn.HingeEmbeddingLoss" = "nn::HingeEmbeddingLoss": |a| {
        HingeEmbeddingLoss::new().margin(a.float_or(0, "margin", 1.0)?).reduction(reduction(a)?)
    } => loss;
    "nn.HuberLoss" = "nn::HuberLoss": |a| HuberLoss::new().delta(a.float_or(1, "delta", 1.0)?).reduction(reduction(a)?) => loss;
    "nn.KLDivLoss" = "nn::KLDivLoss": |a| {
        KLDivLoss::new().log_target(a.flag(NAMED, "log_target", false)?).reduction(reduction(a)?)
    } => loss;
    "nn.L1Loss" = "nn::L1Loss": |a| L1Loss::new().reduction(reduction(a)?) => loss;
    "nn.LinearCrossEntropyLoss" = "nn::LinearCrossEntropyLoss": |a| {
        let places = match a.get(2, "out_features") {
            Some(_) => a.sizes(2, "out_features")?,
            None => Vec::new(),
        };
        LinearCrossEntropyLoss::builder(a.size(0, "in_features")?, a.size(1, "num_classes")?)
            .out_features(places)
            .bias(a.flag(NAMED, "bias", false)?)
            .dtype(a.dtype(NAMED, "dtype")?.unwrap_or(DType::F32))
            .weight(a.maybe_tensor(NAMED, "weight")?.cloned())
            .reduction(reduction(a)?)
            .ignore_index(a.maybe_int(NAMED, "ignore_index")?)
            .label_smoothing(a.float_or(NAMED, "label_smoothing", 0.0)?)
            .build()?
    } => loss;
    "nn.MSELoss" = "nn::MSELoss": |a| MSELoss::new().reduction(reduction(a)?) => loss;
    "nn.MarginRankingLoss" = "nn::MarginRankingLoss": |a| {
        MarginRankingLoss::new().margin(a.float_or(0, "margin", 0.0)?).reduction(reduction(a)?)
    } => |m, a| Ok(m.call(a.tensor(0, "input1")?, a.tensor(1, "input2")?, a.tensor(2, "target")?)?);
    "nn.MultiLabelMarginLoss" = "nn::MultiLabelMarginLoss": |a| MultiLabelMarginLoss::new().reduction(reduction(a)?) => loss;
    "nn.MultiLabelSoftMarginLoss" = "nn::MultiLabelSoftMarginLoss": |a| {
        with(a, 0, "weight", MultiLabelSoftMarginLoss::new(), MultiLabelSoftMarginLoss::weight)?.reduction(reduction(a)?)
    } => loss;
    "nn.MultiMarginLoss" = "nn::MultiMarginLoss": |a| {
        with(a, 2, "weight", MultiMarginLoss::new(), MultiMarginLoss::weight)?
            .p(a.size_or(0, "p", 1)? as u32)
            .margin(a.float_or(1, "margin", 1.0)?)
            .reduction(reduction(a)?)
    } => loss;
    "nn.NLLLoss" = "nn::NLLLoss": |a| {
        let l = with(a, 0, "weight", NLLLoss::new(), NLLLoss::weight)?;
        l.ignore_index(a.int_or(2, "ignore_index", -100)?).reduction(reduction(a)?)
    } => loss;
    "nn.PoissonNLLLoss" = "nn::PoissonNLLLoss": |a| {
        PoissonNLLLoss::new()
            .log_input(a.flag(0, "log_input", true)?)
            .full(a.flag(1, "full", false)?)
            .eps(a.float_or(3, "eps", 1e-8)?)
            .reduction(reduction(a)?)
    } => loss;
    "nn.SmoothL1Loss" = "nn::SmoothL1Loss": |a| {
        SmoothL1Loss::new().beta(a.float_or(NAMED, "beta", 1.0)?).reduction(reduction(a)?)
    } => loss;
    "nn.SoftMarginLoss" = "nn::SoftMarginLoss": |a| SoftMarginLoss::new().reduction(reduction(a)?) => loss;
    "nn.TripletMarginWithDistanceLoss" = "nn::TripletMarginWithDistanceLoss": |a| {
        // The one distance that can be written down is the default.
        let euclid = |x: &Tensor, y: &Tensor| functional::pairwise_distance(x, y, ());
        TripletMarginWithDistanceLoss::new(euclid)
            .margin(a.float_or(NAMED, "margin", 1.0)?)
            .swap(a.flag(NAMED, "swap", false)?)
            .reduction(reduction(a)?)
    } => |m, a| Ok(m.call(a.tensor(0, "anchor")?, a.tensor(1, "positive")?, a.tensor(2, "negative")?)?);
    "nn.TripletMarginLoss" = "nn::TripletMarginLoss": |a| {
        TripletMarginLoss::new()
            .margin(a.float_or(0, "margin", 1.0)?)
            .p(a.float_or(1, "p", 2.0)?)
            .eps(a.float_or(2, "eps", 1e-6)?)
            .swap(a.flag(3, "swap", false)?)
            .reduction(reduction(a)?)
    } => |m, a| Ok(m.call(a.tensor(0, "anchor")?, a.tensor(1, "positive")?, a.tensor(2, "negative")?)?);
};

fn reduction(a: &Args) -> Answer<Reduction> {
    Ok(match a.word(NAMED, "reduction", "mean")? {
        "mean" => Reduction::Mean,
        "sum" => Reduction::Sum,
        "none" => Reduction::None,
        "batchmean" => Reduction::BatchMean,
        other => return Err(Failure::Unsupported(format!("reduction {other:?}"))),
    })
}

/// The loss with a weight, if one is given.
fn with<L>(a: &Args, at: usize, name: &str, loss: L, set: fn(L, Tensor) -> L) -> Answer<L> {
    Ok(match a.maybe_tensor(at, name)? {
        Some(weight) => set(loss, weight.clone()),
        None => loss,
    })
}
