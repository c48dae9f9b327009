//! Options of losses: how they are saved, and that a loss and its function share them.

use rushlight_nn::*;
use rushlight_tensor::{DType, ErrorKind, Tensor, tensor};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

/// Options of which every field has another value than its default are saved as `expected`, and read from it; no other key is.
fn saved<T: Serialize + DeserializeOwned + Default>(options: T, expected: Value) {
    let (saved, default) = (to_value(&options).unwrap(), to_value(T::default()).unwrap());
    assert_eq!(saved, expected);
    let fields = expected.as_object().unwrap();
    for (key, value) in fields {
        assert_ne!(*value, default[key], "{key} has its default");
        // A file may hold the changed keys only.
        let mut one = default.clone();
        one[key] = value.clone();
        let read: T = from_value(json!({ key: value })).unwrap();
        assert_eq!(to_value(read).unwrap(), one);
    }
    let read: T = from_value(expected.clone()).unwrap();
    assert_eq!(to_value(read).unwrap(), expected);
    let mut unknown = expected;
    unknown["size_average"] = json!(true);
    let e = from_value::<T>(unknown).err().unwrap().to_string();
    assert!(e.contains("unknown field `size_average`"), "{e}");
}

#[test]
fn options_survive_json() {
    let sum = Reduction::Sum;
    let weight = || tensor!([0.5, 2.0]);
    saved(
        MSELossOptions::new().reduction(sum).weight(weight()),
        json!({ "reduction": "sum", "weight": [0.5, 2.0] }),
    );
    saved(
        L1LossOptions::new().reduction(sum).weight(weight()),
        json!({ "reduction": "sum", "weight": [0.5, 2.0] }),
    );
    saved(
        SmoothL1LossOptions::new().reduction(sum).beta(0.5),
        json!({ "reduction": "sum", "beta": 0.5 }),
    );
    saved(
        HuberLossOptions::new()
            .reduction(sum)
            .delta(f64::INFINITY)
            .weight(weight()),
        json!({ "reduction": "sum", "delta": "inf", "weight": [0.5, 2.0] }),
    );
    saved(
        BCELossOptions::new().weight(weight()).reduction(sum),
        json!({ "weight": [0.5, 2.0], "reduction": "sum" }),
    );
    saved(
        BCEWithLogitsLossOptions::new()
            .weight(weight())
            .reduction(sum)
            .pos_weight(tensor!(3.0)),
        json!({ "weight": [0.5, 2.0], "reduction": "sum", "pos_weight": 3.0 }),
    );
    saved(
        CrossEntropyLossOptions::new()
            .weight(weight())
            .ignore_index(1)
            .reduction(sum)
            .label_smoothing(0.1),
        json!({ "weight": [0.5, 2.0], "ignore_index": 1, "reduction": "sum", "label_smoothing": 0.1 }),
    );
    saved(
        NLLLossOptions::new()
            .weight(weight())
            .ignore_index(1)
            .reduction(sum),
        json!({ "weight": [0.5, 2.0], "ignore_index": 1, "reduction": "sum" }),
    );
    saved(
        KLDivLossOptions::new()
            .reduction(Reduction::BatchMean)
            .log_target(true),
        json!({ "reduction": "batchmean", "log_target": true }),
    );
    saved(
        PoissonNLLLossOptions::new()
            .log_input(false)
            .full(true)
            .eps(1e-6)
            .reduction(Reduction::None),
        json!({ "log_input": false, "full": true, "eps": 1e-6, "reduction": "none" }),
    );
    saved(
        GaussianNLLLossOptions::new()
            .full(true)
            .eps(1e-3)
            .reduction(sum),
        json!({ "full": true, "eps": 1e-3, "reduction": "sum" }),
    );
    saved(
        HingeEmbeddingLossOptions::new().margin(0.5).reduction(sum),
        json!({ "margin": 0.5, "reduction": "sum" }),
    );
    saved(
        MarginRankingLossOptions::new().margin(0.5).reduction(sum),
        json!({ "margin": 0.5, "reduction": "sum" }),
    );
    saved(
        CosineEmbeddingLossOptions::new().margin(0.5).reduction(sum),
        json!({ "margin": 0.5, "reduction": "sum" }),
    );
    saved(
        TripletMarginLossOptions::new()
            .margin(0.5)
            .p(1.0)
            .eps(0.0)
            .swap(true)
            .reduction(sum),
        json!({ "margin": 0.5, "p": 1.0, "eps": 0.0, "swap": true, "reduction": "sum" }),
    );
    saved(
        TripletMarginWithDistanceLossOptions::new()
            .margin(0.5)
            .swap(true)
            .reduction(sum),
        json!({ "margin": 0.5, "swap": true, "reduction": "sum" }),
    );
    saved(
        MultiMarginLossOptions::new()
            .p(2)
            .margin(0.5)
            .weight(weight())
            .reduction(sum),
        json!({ "p": 2, "margin": 0.5, "weight": [0.5, 2.0], "reduction": "sum" }),
    );
    saved(
        MultiLabelMarginLossOptions::new().reduction(sum),
        json!({ "reduction": "sum" }),
    );
    saved(
        MultiLabelSoftMarginLossOptions::new()
            .weight(weight())
            .reduction(sum),
        json!({ "weight": [0.5, 2.0], "reduction": "sum" }),
    );
    saved(
        SoftMarginLossOptions::new().reduction(sum),
        json!({ "reduction": "sum" }),
    );
    saved(
        CTCLossOptions::new()
            .blank(3)
            .reduction(sum)
            .zero_infinity(true),
        json!({ "blank": 3, "reduction": "sum", "zero_infinity": true }),
    );
    saved(
        LinearCrossEntropyLossOptions::new()
            .out_features([2, 3])
            .bias(true)
            .reduction(sum)
            .weight(weight())
            .ignore_index(1)
            .label_smoothing(0.1)
            .dtype(DType::F64),
        json!({
            "out_features": [2, 3], "bias": true, "reduction": "sum", "weight": [0.5, 2.0], "ignore_index": 1,
            "label_smoothing": 0.1, "dtype": "float64",
        }),
    );
    from_value::<MSELossOptions>(json!({ "reduction": "average" })).unwrap_err();
}

