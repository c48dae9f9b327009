//! Modules: names, state, moving, freezing, loading, printing.

use crate::common::devices::devices;
use rushlight_autograd::Autograd;
use rushlight_nn::*;
use rushlight_tensor::{DType, Device, ErrorKind, Tensor, tensor};

/// One of everything a field may be.
#[derive(Module)]
struct Everything<L: Layer> {
    first: Linear,
    scale: Parameter,
    count: Buffer,
    maybe: Option<Linear>,
    absent: Option<Parameter>,
    list: Vec<Linear>,
    pair: [Parameter; 2],
    generic: L,
    boxed: Box<dyn Layer>,
    inner: Inner,
    #[module(name = "0")]
    renamed: Inner,
    r#type: Inner,
    #[module(skip)]
    width: usize,
    state: ModuleState,
}

#[derive(Module)]
struct Inner(Parameter, #[module(skip)] &'static str);

fn parameter(n: usize) -> Parameter {
    Parameter::new(Tensor::zeros(n, ()).unwrap()).unwrap()
}

fn everything() -> Result<Everything<Sequential>> {
    Ok(Everything {
        first: Linear::new(2, 3)?,
        scale: parameter(3),
        count: Buffer::new(Tensor::zeros((), DType::I64)?),
        maybe: Some(Linear::with(3, 1, LinearOptions::new().bias(false))?),
        absent: None,
        list: vec![
            Linear::with(1, 1, LinearOptions::new().bias(false))?,
            Linear::with(1, 1, LinearOptions::new().bias(false))?,
        ],
        pair: [parameter(1), parameter(2)],
        generic: sequential![
            ReLU::new(),
            Linear::with(1, 1, LinearOptions::new().bias(false))?
        ],
        boxed: Box::new(Linear::with(1, 1, LinearOptions::new().bias(false))?),
        inner: Inner(parameter(1), "plain"),
        renamed: Inner(parameter(1), "plain"),
        r#type: Inner(parameter(1), "plain"),
        width: 3,
        state: ModuleState::default(),
    })
}

#[test]
fn names_are_pytorchs() -> Result<()> {
    let m = everything()?;
    assert_eq!((m.width, m.inner.1), (3, "plain"));
    let names: Vec<String> = m
        .named_parameters()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let expected = [
        "scale",
        "pair.0",
        "pair.1",
        "first.weight",
        "first.bias",
        "maybe.weight",
        "list.0.weight",
        "list.1.weight",
        "generic.1.weight",
        "boxed.weight",
        "inner.0",
        "0.0",
        "type.0",
    ];
    assert_eq!(names, expected);
    assert_eq!(m.named_buffers()[0].0, "count");
    assert_eq!(
        m.state_dict().keys().nth(3),
        Some("count"),
        "a module's buffers follow its parameters"
    );
    let modules: Vec<String> = m
        .named_modules()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        modules[..6],
        ["", "first", "maybe", "list.0", "list.1", "generic"].map(String::from)
    );
    assert_eq!(m.get_submodule("generic.1")?.type_name(), "Linear");
    assert_eq!(m.get_parameter("first.weight")?.shape(), [3, 2]);
    assert!(
        m.get_parameter("first.wait")
            .unwrap_err()
            .to_string()
            .contains("first.wait")
    );
    Ok(())
}

#[test]
fn tied_weights_are_listed_once_and_stay_tied() -> Result<()> {
    #[derive(Module)]
    struct Tied {
        a: Linear,
        b: Linear,
    }
    let a = Linear::new(2, 2)?;
    let b = Linear::from_parameters(a.weight.clone(), None)?;
    let mut m = Tied { a, b };
    assert_eq!(m.parameters().len(), 2);
    assert_eq!(
        m.state_dict().len(),
        3,
        "the state dict has both names, as PyTorch's"
    );
    let before = m.a.weight.clone();
    m.to_(DType::F64)?;
    assert!(m.a.weight.same(&m.b.weight) && m.a.weight.dtype() == DType::F64);
    assert!(before.is_replaced() && !m.a.weight.is_replaced());
    Ok(())
}

