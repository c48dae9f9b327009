//! Options of norms, embeddings, attention, recurrent layers and transformers: what configuration files say, and what layers do with it.

use crate::common::options::saved;
use rushlight_nn::functional::{ScaledDotProductAttentionOptions, embedding_bag};
use rushlight_nn::*;
use rushlight_tensor::{DType, Tensor, tensor};
use serde_json::json;

#[test]
fn of_norms() {
    saved(
        BatchNormOptions::new()
            .eps(1e-3)
            .momentum(None)
            .affine(false)
            .track_running_stats(false)
            .bias(false)
            .dtype(DType::F64),
        json!({"eps": 1e-3, "momentum": null, "affine": false, "track_running_stats": false, "bias": false, "dtype": "float64"}),
    );
    saved(
        InstanceNormOptions::new()
            .momentum(0.5)
            .affine(true)
            .track_running_stats(true),
        json!({"momentum": 0.5, "affine": true, "track_running_stats": true}),
    );
    saved(
        GroupNormOptions::new().eps(0.5).affine(false).bias(false),
        json!({"eps": 0.5, "affine": false, "bias": false}),
    );
    saved(
        LayerNormOptions::new()
            .eps(0.5)
            .elementwise_affine(false)
            .bias(false),
        json!({"eps": 0.5, "elementwise_affine": false, "bias": false}),
    );
    saved(
        RMSNormOptions::new().eps(0.5).elementwise_affine(false),
        json!({"eps": 0.5, "elementwise_affine": false}),
    );
    saved(
        LocalResponseNormOptions::new().alpha(0.5).beta(2.0).k(3.0),
        json!({"alpha": 0.5, "beta": 2.0, "k": 3.0}),
    );
}

