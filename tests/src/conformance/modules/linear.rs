//! Affine maps and tables of vectors.

use super::{Row, pair, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.Bilinear" = "nn::Bilinear": |a| {
        let (x1, x2, out) = (a.size(0, "in1_features")?, a.size(1, "in2_features")?, a.size(2, "out_features")?);
        Bilinear::with(x1, x2, out, LinearOptions::new().bias(a.flag(3, "bias", true)?))?
    } => pair;
    "nn.Embedding" = "nn::Embedding": |a| embedding(a)?;
    "nn.EmbeddingBag" = "nn::EmbeddingBag": |a| embedding_bag(a)? => |m, a| {
        let (x, offsets) = (a.x()?, a.maybe_tensor(1, "offsets")?.cloned());
        Ok(match (offsets, a.maybe_tensor(2, "per_sample_weights")?.cloned()) {
            (None, None) => m.call(x)?,
            (Some(offsets), None) => m.call(&(x.clone(), offsets))?,
            (Some(offsets), Some(weights)) => m.call(&(x.clone(), offsets, weights))?,
            (None, Some(_)) => return unsupported("weights of a matrix of indices"),
        })
    };
    "nn.Identity" = "nn::Identity": |a| Identity::new();
    "nn.Linear" = "nn::Linear": |a| {
        Linear::with(a.size(0, "in_features")?, a.size(1, "out_features")?, LinearOptions::new().bias(a.flag(2, "bias", true)?))?
    };
};

fn embedding(a: &Args) -> Answer<Embedding> {
    let padding = a.maybe_int(2, "padding_idx")?.map(|i| i as isize);
    let options = EmbeddingOptions::new()
        .padding_idx(padding)
        .max_norm(a.maybe_float(3, "max_norm")?)
        .norm_type(a.float_or(4, "norm_type", 2.0)?)
        .scale_grad_by_freq(a.flag(5, "scale_grad_by_freq", false)?);
    let (rows, width) = (a.size(0, "num_embeddings")?, a.size(1, "embedding_dim")?);
    Ok(Embedding::with(rows, width, options)?)
}

fn embedding_bag(a: &Args) -> Answer<EmbeddingBag> {
    let mode = a.word(5, "mode", "mean")?;
    let Ok(mode) = mode.parse() else {
        return unsupported(format!("mode {mode:?}"));
    };
    let padding = a.maybe_int(9, "padding_idx")?.map(|i| i as isize);
    let options = EmbeddingBagOptions::new()
        .max_norm(a.maybe_float(2, "max_norm")?)
        .norm_type(a.float_or(3, "norm_type", 2.0)?)
        .scale_grad_by_freq(a.flag(4, "scale_grad_by_freq", false)?)
        .mode(mode)
        .include_last_offset(a.flag(8, "include_last_offset", false)?)
        .padding_idx(padding);
    let (rows, width) = (a.size(0, "num_embeddings")?, a.size(1, "embedding_dim")?);
    Ok(EmbeddingBag::with(rows, width, options)?)
}
