//! Options as JSON: whole, with the changed keys alone, and with keys that do not exist.

use rushlight_nn::functional::*;
use rushlight_nn::*;
use rushlight_tensor::{DType, Result, Tensor, tensor};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Debug;

/// Options of which every field differs from its default, and those fields as JSON.
#[track_caller]
fn saved<T: Serialize + DeserializeOwned + Default + Debug>(options: T, fields: Value) {
    let text = |options: &T| format!("{options:?}");
    let whole = serde_json::to_value(&options).unwrap();
    assert_eq!(whole, fields);
    let loaded: T = serde_json::from_value(whole).unwrap();
    assert_eq!(text(&loaded), text(&options));
    let loaded: T = serde_json::from_value(json!({})).unwrap();
    assert_eq!(text(&loaded), text(&T::default()));
    let default = serde_json::to_value(T::default()).unwrap();
    for (name, value) in fields.as_object().unwrap() {
        assert_ne!(&default[name], value, "{name} has its default");
        let changed = json!({ name: value });
        let loaded: T = serde_json::from_value(changed).unwrap();
        let mut expected = default.clone();
        expected[name] = value.clone();
        assert_eq!(serde_json::to_value(loaded).unwrap(), expected);
    }
    let mut unknown = fields;
    unknown["no_such_option"] = json!(1);
    let error = serde_json::from_value::<T>(unknown).unwrap_err();
    assert!(error.to_string().contains("unknown field"), "{error}");
}

#[test]
fn of_windows() {
    saved(
        MaxPoolOptions::new()
            .stride([2, 1])
            .padding(1)
            .dilation([1, 3])
            .ceil_mode(true),
        json!({"stride": [2, 1], "padding": 1, "dilation": [1, 3], "ceil_mode": true}),
    );
    saved(
        AvgPoolOptions::new()
            .stride(2)
            .padding([1, 0])
            .ceil_mode(true)
            .count_include_pad(false)
            .divisor_override(3),
        json!({
            "stride": 2, "padding": [1, 0], "ceil_mode": true, "count_include_pad": false, "divisor_override": 3,
        }),
    );
    saved(
        LPPoolOptions::new().stride(1).ceil_mode(true),
        json!({"stride": 1, "ceil_mode": true}),
    );
    saved(
        MaxUnpoolOptions::new()
            .stride(3)
            .padding(1)
            .output_size([7, 8]),
        json!({"stride": 3, "padding": 1, "output_size": [7, 8]}),
    );
    saved(
        FractionalMaxPoolOptions::new().random_samples(tensor!([[[0.25, 0.5]]])),
        json!({"random_samples": [[[0.25, 0.5]]]}),
    );
    saved(
        FoldOptions::new().dilation(2).padding([0, 1]).stride(3),
        json!({"dilation": 2, "padding": [0, 1], "stride": 3}),
    );
}

#[test]
fn of_resampling() {
    saved(
        InterpolateOptions::from(InterpolateMode::NearestExact)
            .align_corners(false)
            .recompute_scale_factor(true)
            .antialias(true),
        json!({
            "mode": "nearest-exact", "align_corners": false, "recompute_scale_factor": true, "antialias": true,
        }),
    );
    saved(
        GridSampleOptions::from(GridSampleMode::Bicubic)
            .padding_mode(GridSamplePadding::Reflection)
            .align_corners(true),
        json!({"mode": "bicubic", "padding_mode": "reflection", "align_corners": true}),
    );
    saved(
        AffineGridOptions::from(true),
        json!({"align_corners": true}),
    );
    let error = serde_json::from_value::<InterpolateOptions>(json!({"mode": "sinc"})).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("\"sinc\" is not a InterpolateMode; there are nearest, nearest-exact,"),
        "{error}"
    );
}

#[test]
fn of_distances_and_shapes() {
    saved(
        NormalizeOptions::new()
            .p(f64::INFINITY)
            .dim([0, 2])
            .eps(0.0),
        json!({"p": "inf", "dim": [0, 2], "eps": 0.0}),
    );
    saved(
        CosineSimilarityOptions::from(-1).eps(1e-3),
        json!({"dim": -1, "eps": 1e-3}),
    );
    saved(
        PairwiseDistanceOptions::from(1.0).eps(0.0).keepdim(true),
        json!({"p": 1.0, "eps": 0.0, "keepdim": true}),
    );
    saved(
        CdistOptions::from(CdistComputeMode::Differences).p(1.0),
        json!({"p": 1.0, "compute_mode": "donot_use_mm_for_euclid_dist"}),
    );
    saved(PdistOptions::from(3.0), json!({"p": 3.0}));
    saved(
        LocalResponseNormOptions::new().alpha(0.5).beta(1.0).k(2.0),
        json!({"alpha": 0.5, "beta": 1.0, "k": 2.0}),
    );
    saved(
        FlattenOptions::new().start_dim(0).end_dim(2),
        json!({"start_dim": 0, "end_dim": 2}),
    );
}

#[test]
fn a_bias_that_is_set_later_counts() -> Result<()> {
    let x = Tensor::ones([1, 1, 5], ())?;
    let bias = || Parameter::new(Tensor::full(2, 0.5, ())?);
    let mut conv = Conv1d::with(1, 2, 3, ConvOptions::new().bias(false))?;
    let plain = conv.call(&x)?;
    conv.bias = Some(bias()?);
    assert!(conv.options().bias && !conv.to_string().contains("bias=False"));
    assert!(conv.call(&x)?.allclose(&plain.add(0.5)?, 1e-6, 1e-6)?);

    let mut up = ConvTranspose1d::with(1, 2, 3, ConvOptions::new().bias(false))?;
    let plain = up.call(&x)?;
    up.bias = Some(bias()?);
    assert!(up.call(&x)?.allclose(&plain.add(0.5)?, 1e-6, 1e-6)?);

    let options = LinearCrossEntropyLossOptions::new().bias(true);
    let mut loss = LinearCrossEntropyLoss::with(3, 4, options)?;
    loss.linear.bias = None;
    assert!(loss.to_string().contains("bias=False"), "{loss}");
    loss.call(&Tensor::ones([2, 3], ())?, &tensor!([0, 3]))?;
    Ok(())
}

#[test]
fn samples_of_fractional_pooling_are_a_buffer() -> Result<()> {
    let samples = tensor!([[[0.25, 0.75]]]);
    let options = FractionalMaxPoolOptions::new().random_samples(samples.clone());
    let pool = FractionalMaxPool2d::with(2, [3, 3], &options);
    assert!(pool.state_dict().contains_key("_random_samples"));
    let x = Tensor::arange(0, 36, 1, DType::F32)?.reshape([1, 1, 6, 6])?;
    let y = pool.call(&x)?;
    assert!(pool.call(&x)?.equal(&y)?);
    let twin = pool.deep_copy()?;
    samples.fill_(0.0)?;
    assert!(twin.call(&x)?.equal(&y)?);
    let pool = pool.to(DType::F64)?;
    let samples = pool.options().random_samples;
    assert_eq!(samples.map(|s| s.dtype()), Some(DType::F64));
    Ok(())
}

#[test]
fn padding_valid_is_printed() -> Result<()> {
    let conv = Conv2d::with(1, 1, 3, ConvOptions::new().padding(Padding::Valid))?;
    assert_eq!(
        conv.to_string(),
        "Conv2d(1, 1, kernel_size=(3, 3), stride=(1, 1), padding=valid)"
    );
    Ok(())
}
