//! Options of schedules, and their names next to those of layers.

use crate::common::options::saved;
use rushlight_nn::lr_scheduler::*;
use rushlight_nn::optim::*;
use rushlight_nn::*;
use rushlight_tensor::tensor;
use serde_json::json;
use std::sync::Arc;

#[test]
fn options_are_saved() {
    saved(StepLROptions::from(0.5), json!({"gamma": 0.5}));
    saved(MultiStepLROptions::from(0.5), json!({"gamma": 0.5}));
    saved(
        PolynomialLROptions::from(7).power(2.0),
        json!({"total_iters": 7, "power": 2.0}),
    );
    saved(
        ConstantLROptions::new().factor(0.5).total_iters(7),
        json!({"factor": 0.5, "total_iters": 7}),
    );
    saved(
        LinearLROptions::new()
            .start_factor(0.5)
            .end_factor(0.25)
            .total_iters(7),
        json!({"start_factor": 0.5, "end_factor": 0.25, "total_iters": 7}),
    );
    saved(CosineAnnealingLROptions::from(0.5), json!({"eta_min": 0.5}));
    saved(
        CosineAnnealingWarmRestartsOptions::from(2).eta_min(0.5),
        json!({"T_mult": 2, "eta_min": 0.5}),
    );
    saved(
        CyclicLROptions::from(7)
            .step_size_down(3)
            .mode(CyclicMode::ExpRange)
            .gamma(0.5)
            .cycle_momentum(false)
            .base_momentum([0.5, 0.25])
            .max_momentum(0.75),
        json!({
            "step_size_up": 7, "step_size_down": 3, "mode": "exp_range", "gamma": 0.5, "cycle_momentum": false,
            "base_momentum": [0.5, 0.25], "max_momentum": 0.75,
        }),
    );
    saved(
        OneCycleLROptions::new()
            .pct_start(0.5)
            .anneal_strategy(AnnealStrategy::Linear)
            .cycle_momentum(false)
            .base_momentum(0.5)
            .max_momentum([0.75])
            .div_factor(2.0)
            .final_div_factor(f64::INFINITY)
            .three_phase(true),
        json!({
            "pct_start": 0.5, "anneal_strategy": "linear", "cycle_momentum": false, "base_momentum": 0.5, "max_momentum": [0.75],
            "div_factor": 2.0, "final_div_factor": "inf", "three_phase": true,
        }),
    );
    saved(
        ReduceLROnPlateauOptions::from(PlateauMode::Max)
            .factor(0.5)
            .patience(3)
            .threshold(0.25)
            .threshold_mode(ThresholdMode::Abs)
            .cooldown(2)
            .min_lr([0.5, 0.25])
            .eps(0.0),
        json!({
            "mode": "max", "factor": 0.5, "patience": 3, "threshold": 0.25, "threshold_mode": "abs", "cooldown": 2,
            "min_lr": [0.5, 0.25], "eps": 0.0,
        }),
    );
    // A function has no name to be saved by.
    let own = CyclicLROptions::new().scale_fn(ScaleFn::Cycle(Arc::new(|x| x)));
    assert!(serde_json::to_string(&own).is_err());
}

/// The names of layers, optimizers and schedules do not collide: a program may take all of them at once.
#[test]
fn names_of_layers_and_schedules_differ() -> Result<()> {
    let linear = Linear::new(2, 1)?;
    let mut optimizer = SGD::new(linear.parameters(), 0.5)?;
    let mut warmup = LinearLR::new(&mut optimizer)?;
    let mut decay = ExponentialLR::new(&mut optimizer, 0.5)?;
    warmup.step(&mut optimizer)?;
    decay.step(&mut optimizer)?;
    assert_eq!(linear.call(&tensor!([[1.0, 2.0]]))?.shape(), [1, 1]);
    Ok(())
}

/// The rate after some steps, without the last digits.
fn rate_after(optimizer: &mut SGD, scheduler: &mut dyn LRScheduler, steps: usize) -> Result<f64> {
    for _ in 0..steps {
        scheduler.step(optimizer)?;
    }
    Ok((optimizer.lr() * 1e6).round() / 1e6)
}

/// PyTorch's defaults, which are those of no options.
#[test]
fn defaults_are_pytorchs() -> Result<()> {
    let optimizer = || SGD::new([Parameter::new(tensor!([1.0]))?], 0.75);
    let mut o = optimizer()?;
    let mut step = StepLR::new(&mut o, 1)?;
    assert_eq!(rate_after(&mut o, &mut step, 1)?, 0.075);
    let mut o = optimizer()?;
    let mut polynomial = PolynomialLR::new(&mut o)?;
    assert_eq!(rate_after(&mut o, &mut polynomial, 2)?, 0.45);
    let mut o = optimizer()?;
    let mut constant = ConstantLR::new(&mut o)?;
    assert_eq!(rate_after(&mut o, &mut constant, 4)?, 0.25);
    assert_eq!(rate_after(&mut o, &mut constant, 1)?, 0.75);
    let mut o = optimizer()?;
    let mut linear = LinearLR::new(&mut o)?;
    assert_eq!(rate_after(&mut o, &mut linear, 2)?, 0.45);
    let mut o = SGD::new(
        [Parameter::new(tensor!([1.0]))?],
        SGDOptions::new(0.1).momentum(0.9),
    )?;
    let mut cyclic = CyclicLR::new(&mut o, 0.1, 2.1)?;
    assert_eq!(rate_after(&mut o, &mut cyclic, 2000)?, 2.1);
    Ok(())
}
