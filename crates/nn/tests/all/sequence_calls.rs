//! Recurrent layers, attention and transformers: how they are called, what they are copied with, and what they refuse.

use rushlight_nn::*;
use rushlight_tensor::{DType, Tensor};

/// The layers of an encoder are copies: the same numbers, in memory of their own, with the mode and the dtype of the original.
#[test]
fn layers_are_copied() -> Result<()> {
    let options = TransformerLayerOptions::new().dim_feedforward(8);
    let layer = TransformerEncoderLayer::with(4, 2, options)?.to(DType::F64)?;
    layer.eval();
    layer.linear1.requires_grad_(false)?;
    let encoder = TransformerEncoder::new(&layer, 2)?;
    assert!(!encoder.layers[1].is_training());
    let (first, second) = (
        &encoder.layers[0].linear1.weight,
        &encoder.layers[1].linear1.weight,
    );
    assert_eq!(first.dtype(), DType::F64);
    assert!(first.equal(second)? && !first.shares_memory(second));
    use rushlight_autograd::Autograd;
    assert!(!first.requires_grad() && encoder.layers[0].linear2.weight.requires_grad());
    Ok(())
}

/// No sample is a batch too, as in PyTorch.
#[test]
fn an_empty_batch_goes_through() -> Result<()> {
    let (y, (h, c)) = LSTM::new(3, 4)?.call(&Tensor::zeros([5, 0, 3], ())?)?;
    assert_eq!(
        (y.shape(), h.shape(), c.shape()),
        (&[5, 0, 4][..], &[1, 0, 4][..], &[1, 0, 4][..])
    );
    let y = MultiheadAttention::new(4, 2)?.call(&Tensor::zeros([5, 0, 4], ())?)?;
    assert_eq!(y.shape(), [5, 0, 4]);
    Ok(())
}

/// A query that sees no key finds zeros, unless its weights are asked for, which are NaN: both as in PyTorch.
#[test]
fn a_query_without_keys() -> Result<()> {
    let attention = MultiheadAttention::with(4, 2, MultiheadAttentionOptions::new().bias(false))?;
    let (x, mask) = (Tensor::ones([3, 4], ())?, Tensor::ones([3], DType::Bool)?);
    let mut options = MultiheadOptions::new().key_padding_mask(mask);
    let (y, _) = attention.attend(&x, &x, &x, &options)?;
    assert!(y.to_vec::<f32>()?.iter().all(|v| v.is_nan()));
    options.need_weights = false;
    let (y, weights) = attention.attend(&x, &x, &x, &options)?;
    assert!(weights.is_none() && y.to_vec::<f32>()? == [0.0; 12]);
    Ok(())
}

/// A call with more than its input runs the hooks of the input, and names the module on an error.
#[test]
fn a_call_with_a_state_is_a_call() -> Result<()> {
    let lstm = LSTM::new(2, 3)?;
    let handle = lstm.register_forward_pre_hook(|_, x| Ok(Some(x.narrow(0, 0, 1)?)))?;
    let zeros = Tensor::zeros([1, 3], ())?;
    let state = (zeros.clone(), zeros);
    let x = Tensor::zeros([5, 2], ())?;
    assert_eq!(lstm.call_with_state(&x, &state)?.0.shape(), [1, 3]);
    handle.remove();
    let wide = Tensor::zeros([5, 4], ())?;
    refused(lstm.call_with_state(&wide, &state), "in LSTM 2→3");

    let attention = MultiheadAttention::new(4, 2)?;
    let _handle = attention.register_forward_pre_hook(|_, x| Ok(Some(x.narrow(0, 0, 2)?)))?;
    let x = Tensor::zeros([3, 4], ())?;
    let (y, weights) = attention.attend(&x, &x, &x, ())?;
    assert_eq!(
        (y.shape(), weights.unwrap().shape()),
        (&[2, 4][..], &[2, 2][..])
    );
    Ok(())
}

#[track_caller]
fn refused<T>(result: Result<T>, words: &str) {
    let error = result.err().expect("an error").to_string();
    assert!(error.contains(words), "{error:?} does not say {words:?}");
}

#[test]
fn sizes_beyond_memory_are_refused() {
    assert!(GRU::new(3, usize::MAX).is_err());
    assert!(MultiheadAttention::new(usize::MAX, 1).is_err());
    assert!(Transformer::new(usize::MAX, 1).is_err());
    assert!(Conv1d::new(usize::MAX, 0, 3).is_err());
}

#[test]
fn what_does_not_fit_is_refused() -> Result<()> {
    let zeros = |shape: &[usize]| Tensor::zeros(shape, ()).unwrap();
    refused(
        LSTM::with(3, 4, LSTMOptions::new().proj_size(4)),
        "proj_size 4 must be smaller than hidden_size 4",
    );
    refused(
        GRU::with(3, 4, GRUOptions::new().dropout(1.5)),
        "[0, 1], not 1.5",
    );
    refused(RNN::new(0, 4), "input_size must be positive");
    let lstm = LSTM::new(3, 4)?;
    refused(
        lstm.call(&zeros(&[3])),
        "expected [length, n, 3] or [length, 3], got shape [3]",
    );
    refused(
        lstm.call(&zeros(&[5, 2])),
        "must be input_size 3, got shape [5, 2]",
    );
    refused(lstm.call(&zeros(&[0, 2, 3])), "at least one step");
    refused(
        lstm.call(&Tensor::zeros([5, 3], DType::F64)?),
        "the input is float64, but the weights are float32",
    );
    let state = (zeros(&[1, 2, 4]), zeros(&[1, 2, 5]));
    refused(
        lstm.call_with_state(&zeros(&[5, 2, 3]), &state),
        "the state c must be [1, 2, 4], not [1, 2, 5]",
    );
    let cell = RNNCell::new(3, 4)?;
    refused(
        cell.call(&zeros(&[2, 4])),
        "expected [n, 3] or [3], got shape [2, 4]",
    );
    refused(
        cell.call_with_state(&zeros(&[2, 3]), &zeros(&[4])),
        "the state h must be [2, 4], not [4]",
    );

    refused(
        MultiheadAttention::new(6, 4),
        "6 is not divisible by 4 heads",
    );
    let attention = MultiheadAttention::new(6, 2)?;
    refused(
        attention.call(&zeros(&[4, 2, 5])),
        "expected query [length, n, 6]",
    );
    refused(
        attention.call(&Tensor::zeros([4, 2, 6], DType::F64)?),
        "float64",
    );
    let (x, mask) = (zeros(&[4, 2, 6]), zeros(&[3, 4]));
    let attend = |options: MultiheadOptions| attention.attend(&x, &x, &x, options);
    let options = MultiheadOptions::new();
    refused(
        attend(options.clone().attn_mask(mask.clone())),
        "attn_mask must be [length, keys] = [4, 4]",
    );
    refused(
        attend(options.clone().key_padding_mask(mask)),
        "[n, keys] = [2, 4]",
    );
    refused(
        attend(options.clone().is_causal(true)),
        "which must be given too",
    );
    let numbers = Tensor::zeros([4, 4], DType::I64)?;
    refused(
        attend(options.attn_mask(numbers)),
        "must be bool or floating-point, not int64",
    );
    let options = TransformerOptions::new()
        .num_encoder_layers(1)
        .num_decoder_layers(1)
        .dim_feedforward(4);
    let transformer = Transformer::with(4, 2, options)?;
    refused(
        transformer.call(&(zeros(&[3, 2, 4]), zeros(&[3, 1, 4]))),
        "with the same n",
    );
    Ok(())
}
