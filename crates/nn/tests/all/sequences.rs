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
        let options = LSTMOptions::new().num_layers(2).bias(false);
        let options = options.batch_first(true).dropout(0.4);
        LSTM::with(3, 4, options.bidirectional(true))
    };
    module("lstm_deep", true, deep, call);
    let projected = || LSTM::with(3, 4, LSTMOptions::new().num_layers(2).proj_size(2));
    module("lstm_projected", true, projected, call);
    let single = || LSTM::with(3, 4, LSTMOptions::new().batch_first(true));
    module("lstm_single", true, single, call);
}

#[test]
fn gru_and_rnn() {
    let gru = || GRU::with(3, 4, GRUOptions::new().num_layers(2).bidirectional(true));
    module("gru", true, gru, |m, x| {
        let (y, h) = m.call_with_state(&x[0], &x[1])?;
        flat([y, h])
    });
    let rnn = || {
        let options = RNNOptions::new().nonlinearity(RNNNonlinearity::Relu);
        RNN::with(3, 4, options.batch_first(true))
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
    let gru = || GRUCell::with(3, 4, GRUCellOptions::new().bias(false));
    module("gru_cell", true, gru, |m, x| {
        m.call_with_state(&x[0], &x[1])
    });
    let rnn = || RNNCell::with(3, 4, RNNNonlinearity::Relu);
    module("rnn_cell", true, rnn, |m, x| m.call(&x[0]));
}

#[test]
fn attention() {
    let dropping = || MultiheadAttention::with(6, 2, MultiheadAttentionOptions::new().dropout(0.3));
    module("attention", true, dropping, |m, x| {
        let (y, weights) = m.attend(&x[0], &x[0], &x[0], ())?;
        flat([y, weights.unwrap()])
    });
    let across = || {
        let options = MultiheadAttentionOptions::new().kdim(5).vdim(3);
        let options = options.add_bias_kv(true).add_zero_attn(true);
        MultiheadAttention::with(6, 2, options.batch_first(true))
    };
    module("attention_across", true, across, |m, x| {
        let options = MultiheadOptions::new().key_padding_mask(x[3].clone());
        let options = options.average_attn_weights(false);
        let (y, weights) = m.attend(&x[0], &x[1], &x[2], options)?;
        flat([y, weights.unwrap()])
    });
    let causal = || MultiheadAttention::with(6, 3, MultiheadAttentionOptions::new().bias(false));
    module("attention_causal", true, causal, |m, x| {
        let mask = Transformer::generate_square_subsequent_mask(4, x[0].device())?;
        let options = MultiheadOptions::new().attn_mask(mask).is_causal(true);
        let options = options.need_weights(false);
        flat([m.attend(&x[0], &x[0], &x[0], options)?.0])
    });
}

#[test]
fn transformers() {
    let options = TransformerLayerOptions::new().dim_feedforward(8);
    let dropping = options.clone().dropout(0.2);
    let encoder = || {
        let options = dropping.clone().activation(TransformerActivation::Gelu);
        TransformerEncoderLayer::with(6, 2, options.norm_first(true))
    };
    module("encoder_layer", true, encoder, |m, x| m.call(&x[0]));
    let decoder = || TransformerDecoderLayer::with(6, 2, dropping.clone().batch_first(true));
    let pair = |x: &[Tensor]| (x[0].clone(), x[1].clone());
    module("decoder_layer", true, decoder, |m, x| m.call(&pair(x)));
    let certain = options.dropout(0.0);
    let encoders = || {
        let layer = TransformerEncoderLayer::with(6, 2, &certain)?;
        TransformerEncoder::with(&layer, 2, LayerNorm::new(6)?)
    };
    module("encoder", true, encoders, |m, x| m.call(&x[0]));
    let decoders = || {
        let layer = TransformerDecoderLayer::with(6, 2, &certain)?;
        TransformerDecoder::new(&layer, 2)
    };
    module("decoder", true, decoders, |m, x| m.call(&pair(x)));
    let whole = || {
        let options = TransformerOptions::new().dim_feedforward(8);
        let options = options.num_encoder_layers(1).num_decoder_layers(2);
        Transformer::with(6, 2, options)
    };
    module("transformer", true, whole, |m, x| {
        let mask = Transformer::generate_square_subsequent_mask(4, x[0].device())?;
        m.call_with(&x[0], &x[1], TransformerMasks::new().tgt_mask(mask))
    });
}
