//! Options: defaults, setters, and the JSON that holds them.

use rushlight_tensor::{
    ConvOptions, DType, Device, PadMode, Padding, Result, Tensor, named_enum, options, tensor,
};
use serde_json::{from_str, json, to_value};

named_enum! {
    /// An enum among options.
    Mode {
        /// The first.
        #[default]
        First = "first",
        /// The second.
        Second = "second-one",
    }
}

options! {
    /// Every kind of setting.
    Options from(slope: f64) from(mode: Mode) {
        /// A number.
        slope: f64 = 0.01,
        /// A number that may be missing.
        max_norm(into): Option<f64> = None,
        /// A pair.
        betas: (f64, f64) = (0.9, 0.999),
        /// A choice.
        mode: Mode = Mode::First,
        /// A tensor.
        weight(into): Option<Tensor> = None,
    }
    parameters
}

#[test]
fn conversions() {
    assert_eq!(Options::from(()).slope, 0.01);
    assert_eq!(Options::from(0.2).slope, 0.2);
    assert_eq!(Options::from(Mode::Second).mode, Mode::Second);
    let options = Options::new().max_norm(2.0).betas((0.5, 0.75));
    assert_eq!(Options::from(&options).max_norm, Some(2.0));
    assert_eq!("second-one".parse::<Mode>().unwrap(), Mode::Second);
    let error = "third".parse::<Mode>().unwrap_err().to_string();
    assert!(
        error.contains("\"third\" is not a Mode; there are first, second-one"),
        "{error}"
    );
}

#[test]
fn json_of_every_setting() -> Result<()> {
    let options = Options::new()
        .slope(f64::INFINITY)
        .mode(Mode::Second)
        .weight(tensor!([[0.5, 2.0], [1.0, f32::NEG_INFINITY]]))
        .dtype(DType::BF16)
        .device(&Device::CPU);
    let saved = to_value(&options).unwrap();
    let expected = json!({
        "slope": "inf",
        "max_norm": null,
        "betas": [0.9, 0.999],
        "mode": "second-one",
        "weight": [[0.5, 2.0], [1.0, "-inf"]],
        "dtype": "bfloat16",
    });
    assert_eq!(saved, expected);
    let read: Options = serde_json::from_value(saved).unwrap();
    assert_eq!(read.slope, f64::INFINITY);
    assert_eq!((read.mode, read.dtype), (Mode::Second, Some(DType::BF16)));
    let weight = read.weight.unwrap();
    assert_eq!(weight.shape(), [2, 2]);
    assert_eq!(weight.to_vec::<f32>()?, [0.5, 2.0, 1.0, f32::NEG_INFINITY]);
    assert!(read.device.is_none());
    Ok(())
}

#[test]
fn tensors_of_other_dtypes() -> Result<()> {
    for dtype in [DType::F64, DType::F16, DType::BF16] {
        let weight = tensor!([0.1, 0.3]).to(dtype)?;
        let saved = to_value(Options::new().weight(weight.clone())).unwrap();
        assert_eq!(saved["weight"]["dtype"], dtype.name());
        let read: Options = serde_json::from_value(saved).unwrap();
        let read = read.weight.unwrap();
        assert_eq!(read.dtype(), dtype);
        assert!(read.equal(&weight)?);
    }
    let scalar: Options = from_str(r#"{"weight": 2.5}"#).unwrap();
    assert_eq!(scalar.weight.unwrap().item::<f32>()?, 2.5);
    let whole = Options::new().weight(tensor!([1, 2]));
    assert!(to_value(whole).is_err());
    Ok(())
}

#[test]
fn what_is_wrong_is_said() {
    let cases = [
        (r#"{"slop": 1}"#, "unknown field `slop`, expected one of"),
        (
            r#"{"mode": "third"}"#,
            "\"third\" is not a Mode; there are first, second-one",
        ),
        (r#"{"dtype": "float31"}"#, "\"float31\" is not a dtype"),
        (r#"{"device": "gpu"}"#, "unknown field `device`"),
        (
            r#"{"weight": [[1, 2], [3]]}"#,
            "one length along each dimension",
        ),
        (
            r#"{"weight": {"dtype": "int64", "data": [1]}}"#,
            "floating-point, not int64",
        ),
    ];
    for (text, words) in cases {
        let error = from_str::<Options>(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn convolution() {
    let options = ConvOptions::new()
        .stride([2, 1])
        .padding(Padding::Same)
        .padding_mode(PadMode::Reflect)
        .groups(4)
        .bias(false);
    let saved = to_value(&options).unwrap();
    let expected = json!({
        "stride": [2, 1],
        "padding": "same",
        "output_padding": 0,
        "dilation": 1,
        "groups": 4,
        "bias": false,
        "padding_mode": "reflect",
        "dtype": null,
    });
    assert_eq!(saved, expected);
    assert_eq!(
        serde_json::from_value::<ConvOptions>(saved).unwrap(),
        options
    );
    let short: ConvOptions = from_str(r#"{"padding": [1, 2], "padding_mode": "zeros"}"#).unwrap();
    assert_eq!(short, ConvOptions::new().padding([1, 2]));
    let constant: ConvOptions = from_str(r#"{"padding_mode": 1.5}"#).unwrap();
    assert_eq!(constant.padding_mode, PadMode::Constant(1.5.into()));
    assert!(from_str::<ConvOptions>(r#"{"padding": "full"}"#).is_err());
    assert!(from_str::<ConvOptions>(r#"{"stride": "2"}"#).is_err());
}

#[test]
fn a_function_refuses_what_is_for_layers() -> Result<()> {
    let (x, w) = (Tensor::ones([1, 1, 3], ())?, Tensor::ones([1, 1, 2], ())?);
    let bias = Tensor::ones(1, ())?;
    let cases = [
        (
            x.conv(&w, None, ConvOptions::new().dtype(DType::F64)),
            "conv1d: the dtype and the device of ConvOptions are for a layer's parameters",
        ),
        (
            x.conv(&w, Some(&bias), ConvOptions::new().bias(false)),
            "conv1d: a bias is given, and the options say that there is none",
        ),
        (
            x.conv(&w, None, ConvOptions::new().output_padding(1)),
            "conv1d: output_padding is for transposed convolutions",
        ),
        (
            x.conv_transpose(&w, None, ConvOptions::new().padding_mode(PadMode::Reflect)),
            "conv_transpose1d: the padding mode of a transposed convolution is zeros",
        ),
    ];
    for (result, words) in cases {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    Ok(())
}

#[test]
fn convolution_pads_by_its_mode() -> Result<()> {
    let (x, w) = (tensor!([[[1.0, 2.0, 4.0]]]), tensor!([[[1.0, 1.0, 1.0]]]));
    for (mode, expected) in [
        (PadMode::Constant(0.into()), [3.0, 7.0, 6.0]),
        (PadMode::Constant(1.into()), [4.0, 7.0, 7.0]),
        (PadMode::Reflect, [5.0, 7.0, 8.0]),
        (PadMode::Replicate, [4.0, 7.0, 10.0]),
        (PadMode::Circular, [7.0, 7.0, 7.0]),
    ] {
        for padding in [Padding::Each(1.into()), Padding::Same] {
            let options = ConvOptions::new().padding(padding).padding_mode(mode);
            assert_eq!(x.conv(&w, None, options)?.to_vec::<f32>()?, expected);
        }
    }
    Ok(())
}
