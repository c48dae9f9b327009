//! Attention and transformers.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use crate::conformance::outputs::Outputs;
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.MultiheadAttention" = "nn::MultiheadAttention": |a| multihead(a)?.build()? => |m, a| {
        let options = MultiheadOptions {
            key_padding_mask: a.maybe_tensor(3, "key_padding_mask")?,
            need_weights: a.flag(4, "need_weights", true)?,
            attn_mask: a.maybe_tensor(5, "attn_mask")?,
            average_attn_weights: a.flag(6, "average_attn_weights", true)?,
            is_causal: a.flag(7, "is_causal", false)?,
        };
        let (y, weights) = m.attend(a.tensor(0, "query")?, a.tensor(1, "key")?, a.tensor(2, "value")?, &options)?;
        Ok(Outputs([Some(y), weights].into_iter().flatten().collect()))
    };
    "nn.Transformer" = "nn::Transformer": |a| {
        let Layer { width, heads, wide, dropout, activation, eps, batch_first, norm_first, bias } = layer(a, 4)?;
        let builder = Transformer::builder(width, heads).dim_feedforward(wide).dropout(dropout).activation(activation);
        let builder = builder.layer_norm_eps(eps).batch_first(batch_first).norm_first(norm_first).bias(bias);
        builder
            .num_encoder_layers(a.size_or(2, "num_encoder_layers", 6)?)
            .num_decoder_layers(a.size_or(3, "num_decoder_layers", 6)?)
            .build()?
    } => |m, a| {
        let masks = TransformerMasks {
            src_mask: a.maybe_tensor(2, "src_mask")?,
            tgt_mask: a.maybe_tensor(3, "tgt_mask")?,
            memory_mask: a.maybe_tensor(4, "memory_mask")?,
            src_key_padding_mask: a.maybe_tensor(5, "src_key_padding_mask")?,
            tgt_key_padding_mask: a.maybe_tensor(6, "tgt_key_padding_mask")?,
            memory_key_padding_mask: a.maybe_tensor(7, "memory_key_padding_mask")?,
            src_is_causal: a.flag(8, "src_is_causal", false)?,
            tgt_is_causal: a.flag(9, "tgt_is_causal", false)?,
            memory_is_causal: a.flag(10, "memory_is_causal", false)?,
        };
        Ok(m.call_with(a.tensor(0, "src")?, a.tensor(1, "tgt")?, &masks)?)
    };
    "nn.TransformerDecoderLayer" = "nn::TransformerDecoderLayer": |a| {
        let Layer { width, heads, wide, dropout, activation, eps, batch_first, norm_first, bias } = layer(a, 2)?;
        let builder = TransformerDecoderLayer::builder(width, heads).dim_feedforward(wide).dropout(dropout).activation(activation);
        builder.layer_norm_eps(eps).batch_first(batch_first).norm_first(norm_first).bias(bias).build()?
    } => |m, a| {
        let masks = DecoderMasks {
            tgt_mask: a.maybe_tensor(2, "tgt_mask")?,
            memory_mask: a.maybe_tensor(3, "memory_mask")?,
            tgt_key_padding_mask: a.maybe_tensor(4, "tgt_key_padding_mask")?,
            memory_key_padding_mask: a.maybe_tensor(5, "memory_key_padding_mask")?,
            tgt_is_causal: a.flag(6, "tgt_is_causal", false)?,
            memory_is_causal: a.flag(7, "memory_is_causal", false)?,
        };
        Ok(m.call_with(a.tensor(0, "tgt")?, a.tensor(1, "memory")?, &masks)?)
    };
    "nn.TransformerEncoderLayer" = "nn::TransformerEncoderLayer": |a| {
        let Layer { width, heads, wide, dropout, activation, eps, batch_first, norm_first, bias } = layer(a, 2)?;
        let builder = TransformerEncoderLayer::builder(width, heads).dim_feedforward(wide).dropout(dropout).activation(activation);
        builder.layer_norm_eps(eps).batch_first(batch_first).norm_first(norm_first).bias(bias).build()?
    } => |m, a| {
        let masks = EncoderMasks {
            mask: a.maybe_tensor(1, "src_mask")?,
            src_key_padding_mask: a.maybe_tensor(2, "src_key_padding_mask")?,
            is_causal: a.flag(3, "is_causal", false)?,
        };
        Ok(m.call_with(a.tensor(0, "src")?, &masks)?)
    };
};

fn multihead(a: &Args) -> Answer<MultiheadAttentionBuilder> {
    let builder = MultiheadAttention::builder(a.size(0, "embed_dim")?, a.size(1, "num_heads")?);
    Ok(builder
        .dropout(a.float_or(2, "dropout", 0.0)?)
        .bias(a.flag(3, "bias", true)?)
        .add_bias_kv(a.flag(4, "add_bias_kv", false)?)
        .add_zero_attn(a.flag(5, "add_zero_attn", false)?)
        .kdim(a.maybe_size(6, "kdim")?)
        .vdim(a.maybe_size(7, "vdim")?)
        .batch_first(a.flag(8, "batch_first", false)?))
}

/// What layers and the whole network take.
struct Layer {
    width: usize,
    heads: usize,
    wide: usize,
    dropout: f64,
    activation: TransformerActivation,
    eps: f64,
    batch_first: bool,
    norm_first: bool,
    bias: bool,
}

/// `dim_feedforward` stands at position `at`, the others after it.
fn layer(a: &Args, at: usize) -> Answer<Layer> {
    // The network takes a custom encoder and decoder between the activation and the rest.
    let rest = if at == 2 { 5 } else { 9 };
    Ok(Layer {
        width: a.size_or(0, "d_model", 512)?,
        heads: a.size_or(1, "nhead", 8)?,
        wide: a.size_or(at, "dim_feedforward", 2048)?,
        dropout: a.float_or(at + 1, "dropout", 0.1)?,
        activation: activation(a, at + 2)?,
        eps: a.float_or(rest, "layer_norm_eps", 1e-5)?,
        batch_first: a.flag(rest + 1, "batch_first", false)?,
        norm_first: a.flag(rest + 2, "norm_first", false)?,
        bias: a.flag(rest + 3, "bias", true)?,
    })
}

fn activation(a: &Args, at: usize) -> Answer<TransformerActivation> {
    match a.word(at, "activation", "relu")? {
        "relu" => Ok(TransformerActivation::Relu),
        "gelu" => Ok(TransformerActivation::Gelu),
        other => unsupported(format!("activation {other:?}")),
    }
}
