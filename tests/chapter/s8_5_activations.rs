//! 8.5 Activation functions.

use rushlight::Result;
use rushlight::nn::{LeakyReLU, ReLU, Sigmoid, Tanh, functional as f};
use rushlight::prelude::*;
use rushlight_tests::devices;

/// The points at which the activations are compared with PyTorch's values.
fn points(device: &Device) -> Result<Tensor> {
    tensor!([-2.0, -0.5, 0.0, 0.5, 2.0]).to(device)
}

fn near(x: &Tensor, expected: [f32; 5]) -> Result<()> {
    for (a, b) in x.to_vec::<f32>()?.into_iter().zip(expected) {
        assert!(
            (a - b).abs() <= 1e-7 + 1e-6 * b.abs(),
            "{x}, expected {expected:?}"
        );
    }
    Ok(())
}

#[test]
fn s8_5_functional_and_module_forms() -> Result<()> {
    for device in devices() {
        let x = Tensor::randn(5, &device)?;
        let relu_output = f::relu(&x)?;
        let relu_layer = ReLU::new();
        let same_output = relu_layer.call(&x)?;
        assert!(relu_output.equal(&same_output)?);
    }
    Ok(())
}

#[test]
fn s8_5_relu() -> Result<()> {
    for device in devices() {
        near(
            &ReLU::new().call(&points(&device)?)?,
            [0.0, 0.0, 0.0, 0.5, 2.0],
        )?;
    }
    Ok(())
}

#[test]
fn s8_5_leaky_relu() -> Result<()> {
    for device in devices() {
        let x = points(&device)?;
        near(
            &LeakyReLU::with(0.01).call(&x)?,
            [-0.02, -0.005, 0.0, 0.5, 2.0],
        )?;
        near(&f::leaky_relu(&x, 0.01)?, [-0.02, -0.005, 0.0, 0.5, 2.0])?;
    }
    Ok(())
}

#[test]
fn s8_5_sigmoid() -> Result<()> {
    for device in devices() {
        let x = points(&device)?;
        let expected = [0.119_202_92, 0.377_540_68, 0.5, 0.622_459_35, 0.880_797_1];
        near(&Sigmoid::new().call(&x)?, expected)?;
        near(&f::sigmoid(&x)?, expected)?;
    }
    Ok(())
}

#[test]
fn s8_5_tanh() -> Result<()> {
    for device in devices() {
        let x = points(&device)?;
        let expected = [-0.964_027_6, -0.462_117_17, 0.0, 0.462_117_17, 0.964_027_6];
        near(&Tanh::new().call(&x)?, expected)?;
        near(&f::tanh(&x)?, expected)?;
    }
    Ok(())
}