#[test]
fn registered_at_run_time() -> Result<()> {
    let mut m = everything()?;
    m.register_parameter("late", parameter(4))?;
    m.register_buffer("seen", Buffer::new(Tensor::zeros(2, ())?))?;
    m.register_buffer("scratch", Buffer::transient(Tensor::zeros(2, ())?))?;
    assert!(m.named_parameters().iter().any(|(name, _)| name == "late"));
    assert_eq!(m.state.parameter("late").map(|p| p.numel()), Some(4));
    assert!(m.state_dict().contains_key("seen") && !m.state_dict().contains_key("scratch"));
    for taken in ["late", "first", "scale", "count", "", "a.b"] {
        assert!(
            m.register_parameter(taken, parameter(1)).is_err(),
            "{taken:?}"
        );
    }
    let e = m.inner.register_parameter("x", parameter(1)).unwrap_err();
    assert!(
        e.to_string().contains("Inner") && e.to_string().contains("ModuleState"),
        "{e}"
    );
    Ok(())
}

#[test]
fn modes_reach_every_module() -> Result<()> {
    let m = everything()?;
    assert!(m.is_training() && m.first.is_training());
    m.eval();
    assert!(!m.is_training() && !m.list[1].is_training() && !m.generic.is_training());
    assert!(!m.boxed.is_training());
    m.train();
    assert!(m.boxed.is_training());
    Ok(())
}

#[test]
fn freezing_and_forgetting() -> Result<()> {
    for device in devices() {
        let m = sequential![Linear::new(3, 4)?, ReLU::new(), Linear::new(4, 1)?].to(&device)?;
        let Some(first) = m.get(0) else {
            unreachable!()
        };
        first.requires_grad_(false)?;
        m.call(&Tensor::ones([2, 3], &device)?)?.sum()?.backward()?;
        let with_grad: Vec<bool> = m.parameters().iter().map(|p| p.grad().is_some()).collect();
        assert_eq!(with_grad, [false, false, true, true]);
        m.zero_grad();
        assert!(m.parameters().iter().all(|p| p.grad().is_none()));
        assert_eq!(m.num_parameters(), 21);
    }
    Ok(())
}

#[test]
fn moving_keeps_what_fits_and_converts_floats_only() -> Result<()> {
    let mut m = sequential![BatchNorm1d::new(3)?];
    let before = m.parameters();
    m.to_(&Device::CPU)?;
    m.to_(DType::F32)?;
    assert!(
        before.iter().all(|p| !p.is_replaced()),
        "nothing changed, so nothing was replaced"
    );
    m.to_(DType::F64)?;
    assert!(before.iter().all(|p| p.is_replaced()));
    let dtypes: Vec<DType> = m.buffers().iter().map(|b| b.dtype()).collect();
    assert_eq!(dtypes, [DType::F64, DType::F64, DType::I64]);
    assert_eq!(m.to_(DType::I64).unwrap_err().kind(), ErrorKind::DType);
    Ok(())
}

#[test]
fn apply_reaches_children_first() -> Result<()> {
    let m = sequential![Linear::new(2, 2)?, sequential![Linear::new(2, 2)?]];
    let mut order = Vec::new();
    m.apply(|module| {
        order.push(module.type_name());
        match module.downcast_ref::<Linear>() {
            Some(linear) => init::constant_(&linear.weight, 0.5),
            None => Ok(()),
        }
    })?;
    assert_eq!(order, ["Linear", "Linear", "Sequential", "Sequential"]);
    assert!(
        m.named_parameters()
            .iter()
            .filter(|(n, _)| n.ends_with("weight"))
            .all(|(_, p)| p.to_vec::<f32>().unwrap() == [0.5; 4])
    );
    Ok(())
}

