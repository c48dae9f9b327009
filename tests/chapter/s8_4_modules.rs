//! 8.4 Neural network building blocks: modules and layers.

use super::other_device;
use crate::on_own_generator;
use rushlight::Result;
use rushlight::nn::{Linear, ModuleDict, ModuleList, ReLU, init, sequential};
use rushlight::prelude::*;
use rushlight_tests::devices;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Module)]
struct SimpleNetwork {
    layer1: Linear,
    layer2: Linear,
    state: ModuleState,
}

impl SimpleNetwork {
    fn new(input_dim: usize, hidden_dim: usize, output_dim: usize) -> Result<Self> {
        Ok(SimpleNetwork {
            layer1: Linear::new(input_dim, hidden_dim)?,
            layer2: Linear::new(hidden_dim, output_dim)?,
            state: ModuleState::default(),
        })
    }
}

impl Forward for SimpleNetwork {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.layer1.call(x)?.relu()?;
        self.layer2.call(&x)
    }
}

#[test]
fn s8_4_1_a_module() -> Result<()> {
    for device in devices() {
        let model = SimpleNetwork::new(10, 20, 1)?.to(&device)?;
        let x = Tensor::randn([5, 10], &device)?;
        let y = model.call(&x)?;
        assert_eq!(y.shape(), [5, 1]);
        let by_hand = x
            .matmul(&model.layer1.weight.t()?)?
            .add(model.layer1.bias.as_deref().expect("a bias"))?
            .relu()?;
        let by_hand = by_hand
            .matmul(&model.layer2.weight.t()?)?
            .add(model.layer2.bias.as_deref().expect("a bias"))?;
        assert!(y.allclose(&by_hand, 1e-5, 1e-6)?);
    }
    Ok(())
}

#[test]
fn s8_4_1_named_parameters() -> Result<()> {
    let model = SimpleNetwork::new(10, 20, 1)?;
    let listed: Vec<String> = model
        .named_parameters()
        .iter()
        .map(|(name, param)| format!("{name}: {:?}", param.shape()))
        .collect();
    assert_eq!(
        listed,
        [
            "layer1.weight: [20, 10]",
            "layer1.bias: [20]",
            "layer2.weight: [1, 20]",
            "layer2.bias: [1]"
        ]
    );
    assert!(model.parameters().iter().all(|p| p.requires_grad()));
    Ok(())
}

#[derive(Module)]
struct Scaled {
    weight: Parameter,
    bias: Parameter,
    running_mean: Buffer,
    state: ModuleState,
}

impl Scaled {
    fn new(output_size: usize, input_size: usize) -> Result<Self> {
        Ok(Scaled {
            weight: Parameter::new(Tensor::randn([output_size, input_size], ())?)?,
            bias: Parameter::new(Tensor::randn(output_size, ())?)?,
            running_mean: Buffer::new(Tensor::zeros(output_size, ())?),
            state: ModuleState::default(),
        })
    }
}

#[test]
fn s8_4_2_parameters() -> Result<()> {
    let module = Scaled::new(3, 4)?;
    assert!(module.weight.requires_grad() && module.weight.is_leaf());
    assert_eq!(module.parameters().len(), 2);
    Ok(())
}

#[test]
fn s8_4_2_buffers() -> Result<()> {
    let mut module = Scaled::new(3, 4)?;
    module.register_buffer("counts", Buffer::new(Tensor::zeros(3, DType::I64)?))?;
    let buffers: Vec<String> = module
        .named_buffers()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(buffers, ["running_mean", "counts"]);
    assert_eq!(module.parameters().len(), 2);
    assert!(!module.running_mean.requires_grad());
    let keys: Vec<String> = module.state_dict().keys().map(str::to_owned).collect();
    assert!(
        ["weight", "bias", "running_mean", "counts"]
            .iter()
            .all(|k| keys.iter().any(|key| key == k)),
        "{keys:?}"
    );
    Ok(())
}

#[test]
fn s8_4_3_the_linear_layers_attributes() -> Result<()> {
    let linear = Linear::new(10, 5)?;
    assert_eq!(linear.weight.shape(), [5, 10]);
    assert_eq!(
        linear.bias.as_ref().map(|b| b.shape().to_vec()),
        Some(vec![5])
    );
    Ok(())
}

#[test]
fn s8_4_3_a_batch_through_the_linear_layer() -> Result<()> {
    for device in devices() {
        let linear = Linear::new(10, 5)?.to(&device)?;
        let x = Tensor::randn([32, 10], &device)?;
        let output = linear.call(&x)?;
        assert_eq!(output.shape(), [32, 5]);
        let by_hand = x
            .matmul(&linear.weight.t()?)?
            .add(linear.bias.as_deref().expect("a bias"))?;
        assert!(output.allclose(&by_hand, 1e-5, 1e-6)?);
    }
    Ok(())
}