#[test]
fn of_embeddings() {
    saved(
        EmbeddingOptions::new()
            .padding_idx(-1)
            .max_norm(f64::INFINITY)
            .norm_type(1.0)
            .scale_grad_by_freq(true)
            .dtype(DType::BF16),
        json!({"padding_idx": -1, "max_norm": "inf", "norm_type": 1.0, "scale_grad_by_freq": true, "dtype": "bfloat16"}),
    );
    saved(
        EmbeddingBagOptions::new()
            .max_norm(2.0)
            .norm_type(1.0)
            .scale_grad_by_freq(true)
            .mode(BagMode::Max)
            .include_last_offset(true)
            .padding_idx(3),
        json!({
            "max_norm": 2.0, "norm_type": 1.0, "scale_grad_by_freq": true, "mode": "max", "include_last_offset": true, "padding_idx": 3,
        }),
    );
    let error = serde_json::from_str::<EmbeddingBagOptions>(r#"{"mode": "median"}"#).unwrap_err();
    let text = "\"median\" is not a BagMode; there are sum, mean, max";
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn of_attention() {
    let mask = tensor!([[0.0, f32::NEG_INFINITY]]);
    saved(
        ScaledDotProductAttentionOptions::new()
            .attn_mask(mask.clone())
            .dropout_p(0.5)
            .is_causal(true)
            .scale(0.25)
            .enable_gqa(true),
        json!({"attn_mask": [[0.0, "-inf"]], "dropout_p": 0.5, "is_causal": true, "scale": 0.25, "enable_gqa": true}),
    );
    saved(
        MultiheadAttentionOptions::new()
            .dropout(0.5)
            .bias(false)
            .add_bias_kv(true)
            .add_zero_attn(true)
            .kdim(3)
            .vdim(4)
            .batch_first(true),
        json!({
            "dropout": 0.5, "bias": false, "add_bias_kv": true, "add_zero_attn": true, "kdim": 3, "vdim": 4, "batch_first": true,
        }),
    );
    saved(
        MultiheadOptions::new()
            .key_padding_mask(mask.clone())
            .need_weights(false)
            .attn_mask(mask)
            .average_attn_weights(false)
            .is_causal(true),
        json!({
            "key_padding_mask": [[0.0, "-inf"]], "need_weights": false, "attn_mask": [[0.0, "-inf"]], "average_attn_weights": false,
            "is_causal": true,
        }),
    );
}

#[test]
fn of_recurrent_layers() {
    let shared = json!({"num_layers": 2, "bias": false, "batch_first": true, "dropout": 0.5, "bidirectional": true});
    let with = |key: &str, value: serde_json::Value| {
        let mut all = shared.clone();
        all[key] = value;
        all
    };
    saved(
        GRUOptions::from(2)
            .bias(false)
            .batch_first(true)
            .dropout(0.5)
            .bidirectional(true),
        shared.clone(),
    );
    saved(
        LSTMOptions::from(2)
            .bias(false)
            .batch_first(true)
            .dropout(0.5)
            .bidirectional(true)
            .proj_size(3),
        with("proj_size", json!(3)),
    );
    saved(
        RNNOptions::from(2)
            .nonlinearity(RNNNonlinearity::Relu)
            .bias(false)
            .batch_first(true)
            .dropout(0.5)
            .bidirectional(true),
        with("nonlinearity", json!("relu")),
    );
    saved(GRUCellOptions::new().bias(false), json!({"bias": false}));
    saved(LSTMCellOptions::new().bias(false), json!({"bias": false}));
    saved(
        RNNCellOptions::from(RNNNonlinearity::Relu).bias(false),
        json!({"bias": false, "nonlinearity": "relu"}),
    );
    saved(
        PReLUOptions::from(3).init(0.5),
        json!({"num_parameters": 3, "init": 0.5}),
    );
}

#[test]
fn of_transformers() {
    saved(
        TransformerLayerOptions::new()
            .dim_feedforward(8)
            .dropout(0.5)
            .activation(TransformerActivation::Gelu)
            .layer_norm_eps(0.25)
            .batch_first(true)
            .norm_first(true)
            .bias(false),
        json!({
            "dim_feedforward": 8, "dropout": 0.5, "activation": "gelu", "layer_norm_eps": 0.25, "batch_first": true, "norm_first": true,
            "bias": false,
        }),
    );
    saved(
        TransformerOptions::new()
            .num_encoder_layers(1)
            .num_decoder_layers(2)
            .dim_feedforward(8)
            .dropout(0.5)
            .activation(TransformerActivation::Gelu)
            .layer_norm_eps(0.25)
            .batch_first(true)
            .norm_first(true)
            .bias(false),
        json!({
            "num_encoder_layers": 1, "num_decoder_layers": 2, "dim_feedforward": 8, "dropout": 0.5, "activation": "gelu",
            "layer_norm_eps": 0.25, "batch_first": true, "norm_first": true, "bias": false,
        }),
    );
    // A function has no name to be saved by.
    let own = TransformerLayerOptions::new().activation(TransformerActivation::Other(|x| x.tanh()));
    assert!(serde_json::to_string(&own).is_err());
}

#[test]
fn layers_keep_what_they_were_made_with() -> Result<()> {
    let lstm = LSTM::with(3, 4, LSTMOptions::from(2).dtype(DType::F64))?;
    assert_eq!(lstm.options().num_layers, 2);
    assert_eq!(lstm.parameters()[0].dtype(), DType::F64);
    // What the parameters are is theirs to say, also after they have moved.
    assert!(lstm.options().dtype.is_none());
    let words = Embedding::with(5, 2, EmbeddingOptions::new().padding_idx(-1))?;
    assert_eq!(words.options().padding_idx, Some(4));
    let options = TransformerOptions::new().num_encoder_layers(1);
    let options = options.num_decoder_layers(1).dim_feedforward(8);
    let model = Transformer::with(4, 2, options.dtype(DType::F64))?;
    assert!(model.parameters().iter().all(|p| p.dtype() == DType::F64));
    assert_eq!(model.decoder.layers[0].options().dim_feedforward, 8);
    Ok(())
}

#[test]
fn a_table_that_exists_has_options() -> Result<()> {
    use rushlight_autograd::Autograd;
    let table = tensor!([[1.0, 1.0], [3.0, 4.0]]);
    let options = EmbeddingOptions::new().padding_idx(-2);
    let words = Embedding::from_pretrained(table.clone(), false, options)?;
    words.call(&tensor!([0, 1, 1]))?.sum()?.backward()?;
    let grad = words.weight.grad().unwrap();
    assert_eq!(grad.to_vec2::<f32>()?, [[0.0, 0.0], [2.0, 2.0]]);
    // The padding row is the caller's.
    assert_eq!(words.weight.to_vec2::<f32>()?[0], [1.0, 1.0]);
    let refused = |options: EmbeddingOptions, words: &str| {
        let error = Embedding::from_pretrained(table.clone(), true, options).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    };
    refused(EmbeddingOptions::new().padding_idx(2), "out of range");
    refused(
        EmbeddingOptions::new().dtype(DType::F64),
        "those of the table",
    );
    Ok(())
}

#[test]
fn functions_refuse_a_dtype() -> Result<()> {
    let table = Tensor::ones([3, 2], ())?;
    let options = EmbeddingBagOptions::new().dtype(DType::F64);
    let error = embedding_bag(&tensor!([[0, 1]]), &table, None, None, options).unwrap_err();
    assert!(error.to_string().contains("a function has none"), "{error}");
    Ok(())
}