#[test]
fn loading_checks_everything_first() -> Result<()> {
    for device in devices() {
        let model = sequential![Linear::new(3, 2)?, Linear::new(2, 1)?].to(&device)?;
        let weights = model.parameters();
        let good = sequential![Linear::new(3, 2)?, Linear::new(2, 1)?].state_dict();
        assert_eq!(
            model.load_state_dict(&good, true)?,
            IncompatibleKeys::default()
        );
        assert!(
            weights[0].equal(&good.require("0.weight")?.to(&device)?)? && !weights[0].is_replaced(),
            "loaded in place"
        );

        let mut bad = good.copy()?;
        bad.remove("0.bias");
        bad.insert("head.weight", Tensor::zeros(1, ())?);
        bad.insert("0.weight", Tensor::zeros([3, 2], ())?);
        bad.insert("1.bias", Tensor::zeros(1, DType::I64)?);
        bad.insert("1.weight", Tensor::full([1, 2], 7.0, ())?);
        let e = model.load_state_dict(&bad, true).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::State);
        for words in [
            "1 key missing (0.bias)",
            "1 key unexpected (head.weight)",
            "0.weight: [2, 3] here, [3, 2]",
            "1.bias: float32 here, int64",
        ] {
            assert!(e.to_string().contains(words), "{e}: no {words:?}");
        }
        assert!(
            weights[2].equal(&good.require("1.weight")?.to(&device)?)?,
            "nothing was changed"
        );

        let mut partial = StateDict::new();
        partial.insert("1.bias", tensor!([3.5]).double()?);
        partial.insert("extra", tensor!([1.0]));
        let left = model.load_state_dict(&partial, false)?;
        assert_eq!(
            (left.missing.len(), left.unexpected),
            (3, vec!["extra".to_owned()])
        );
        assert_eq!(
            weights[3].to_vec::<f32>()?,
            [3.5],
            "floats of another width are converted"
        );
    }
    Ok(())
}

#[test]
fn containers_name_and_print_as_pytorchs() -> Result<()> {
    let mut list = ModuleList::from(vec![Linear::new(2, 2)?, Linear::new(2, 2)?]);
    list.push(Linear::new(2, 1)?);
    assert_eq!(
        list.to_string(),
        "ModuleList(\n  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n  (2): Linear(in_features=2, out_features=1, bias=True)\n)"
    );
    let mut dict: ModuleDict = ModuleDict::new();
    dict.insert("b", Box::new(Linear::new(1, 1)?))?;
    dict.insert("a", Box::new(ReLU::new()))?;
    assert_eq!(dict.keys().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(
        dict.state_dict().keys().collect::<Vec<_>>(),
        ["b.weight", "b.bias"]
    );
    assert!(dict.insert("a.b", Box::new(ReLU::new())).is_err());
    assert!(
        dict.require("c")
            .err()
            .unwrap()
            .to_string()
            .contains("[\"b\", \"a\"]")
    );
    let named = Sequential::new().add_named("fc", Linear::new(1, 1)?)?;
    assert_eq!(named.named_parameters()[0].0, "fc.weight");
    assert!(named.add_named("fc", ReLU::new()).is_err());
    Ok(())
}

#[test]
fn wrong_arguments_are_refused() -> Result<()> {
    fn refused<T>(result: Result<T>, words: &str) {
        let e = result.err().unwrap();
        assert!(
            e.to_string().contains(words) && e.to_string().contains("modules.rs"),
            "{e}"
        );
    }
    refused(Dropout::new(1.5), "Dropout");
    refused(
        Conv2d::with(3, 4, 3, ConvOptions::new().groups(2)),
        "groups",
    );
    refused(
        Conv2d::with(3, 4, 3, ConvOptions::new().stride(2).padding(Padding::Same)),
        "same",
    );
    refused(Conv1d::new(3, 4, 0), "kernel_size");
    refused(GroupNorm::new(2, 5), "GroupNorm");
    refused(
        Embedding::with(3, 2, EmbeddingOptions::new().padding_idx(3)),
        "padding_idx",
    );
    refused(LayerNorm::new([2, -1]), "LayerNorm");
    refused(
        BatchNorm2d::new(3)?.call(&Tensor::zeros([2, 3], ())?),
        "BatchNorm2d",
    );
    refused(
        BatchNorm1d::new(3)?.call(&Tensor::zeros([1, 3], ())?),
        "more than one value",
    );
    refused(Embedding::new(3, 2)?.call(&tensor!([3])), "3 rows");
    refused(Embedding::new(3, 2)?.call(&tensor!([1.0])), "integers");
    refused(Parameter::new(tensor!([1, 2])), "floating-point");
    Ok(())
}
