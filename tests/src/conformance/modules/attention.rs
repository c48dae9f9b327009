//! Attention and transformers.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use crate::conformance::outputs::Outputs;
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.MultiheadAttention" = "nn::MultiheadAttention": |a| multihead(a)? => |m, a| {
        let options = MultiheadOptions {
            key_padding_mask: a.maybe_tensor(3, "key_padding_mask")?.cloned(),
            need_weights: a.flag(4, "need_weights", true)?,
            attn_mask: a.maybe_tensor(5, "attn_mask")?.cloned(),
            average_attn_weights: a.flag(6, "average_attn_weights", true)?,
            is_causal: a.flag(7, "is_causal", false)?,
        };
        let (y, weights) = m.attend(a.tensor(0, "query")?, a.tensor(1, "key")?, a.tensor(2, "value")?, options)?;
        Ok(Outputs([Some(y), weights].into_iter().flatten().collect()))
    };
    "nn.Transformer" = "nn::Transformer": |a| {
        let (width, heads) = sizes(a)?;
        let layer = layer(a, 4)?;
        let options = TransformerOptions::new()
            .num_encoder_layers(a.size_or(2, "num_encoder_layers", 6)?)
            .num_decoder_layers(a.size_or(3, "num_decoder_layers", 6)?)
            .dim_feedforward(layer.dim_feedforward)
            .dropout(layer.dropout)
            .activation(layer.activation)
            .layer_norm_eps(layer.layer_norm_eps)
            .batch_first(layer.batch_first)
            .norm_first(layer.norm_first)
            .bias(layer.bias);
        Transformer::with(width, heads, options)?
    } => |m, a| {
        let masks = TransformerMasks {
            src_mask: a.maybe_tensor(2, "src_mask")?.cloned(),
            tgt_mask: a.maybe_tensor(3, "tgt_mask")?.cloned(),
            memory_mask: a.maybe_tensor(4, "memory_mask")?.cloned(),
            src_key_padding_mask: a.maybe_tensor(5, "src_key_padding_mask")?.cloned(),
            tgt_key_padding_mask: a.maybe_tensor(6, "tgt_key_padding_mask")?.cloned(),
            memory_key_padding_mask: a.maybe_tensor(7, "memory_key_padding_mask")?.cloned(),
            src_is_causal: a.flag(8, "src_is_causal", false)?,
            tgt_is_causal: a.flag(9, "tgt_is_causal", false)?,
            memory_is_causal: a.flag(10, "memory_is_causal", false)?,
        };
        Ok(m.call_with(a.tensor(0, "src")?, a.tensor(1, "tgt")?, masks)?)
    };
    "nn.TransformerDecoderLayer" = "nn::TransformerDecoderLayer": |a| {
        let (width, heads) = sizes(a)?;
        TransformerDecoderLayer::with(width, heads, layer(a, 2)?)?
    } => |m, a| {
        let masks = DecoderMasks {
            tgt_mask: a.maybe_tensor(2, "tgt_mask")?.cloned(),
            memory_mask: a.maybe_tensor(3, "memory_mask")?.cloned(),
            tgt_key_padding_mask: a.maybe_tensor(4, "tgt_key_padding_mask")?.cloned(),
            memory_key_padding_mask: a.maybe_tensor(5, "memory_key_padding_mask")?.cloned(),
            tgt_is_causal: a.flag(6, "tgt_is_causal", false)?,
            memory_is_causal: a.flag(7, "memory_is_causal", false)?,
        };
        Ok(m.call_with(a.tensor(0, "tgt")?, a.tensor(1, "memory")?, masks)?)
    };
    "nn.TransformerEncoderLayer" = "nn::TransformerEncoderLayer": |a| {
        let (width, heads) = sizes(a)?;
        TransformerEncoderLayer::with(width, heads, layer(a, 2)?)?
    } => |m, a| {
        let masks = EncoderMasks {
            mask: a.maybe_tensor(1, "src_mask")?.cloned(),
            src_key_padding_mask: a.maybe_tensor(2, "src_key_padding_mask")?.cloned(),
            is_causal: a.flag(3, "is_causal", false)?,
        };
        Ok(m.call_with(a.tensor(0, "src")?, masks)?)
    };
};

fn multihead(a: &Args) -> Answer<MultiheadAttention> {
    let options = MultiheadAttentionOptions::new()
        .dropout(a.float_or(2, "dropout", 0.0)?)
        .bias(a.flag(3, "bias", true)?)
        .add_bias_kv(a.flag(4, "add_bias_kv", false)?)
        .add_zero_attn(a.flag(5, "add_zero_attn", false)?)
        .kdim(a.maybe_size(6, "kdim")?)
        .vdim(a.maybe_size(7, "vdim")?)
        .batch_first(a.flag(8, "batch_first", false)?);
    let (width, heads) = (a.size(0, "embed_dim")?, a.size(1, "num_heads")?);
    Ok(MultiheadAttention::with(width, heads, options)?)
}

/// The width and the number of heads.
fn sizes(a: &Args) -> Answer<(usize, usize)> {
    Ok((a.size_or(0, "d_model", 512)?, a.size_or(1, "nhead", 8)?))
}

/// What layers and the whole network take. `dim_feedforward` stands at position `at`, the others after it.
fn layer(a: &Args, at: usize) -> Answer<TransformerLayerOptions> {
    // The network takes a custom encoder and decoder between the activation and the rest.
    let rest = if at == 2 { 5 } else { 9 };
    Ok(TransformerLayerOptions::new()
        .dim_feedforward(a.size_or(at, "dim_feedforward", 2048)?)
        .dropout(a.float_or(at + 1, "dropout", 0.1)?)
        .activation(activation(a, at + 2)?)
        .layer_norm_eps(a.float_or(rest, "layer_norm_eps", 1e-5)?)
        .batch_first(a.flag(rest + 1, "batch_first", false)?)
        .norm_first(a.flag(rest + 2, "norm_first", false)?)
        .bias(a.flag(rest + 3, "bias", true)?))
}

fn activation(a: &Args, at: usize) -> Answer<TransformerActivation> {
    match a.word(at, "activation", "relu")? {
        "relu" => Ok(TransformerActivation::Relu),
        "gelu" => Ok(TransformerActivation::Gelu),
        other => unsupported(format!("activation {other:?}")),
    }
}
