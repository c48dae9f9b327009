//! Affine maps and tables of vectors.

use super::{Row, pair, rows};
use crate::conformance::args::{Answer, Args};
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.Bilinear" = "nn::Bilinear": |a| {
        let (x1, x2, out) = (a.size(0, "in1_features")?, a.size(1, "in2_features")?, a.size(2, "out_features")?);
        Bilinear::builder(x1, x2, out).bias(a.flag(3, "bias", true)?).build()?
    } => pair;
    "nn.Embedding" = "nn::Embedding": |a| embedding(a)?.build()?;
    "nn.Identity" = "nn::Identity": |a| Identity::new();
    "nn.Linear" = "nn::Linear": |a| {
        Linear::builder(a.size(0, "in_features")?, a.size(1, "out_features")?).bias(a.flag(2, "bias", true)?).build()?
    };
};

fn embedding(a: &Args) -> Answer<EmbeddingBuilder> {
    let padding = a.maybe_int(2, "padding_idx")?.map(|i| i as isize);
    Ok(
        Embedding::builder(a.size(0, "num_embeddings")?, a.size(1, "embedding_dim")?)
            .padding_idx(padding)
            .max_norm(a.maybe_float(3, "max_norm")?)
            .norm_type(a.float_or(4, "norm_type", 2.0)?)
            .scale_grad_by_freq(a.flag(5, "scale_grad_by_freq", false)?),
    )
}