#[test]
fn s8_4_3_1_parameter_initialization() -> Result<()> {
    on_own_generator(|| {
        manual_seed(0);
        let linear = Linear::new(10, 5)?;
        // Rushlight follows PyTorch: uniform in ±1/√in for weight and bias alike.
        let bound = 1.0 / 10f32.sqrt();
        for p in linear.parameters() {
            assert!(p.to_vec::<f32>()?.iter().all(|x| x.abs() <= bound));
        }
        init::xavier_uniform_(&linear.weight, 1.0)?;
        let bias = linear.bias.as_ref().expect("a bias");
        init::zeros_(bias)?;
        let bound = (6.0f32 / 15.0).sqrt();
        let weights = linear.weight.to_vec::<f32>()?;
        assert!(
            weights.iter().all(|x| x.abs() <= bound)
                && weights.iter().any(|x| x.abs() > 0.8 * bound)
        );
        assert_eq!(bias.to_vec::<f32>()?, [0.0; 5]);
        assert!(linear.weight.requires_grad() && linear.weight.is_leaf());
        Ok(())
    })
}

#[test]
fn s8_4_4_calling_runs_the_hooks() -> Result<()> {
    let model = SimpleNetwork::new(10, 20, 1)?;
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let before = model
        .layer1
        .register_forward_pre_hook(move |_: &dyn Module, x: &Tensor| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok(Some(x.mul(0)?))
        })?;
    let after = model
        .register_forward_hook(|_: &dyn Module, _: &Tensor, y: &Tensor| Ok(Some(y.add(100)?)))?;
    let x = Tensor::randn([4, 10], ())?;
    let hooked = model.call(&x)?;
    let silent = model.forward(&x.zeros_like()?)?.add(100)?;
    assert!(hooked.allclose(&silent, 1e-6, 1e-6)?, "{hooked}\n{silent}");
    before.remove();
    after.remove();
    assert!(model.call(&x)?.allclose(&model.forward(&x)?, 0.0, 0.0)?);
    assert!(calls.load(Ordering::Relaxed) >= 1);
    Ok(())
}

#[test]
fn s8_4_5_sequential() -> Result<()> {
    for device in devices() {
        let model = sequential![
            Linear::new(10, 20)?,
            ReLU::new(),
            Linear::new(20, 15)?,
            ReLU::new(),
            Linear::new(15, 1)?
        ]
        .to(&device)?;
        assert_eq!(
            model.call(&Tensor::randn([7, 10], &device)?)?.shape(),
            [7, 1]
        );
        let names: Vec<String> = model
            .named_parameters()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(
            names,
            [
                "0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"
            ]
        );
    }
    Ok(())
}

#[derive(Module)]
struct DynamicNetwork {
    layers: ModuleList<Linear>,
    state: ModuleState,
}

impl DynamicNetwork {
    fn new(layer_sizes: &[usize]) -> Result<Self> {
        let layers = layer_sizes
            .windows(2)
            .map(|s| Linear::new(s[0], s[1]))
            .collect::<Result<Vec<_>>>()?;
        Ok(DynamicNetwork {
            layers: ModuleList::from(layers),
            state: ModuleState::default(),
        })
    }
}

impl Forward for DynamicNetwork {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.call(&x)?;
            if i < self.layers.len() - 1 {
                x = x.relu()?;
            }
        }
        Ok(x)
    }
}

#[test]
fn s8_4_5_module_list() -> Result<()> {
    let mut model = DynamicNetwork::new(&[4, 8, 6, 2])?;
    assert_eq!(model.call(&Tensor::randn([3, 4], ())?)?.shape(), [3, 2]);

    // Registration, state and serialization reach the listed modules.
    let names: Vec<String> = model
        .named_parameters()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "layers.0.weight",
            "layers.0.bias",
            "layers.1.weight",
            "layers.1.bias",
            "layers.2.weight",
            "layers.2.bias"
        ]
    );
    model.eval();
    assert!(!model.layers.iter().any(|layer| layer.is_training()));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("model.safetensors");
    model.save(&file)?;
    let copy = DynamicNetwork::new(&[4, 8, 6, 2])?;
    copy.load(&file)?;
    let x = Tensor::randn([3, 4], ())?;
    assert!(copy.call(&x)?.equal(&model.call(&x)?)?);

    // So does moving to a device.
    let other = other_device();
    model.to_(&other)?;
    assert!(
        model
            .parameters()
            .iter()
            .all(|p| p.device() == &other && p.requires_grad())
    );
    Ok(())
}

#[test]
fn s8_4_5_module_dict() -> Result<()> {
    let mut choices = ModuleDict::new();
    choices.insert("small", Linear::new(4, 2)?)?;
    choices.insert("large", Linear::new(4, 8)?)?;
    let names: Vec<String> = choices
        .named_parameters()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        ["small.weight", "small.bias", "large.weight", "large.bias"]
    );
    let large = choices.get("large").expect("the module");
    assert_eq!(large.call(&Tensor::zeros([1, 4], ())?)?.shape(), [1, 8]);
    Ok(())
}
