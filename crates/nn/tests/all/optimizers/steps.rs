//! The parameters and gradients that `fixtures/optim.py` gave PyTorch, and what came of them.

use rushlight_autograd::Autograd;
use rushlight_nn::Parameter;
use rushlight_nn::optim::Optimizer;
use rushlight_tensor::{Result, Tensor};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

/// Order of the norm, the norm, and the first two gradients after clipping to 1, for the gradients of step 1.
pub const CLIPPED: [(f64, f32, [f32; 2]); 4] = [
    (2.0, 2.610_076_7, [-0.287_347_8, 0.383_130_37]),
    (1.0, 7.25, [-0.103_448_264, 0.137_931_02]),
    (f64::INFINITY, 1.25, [-0.599_999_55, 0.799_999_4]),
    (0.5, 62.131_165, [-0.012_071_237, 0.016_094_983]),
];

fn split(x: Vec<f32>) -> Result<[Tensor; 2]> {
    Ok([
        Tensor::from_slice(&x[..6], [2, 3])?,
        Tensor::from_slice(&x[6..], [4])?,
    ])
}

pub fn params() -> Result<Vec<Parameter>> {
    split(
        (0..10)
            .map(|i| ((5 * i + 3) % 8 - 4) as f32 / 4.0)
            .collect(),
    )?
    .map(Parameter::new)
    .into_iter()
    .collect()
}

pub fn grads(step: usize) -> Result<[Tensor; 2]> {
    split(
        (0..10)
            .map(|i| ((7 * i + 13 * step as i32) % 11 - 5) as f32 / 4.0)
            .collect(),
    )
}

pub fn values(params: &[Parameter]) -> Result<Vec<f32>> {
    params.iter().try_fold(Vec::new(), |mut all, p| {
        all.extend(p.detach().to_vec::<f32>()?);
        Ok(all)
    })
}

/// Takes the `steps`, with gradients unless they are to be `skipped`, and shows the parameters after each.
pub fn run(
    optimizer: &mut dyn Optimizer,
    params: &[Parameter],
    steps: Range<usize>,
    skipped: impl Fn(usize, usize) -> bool,
    mut see: impl FnMut(usize, &[f32]),
) -> Result<()> {
    for step in steps {
        for (i, (p, g)) in params.iter().zip(grads(step)?).enumerate() {
            p.set_grad((!skipped(i, step)).then_some(g))?;
        }
        optimizer.step()?;
        see(step, &values(params)?);
    }
    Ok(())
}

/// PyTorch's parameters after each of 12 steps.
pub fn fixture(name: &str) -> &'static Vec<Vec<f32>> {
    static FIXTURES: OnceLock<HashMap<String, Vec<Vec<f32>>>> = OnceLock::new();
    let all = FIXTURES.get_or_init(|| {
        serde_json::from_str(include_str!("../../fixtures/optimizers.json")).unwrap()
    });
    &all[name]
}

pub fn compare(name: &str, step: usize, x: &[f32], expected: &[f32]) {
    for (a, b) in x.iter().zip(expected) {
        assert!(
            (a - b).abs() <= 1e-6 + 1e-5 * b.abs(),
            "{name}, step {step}: {x:?}, PyTorch has {expected:?}"
        );
    }
}

/// Whether an optimizer's 12 steps are PyTorch's.
pub fn check<O: Optimizer>(
    name: &str,
    make: impl FnOnce(Vec<Parameter>) -> Result<O>,
) -> Result<()> {
    let params = params()?;
    let mut optimizer = make(params.clone())?;
    run(
        &mut optimizer,
        &params,
        1..13,
        |_, _| false,
        |step, x| compare(name, step, x, &fixture(name)[step - 1]),
    )
}
