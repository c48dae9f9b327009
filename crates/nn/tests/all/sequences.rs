//! Recurrent layers and attention against PyTorch: initial state for a seed, printed form, output, gradients.

use crate::common::against::module;
use rushlight_nn::*;
use rushlight_tensor::Tensor;

/// Several results as one vector, end to end.
fn flat<const N: usize>(results: [Tensor; N]) -> Result<Tensor> {
    let vectors = results.map(|t| t.reshape(-1).unwrap());
    Tensor::cat(&vectors.each_ref(), 0)
}

fn state(x: &[Tensor]) -> (Tensor, Tensor) {
    (x[1].clone(), x[2].clone())
}

#[test]
fn lstm() {
    let call = |m: &LSTM, x: &[Tensor]| {
        let (y, (h, c)) = match x.len() {
            1 => m.call(&x[0])?,
            _ => m.call_with_state(&x[0], &state(x))?,
        };
        flat([y, h, c])
    };
    module("lstm", true, || LSTM::new(3, 4), call);
    let deep = || {
        let builder = LSTM::builder(3, 4).num_layers(2).bias(false);
        let builder = builder.batch_first(true).dropout(0.4);
        builder.bidirectional(true).build()
    };
    module("lstm_deep", true, deep, call);
    let projected = || LSTM::builder(3, 4).num_layers(2).proj_size(2).build();
    module("lstm_projected", true, projected, call);
    let single = || LSTM::builder(3, 4).batch_first(true).build();
    module("lstm_single", true, single, call);
}

#[test]
fn gru_and_rnn() {
    let gru = || GRU::builder(3, 4).num_layers(2).bidirectional(true).build();
    module("gru", true, gru, |m, x| {
        let (y, h) = m.call_with_state(&x[0], &x[1])?;
        flat([y, h])
    });
    let rnn = || {
        let builder = RNN::builder(3, 4).nonlinearity(RNNNonlinearity::Relu);
        builder.batch_first(true).build()
    };
    module("rnn", true, rnn, |m, x| {
        let (y, h) = m.call_with_state(&x[0], &x[1])?;
        flat([y, h])
    });
}

#[test]
fn cells() {
    module(
        "lstm_cell",
        true,
        || LSTMCell::new(3, 4),
        |m, x| {
            let (h, c) = m.call_with_state(&x[0], &state(x))?;
            flat([h, c])
        },
    );
    let gru = || GRUCell::builder(3, 4).bias(false).build();
    module("gru_cell", true, gru, |m, x| {
        m.call_with_state(&x[0], &x[1])
    });
    let rnn = || {
        let builder = RNNCell::builder(3, 4);
        builder.nonlinearity(RNNNonlinearity::Relu).build()
    };
    module("rnn_cell", true, rnn, |m, x| m.call(&x[0]));
}

#[test]
fn attention() {
    let dropping = || MultiheadAttention::builder(6, 2).dropout(0.3).build();
    module("attention", true, dropping, |m, x| {
        let (y, weights) = m.attend(&x[0], &x[0], &x[0], &MultiheadOptions::default())?;
        flat([y, weights.unwrap()])
    });
    let across = || {
        let builder = MultiheadAttention::builder(6, 2).kdim(5).vdim(3);
        let builder = builder.add_bias_kv(true).add_zero_attn(true);
        builder.batch_first(true).build()
    };
    module("attention_across", true, across, |m, x| {
        let options = MultiheadOptions {
            key_padding_mask: Some(&x[3]),
            average_attn_weights: false,
            ..Default::default()
        };
        let (y, weights) = m.attend(&x[0], &x[1], &x[2], &options)?;
        flat([y, weights.unwrap()])
    });
    let causal = || MultiheadAttention::builder(6, 3).bias(false).build();
    module("attention_causal", true, causal, |m, x| {
        let mask = Transformer::generate_square_subsequent_mask(4, x[0].device())?;
        let options = MultiheadOptions {
            attn_mask: Some(&mask),
            is_causal: true,
            need_weights: false,
            ..Default::default()
        };
        flat([m.attend(&x[0], &x[0], &x[0], &options)?.0])
    });
}

#[test]
fn transformers() {
    let encoder = || {
        let builder = TransformerEncoderLayer::builder(6, 2).dim_feedforward(8);
        let builder = builder.activation(TransformerActivation::Gelu).dropout(0.2);
        builder.norm_first(true).build()
    };
    module("encoder_layer", true, encoder, |m, x| m.call(&x[0]));
    let decoder = || {
        let builder = TransformerDecoderLayer::builder(6, 2).dim_feedforward(8);
        builder.dropout(0.2).batch_first(true).build()
    };
    let pair = |x: &[Tensor]| (x[0].clone(), x[1].clone());
    module("decoder_layer", true, decoder, |m, x| m.call(&pair(x)));
    let encoders = || {
        let layer = TransformerEncoderLayer::builder(6, 2).dim_feedforward(8);
        TransformerEncoder::new(&layer.dropout(0.0).build()?, 2, Some(LayerNorm::new(6)?))
    };
    module("encoder", true, encoders, |m, x| m.call(&x[0]));
    let decoders = || {
        let layer = TransformerDecoderLayer::builder(6, 2).dim_feedforward(8);
        TransformerDecoder::new(&layer.dropout(0.0).build()?, 2, None)
    };
    module("decoder", true, decoders, |m, x| m.call(&pair(x)));
    let whole = || {
        let builder = Transformer::builder(6, 2).dim_feedforward(8);
        builder.num_encoder_layers(1).num_decoder_layers(2).build()
    };
    module("transformer", true, whole, |m, x| {
        let mask = Transformer::generate_square_subsequent_mask(4, x[0].device())?;
        let masks = TransformerMasks {
            tgt_mask: Some(&mask),
            ..Default::default()
        };
        m.call_with(&x[0], &x[1], &masks)
    });
}
