//! Attention, embeddings and dropout.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED};
use rushlight::nn::functional::{
    self as f, EmbeddingBagOptions, EmbeddingOptions, ScaledDotProductAttentionOptions,
};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.scaled_dot_product_attention" = "functional::scaled_dot_product_attention": |a| {
        f::scaled_dot_product_attention(a.tensor(0, "query")?, a.tensor(1, "key")?, a.tensor(2, "value")?, attention(a)?)
    };
    "nn.functional.embedding" = "functional::embedding": |a| f::embedding(a.tensor(1, "indices")?, a.tensor(0, "weight")?, lookup(a)?);
    "nn.functional.embedding_bag" = "functional::embedding_bag": |a| {
        let (offsets, factors) = (a.maybe_tensor(2, "offsets")?, a.maybe_tensor(NAMED, "per_sample_weights")?);
        f::embedding_bag(a.tensor(1, "indices")?, a.tensor(0, "weight")?, offsets, factors, bags(a)?)
    };
    "nn.functional.one_hot" = "Tensor::one_hot": |a| a.x()?.one_hot(classes(a)?);
    "nn.functional.dropout" = "functional::dropout": |a| {
        f::dropout(a.x()?, a.float_or(1, "p", 0.5)?, a.flag(2, "training", true)?)
    };
    "nn.functional.dropout1d" = "functional::dropout1d": |a| {
        f::dropout1d(a.x()?, a.float_or(1, "p", 0.5)?, a.flag(2, "training", true)?)
    };
    "nn.functional.dropout2d" = "functional::dropout2d": |a| {
        f::dropout2d(a.x()?, a.float_or(1, "p", 0.5)?, a.flag(2, "training", true)?)
    };
    "nn.functional.dropout3d" = "functional::dropout3d": |a| {
        f::dropout3d(a.x()?, a.float_or(1, "p", 0.5)?, a.flag(2, "training", true)?)
    };
    "nn.functional.alpha_dropout" = "functional::alpha_dropout": |a| {
        f::alpha_dropout(a.x()?, a.float_or(1, "p", 0.5)?, a.flag(2, "training", false)?)
    };
    "nn.functional.feature_alpha_dropout" = "functional::feature_alpha_dropout": |a| {
        f::feature_alpha_dropout(a.x()?, a.float_or(1, "p", 0.5)?, a.flag(2, "training", false)?)
    };
};

fn attention(a: &Args) -> Answer<ScaledDotProductAttentionOptions> {
    Ok(ScaledDotProductAttentionOptions {
        attn_mask: a.maybe_tensor(3, "attn_mask")?.cloned(),
        dropout_p: a.float_or(4, "dropout_p", 0.0)?,
        is_causal: a.flag(5, "is_causal", false)?,
        scale: a.maybe_float(6, "scale")?,
        enable_gqa: a.flag(7, "enable_gqa", false)?,
    })
}

fn lookup(a: &Args) -> Answer<EmbeddingOptions> {
    // Gradients are dense here: the same numbers.
    a.skip("sparse");
    Ok(EmbeddingOptions::new()
        .padding_idx(a.maybe_int(NAMED, "padding_idx")?.map(|i| i as isize))
        .max_norm(a.maybe_float(NAMED, "max_norm")?)
        .norm_type(a.float_or(NAMED, "norm_type", 2.0)?)
        .scale_grad_by_freq(a.flag(NAMED, "scale_grad_by_freq", false)?))
}

fn bags(a: &Args) -> Answer<EmbeddingBagOptions> {
    let rows = lookup(a)?;
    let Ok(mode) = a.word(NAMED, "mode", "mean")?.parse() else {
        return Err(Failure::Forbidden("mode", "BagMode has three forms"));
    };
    Ok(EmbeddingBagOptions::new()
        .max_norm(rows.max_norm)
        .norm_type(rows.norm_type)
        .scale_grad_by_freq(rows.scale_grad_by_freq)
        .mode(mode)
        .include_last_offset(a.flag(NAMED, "include_last_offset", false)?)
        .padding_idx(rows.padding_idx))
}

/// -1 stands for as many as are needed.
fn classes(a: &Args) -> Answer<Option<usize>> {
    match a.int_or(1, "num_classes", -1)? {
        -1 => Ok(None),
        _ => Ok(Some(a.size(1, "num_classes")?)),
    }
}