#[test]
fn weights_are_buffers_and_come_back_as_options() -> Result<()> {
    let x = tensor!([[1.5, 0.3, -0.5], [0.2, 2.3, 0.5]]);
    let y = tensor!([0, 1]);
    let options = CrossEntropyLossOptions::new()
        .weight(tensor!([1.0, 2.0, 1.0]))
        .label_smoothing(0.1);
    let mut criterion = CrossEntropyLoss::with(&options);
    assert_eq!(
        criterion.state_dict().keys().collect::<Vec<_>>(),
        ["weight"]
    );
    let loss = criterion.call(&x, &y)?.item::<f32>()?;
    let function = functional::cross_entropy(&x, &y, criterion.options())?;
    assert_eq!(function.item::<f32>()?, loss);
    criterion.to_(DType::F64)?;
    let weight = criterion.options().weight.unwrap();
    assert_eq!(weight.dtype(), DType::F64);
    assert_eq!(weight.to_vec::<f64>()?, [1.0, 2.0, 1.0]);
    let same = CrossEntropyLoss::with(criterion.options());
    assert_eq!(same.options().label_smoothing, 0.1);
    let wide = same.call(&x.to(DType::F64)?, &y)?.item::<f64>()?;
    assert!((wide - f64::from(loss)).abs() < 1e-6);

    // Nothing but the weights that there are is saved.
    let unweighted = BCEWithLogitsLoss::with(BCEWithLogitsLossOptions::new().weight(tensor!(2.0)));
    let state = unweighted.state_dict();
    assert_eq!(state.keys().collect::<Vec<_>>(), ["weight"]);
    assert!(unweighted.options().pos_weight.is_none());

    // PyTorch has weights of elements in the function only.
    let options = MSELossOptions::new().weight(tensor!([1.0, 1.0, 2.0]));
    let (x, y) = (tensor!([0.5, 1.8, 2.5]), tensor!([1.0, 2.0, 2.0]));
    let loss = MSELoss::with(options).call(&x, &y)?.item::<f32>()?;
    assert!((loss - 0.1975).abs() < 1e-6);
    let options = L1LossOptions::new().weight(tensor!([1.0, 1.0]));
    let e = L1Loss::with(options).call(&x, &y).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Shape);
    let text = "l1_loss: the weight must have the input's shape [3], not [2]";
    assert!(e.to_string().starts_with(text), "{e}");
    Ok(())
}

#[test]
fn a_linear_cross_entropy_and_its_function_share_options() -> Result<()> {
    let options = LinearCrossEntropyLossOptions::new()
        .out_features([2])
        .bias(true)
        .weight(tensor!([1.0, 2.0, 0.5]));
    let criterion = LinearCrossEntropyLoss::with(4, 3, &options)?;
    let (x, y) = (
        Tensor::randn([5, 4], ())?,
        Tensor::zeros([5, 2], DType::I64)?,
    );
    let weight = criterion.linear.weight.reshape([3, 2, 4])?;
    let bias = criterion.linear.bias.as_ref().unwrap().reshape([3, 2])?;
    let function = |bias, options| functional::linear_cross_entropy(&x, &weight, &y, bias, options);
    assert_eq!(
        function(Some(&bias), criterion.options())?.item::<f32>()?,
        criterion.call(&x, &y)?.item::<f32>()?
    );
    let refused = |result: Result<Tensor>, text: &str| {
        let e = result.unwrap_err().to_string();
        assert!(e.contains(text), "{e}");
    };
    refused(
        function(None, criterion.options()),
        "the options set a bias, but no bias is given",
    );
    refused(
        function(Some(&bias), options.clone().out_features([3])),
        "with out_features [3] the weight must be [classes, .., in]",
    );
    refused(
        function(Some(&bias), options.clone().dtype(DType::F64)),
        "a function has none",
    );
    // A bias of another shape with as many elements, as PyTorch refuses it.
    refused(
        function(Some(&bias.reshape(6)?), options),
        "the bias must be [3, 2], not [6]",
    );
    let probabilities = Tensor::ones([5, 3, 2], ())?;
    refused(
        functional::linear_cross_entropy(
            &x,
            &weight,
            &probabilities,
            None,
            LinearCrossEntropyLossOptions::new().ignore_index(1),
        ),
        "ignore_index is not supported for targets of probabilities",
    );
    let huge = LinearCrossEntropyLossOptions::new().out_features([usize::MAX, 2]);
    refused(
        LinearCrossEntropyLoss::with(4, 3, huge).map(|_| x.clone()),
        "exceed the address space",
    );
    Ok(())
}

#[test]
fn a_loss_by_a_distance_of_the_callers_can_be_copied() -> Result<()> {
    let options = TripletMarginWithDistanceLossOptions::new().margin(2.0);
    let distance =
        |x: &Tensor, y: &Tensor| -> Result<Tensor> { x.sub(y)?.abs()?.sum_dim(-1, false) };
    let criterion = TripletMarginWithDistanceLoss::with(distance, options).deep_copy()?;
    assert_eq!(criterion.options().margin, 2.0);
    let (anchor, near, far) = (tensor!([[0.0]]), tensor!([[1.0]]), tensor!([[2.5]]));
    assert_eq!(criterion.call(&anchor, &near, &far)?.item::<f32>()?, 0.5);
    Ok(())
}
