//! Attention, embeddings and dropout.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use rushlight::nn::functional::{self as f, AttentionOptions};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.scaled_dot_product_attention" = "functional::scaled_dot_product_attention": |a| {
        f::scaled_dot_product_attention(a.tensor(0, "query")?, a.tensor(1, "key")?, a.tensor(2, "value")?, &attention(a)?)
    };
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

fn attention(a: &Args) -> Answer<AttentionOptions<'_>> {
    Ok(AttentionOptions {
        attn_mask: a.maybe_tensor(3, "attn_mask")?,
        dropout_p: a.float_or(4, "dropout_p", 0.0)?,
        is_causal: a.flag(5, "is_causal", false)?,
        scale: a.maybe_float(6, "scale")?,
        enable_gqa: a.flag(7, "enable_gqa", false)?,
    })
}
