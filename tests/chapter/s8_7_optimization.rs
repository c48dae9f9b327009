//! 8.7 Optimization.

use crate::on_own_generator;
use rushlight::Result;
use rushlight::lr_scheduler::{LRScheduler, StepLR};
use rushlight::nn::{Linear, Loss, MSELoss};
use rushlight::optim::{Adam, AdamOptions, SGD, SGDOptions};
use rushlight::prelude::*;
use rushlight_tests::devices;

#[test]
fn s8_7_1_the_optimization_process() -> Result<()> {
    on_own_generator(|| {
        for device in devices() {
            manual_seed(1);
            let model = Linear::new(3, 1)?.to(&device)?;
            let inputs = Tensor::randn([64, 3], &device)?;
            let targets = inputs
                .matmul(&tensor!([[1.0], [-2.0], [0.5]]).to(&device)?)?
                .add(0.25)?;
            let loss_function = MSELoss::new();
            let mut optimizer = SGD::new(model.parameters(), 0.1)?;
            let mut last = f32::INFINITY;
            for _ in 0..200 {
                let predictions = model.call(&inputs)?;
                let loss = loss_function.call(&predictions, &targets)?;
                optimizer.zero_grad();
                loss.backward()?;
                optimizer.step()?;
                last = loss.item()?;
            }
            assert!(last < 1e-6, "{last}");
            let weight = model.weight.to_vec::<f32>()?;
            assert!(
                weight
                    .iter()
                    .zip([1.0, -2.0, 0.5])
                    .all(|(a, b)| (a - b).abs() < 1e-3),
                "{weight:?}"
            );
        }
        Ok(())
    })
}

/// The parameter `[1, -2]` after three steps down `Σ x²`.
fn three_steps<O: Optimizer>(
    device: &Device,
    make: impl FnOnce(Parameter) -> Result<O>,
) -> Result<Vec<f32>> {
    let x = Parameter::new(tensor!([1.0, -2.0]).to(device)?)?;
    let mut optimizer = make(x.clone())?;
    for _ in 0..3 {
        optimizer.zero_grad();
        x.pow(2)?.sum()?.backward()?;
        optimizer.step()?;
    }
    x.to_vec()
}

fn near(ours: &[f32], pytorch: [f32; 2]) {
    assert!(
        ours.iter().zip(pytorch).all(|(a, b)| (a - b).abs() <= 1e-6),
        "{ours:?}, PyTorch: {pytorch:?}"
    );
}

#[test]
fn s8_7_2_stochastic_gradient_descent() -> Result<()> {
    for device in devices() {
        near(
            &three_steps(&device, |x| SGD::new([x], 0.01))?,
            [0.941_192_03, -1.882_384_1],
        );
    }
    Ok(())
}

#[test]
fn s8_7_2_momentum() -> Result<()> {
    for device in devices() {
        let stepped = three_steps(&device, |x| {
            SGD::new([x], SGDOptions::new(0.01).momentum(0.9))
        })?;
        near(&stepped, [0.889_712_04, -1.779_424_1]);
    }
    Ok(())
}

#[test]
fn s8_7_2_adam() -> Result<()> {
    for device in devices() {
        let stepped = three_steps(&device, |x| {
            Adam::new([x], AdamOptions::new(0.001).betas((0.9, 0.999)))
        })?;
        near(&stepped, [0.997_000_1, -1.997_000_1]);
    }
    Ok(())
}

#[test]
fn s8_7_3_learning_rate_scheduling() -> Result<()> {
    let x = Parameter::new(tensor!([1.0]))?;
    let mut optimizer = SGD::new([x], 0.1)?;
    let mut scheduler = StepLR::new(&mut optimizer, 30)?;
    let mut rates = Vec::new();
    for _ in 0..90 {
        rates.push(scheduler.last_lr()[0]);
        optimizer.step()?;
        scheduler.step(&mut optimizer)?;
    }
    for (epoch, rate) in rates.into_iter().enumerate() {
        let expected = 0.1 * 0.1f64.powi(epoch as i32 / 30);
        assert!((rate - expected).abs() <= 1e-12, "epoch {epoch}: {rate}");
    }
    Ok(())
}
