//! Learning rate schedules against PyTorch's numbers over 40 steps, their states and their complaints.

mod options;
mod refusals;
mod states;

use rushlight_nn::Parameter;
use rushlight_nn::lr_scheduler::*;
use rushlight_nn::optim::*;
use rushlight_tensor::{Result, Tensor, tensor};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// Two rates and two momenta before the first step and after each of 40.
type Rows = Vec<[f64; 4]>;

fn fixture(name: &str) -> &'static Rows {
    static FIXTURES: OnceLock<HashMap<String, Rows>> = OnceLock::new();
    &FIXTURES.get_or_init(|| {
        serde_json::from_str(include_str!("../../fixtures/schedulers.json")).unwrap()
    })[name]
}

fn sgd() -> Result<SGD> {
    let mut sgd = SGD::new(
        [Parameter::new(tensor!([1.0]))?],
        SGDOptions::new(0.1).momentum(0.9),
    )?;
    sgd.add_param_group([Parameter::new(tensor!([1.0]))?], SGDOptions::new(0.03))?;
    sgd.param_groups_mut()[1].set_options(SGDOptions::new(0.03).momentum(0.9))?;
    Ok(sgd)
}

fn adam() -> Result<Adam> {
    let mut adam = Adam::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
    adam.add_param_group([Parameter::new(tensor!([1.0]))?], AdamOptions::new(0.03))?;
    Ok(adam)
}

fn metric(t: usize) -> f64 {
    if t < 8 {
        1.0 / (1.0 + t as f64)
    } else {
        0.2 + 0.01 * (t % 3) as f64
    }
}

#[track_caller]
fn compare(name: &str, t: usize, optimizer: &dyn Optimizer) {
    let expected = fixture(name)[t];
    let at = |group: usize| optimizer.rates(group).unwrap();
    let is = [
        at(0).lr,
        at(1).lr,
        at(0).momentum.unwrap(),
        at(1).momentum.unwrap(),
    ];
    for (a, b) in is.iter().zip(expected) {
        assert!(
            (a - b).abs() <= 1e-9,
            "{name}, step {t}: {is:?}, PyTorch has {expected:?}"
        );
    }
}

/// Whether a schedule's rates and momenta are PyTorch's; half-way it is saved and goes on in another.
#[track_caller]
fn check<O: Optimizer, S: LRScheduler>(
    name: &str,
    mut optimizer: O,
    make: impl Fn(&mut dyn Optimizer) -> Result<S>,
) {
    let mut go = || -> Result<()> {
        let mut scheduler = make(&mut optimizer)?;
        compare(name, 0, &optimizer);
        for t in 1..41 {
            if t == 17 {
                let (state, text) = (optimizer.state_dict()?, scheduler.state_dict()?.to_string());
                scheduler = make(&mut optimizer)?;
                scheduler.load_state_dict(&serde_json::from_str(&text).unwrap())?;
                optimizer.load_state_dict(&state)?;
            }
            if t == 23 {
                // The optimizer's state first: the schedule is then made over rates in the middle of a schedule.
                let states = (optimizer.state_dict()?, scheduler.state_dict()?);
                optimizer.load_state_dict(&states.0)?;
                scheduler = make(&mut optimizer)?;
                compare(name, t - 1, &optimizer);
                scheduler.load_state_dict(&states.1)?;
                compare(name, t - 1, &optimizer);
            }
            scheduler.step(&mut optimizer)?;
            compare(name, t, &optimizer);
            assert_eq!(
                scheduler.last_lr(),
                [optimizer.rates(0)?.lr, optimizer.rates(1)?.lr],
                "{name}, step {t}"
            );
        }
        Ok(())
    };
    go().unwrap();
}

#[test]
fn decay() -> Result<()> {
    check("step sgd", sgd()?, |o| StepLR::with(o, 3, 0.5));
    check("multistep sgd", sgd()?, |o| {
        MultiStepLR::with(o, &[2, 5, 5, 20], 0.5)
    });
    check("exponential sgd", sgd()?, |o| ExponentialLR::new(o, 0.9));
    check("polynomial sgd", sgd()?, |o| {
        PolynomialLR::with(o, PolynomialLROptions::from(10).power(2.0))
    });
    Ok(())
}

#[test]
fn warmup() -> Result<()> {
    check("constant sgd", sgd()?, |o| {
        ConstantLR::with(o, ConstantLROptions::new().factor(0.25).total_iters(4))
    });
    check("linear sgd", sgd()?, |o| LinearLR::new(o));
    check("linear down sgd", sgd()?, |o| {
        LinearLR::with(
            o,
            LinearLROptions::new()
                .start_factor(1.0)
                .end_factor(0.1)
                .total_iters(12),
        )
    });
    Ok(())
}

#[test]
fn cosine() -> Result<()> {
    check("cosine sgd", sgd()?, |o| {
        CosineAnnealingLR::with(o, 6, 0.01)
    });
    check("cosine odd sgd", sgd()?, |o| CosineAnnealingLR::new(o, 1));
    check("restarts sgd", sgd()?, |o| {
        CosineAnnealingWarmRestarts::new(o, 4)
    });
    check("restarts mult sgd", sgd()?, |o| {
        CosineAnnealingWarmRestarts::with(
            o,
            3,
            CosineAnnealingWarmRestartsOptions::from(2).eta_min(0.01),
        )
    });
    Ok(())
}

#[test]
fn one_cycle() -> Result<()> {
    check("one cycle sgd", sgd()?, |o| OneCycleLR::new(o, 0.5, 40));
    check("one cycle adam", adam()?, |o| OneCycleLR::new(o, 0.5, 40));
    check("one cycle linear sgd", sgd()?, |o| {
        let options = OneCycleLROptions::new()
            .anneal_strategy(AnnealStrategy::Linear)
            .pct_start(0.25)
            .base_momentum([0.7, 0.6])
            .max_momentum(0.9)
            .div_factor(10.0);
        OneCycleLR::with(o, [0.5, 0.25], 41, options)
    });
    check("one cycle three sgd", sgd()?, |o| {
        let options = OneCycleLROptions::new().three_phase(true);
        OneCycleLR::with(o, 0.5, 9 * 5, options.final_div_factor(100.0))
    });
    check("one cycle plain sgd", sgd()?, |o| {
        OneCycleLR::with(o, 0.5, 40, OneCycleLROptions::new().cycle_momentum(false))
    });
    Ok(())
}

#[test]
fn cyclic() -> Result<()> {
    let up = CyclicLROptions::from;
    check("cyclic sgd", sgd()?, |o| CyclicLR::with(o, 0.01, 0.3, 4));
    for name in ["cyclic 2 sgd", "cyclic 2 adam"] {
        let options = up(4).step_size_down(3).mode(CyclicMode::Triangular2);
        let make = |o: &mut dyn Optimizer| CyclicLR::with(o, [0.01, 0.02], 0.3, &options);
        if name.ends_with("adam") {
            check(name, adam()?, make)
        } else {
            check(name, sgd()?, make)
        }
    }
    check("cyclic exp sgd", sgd()?, |o| {
        let options = up(5).mode(CyclicMode::ExpRange).gamma(0.95);
        CyclicLR::with(o, 0.01, 0.3, options.cycle_momentum(false))
    });
    check("cyclic scale sgd", sgd()?, |o| {
        let scale = ScaleFn::Cycle(Arc::new(|x| 1.0 / x));
        CyclicLR::with(o, 0.01, 0.3, up(4).scale_fn(scale))
    });
    Ok(())
}

#[test]
fn lambda() -> Result<()> {
    let lambdas: Vec<LrLambda> = vec![
        Arc::new(|t| 0.95f64.powi(t as i32)),
        Arc::new(|t| 1.0 / (1.0 + t as f64)),
    ];
    check("lambda sgd", sgd()?, |o| {
        LambdaLR::per_group(o, lambdas.clone())
    });
    check("multiplicative sgd", sgd()?, |o| {
        MultiplicativeLR::new(o, |t| 0.9 + 0.001 * t as f64)
    });
    Ok(())
}

#[test]
fn combined() -> Result<()> {
    check("sequential sgd", sgd()?, |o| {
        let warmup = LinearLR::with(o, LinearLROptions::new().start_factor(0.1))?;
        let steps = StepLR::with(o, 3, 0.5)?;
        let decay = ExponentialLR::new(o, 0.9)?;
        SequentialLR::new(
            o,
            vec![Box::new(warmup), Box::new(steps), Box::new(decay)],
            &[5, 20],
        )
    });
    check("sequential all sgd", sgd()?, |o| {
        let parts: Vec<Box<dyn LRScheduler>> = vec![
            Box::new(ConstantLR::with(
                o,
                ConstantLROptions::new().factor(0.5).total_iters(2),
            )?),
            Box::new(MultiStepLR::new(o, &[2, 4])?),
            Box::new(PolynomialLR::with(
                o,
                PolynomialLROptions::from(4).power(2.0),
            )?),
            Box::new(CosineAnnealingLR::with(o, 5, 0.001)?),
            Box::new(LambdaLR::new(o, |t| 0.9f64.powi(t as i32))?),
            Box::new(MultiplicativeLR::new(o, |_| 0.8)?),
            Box::new(CosineAnnealingWarmRestarts::with(o, 3, 2)?),
            Box::new(ConstantLR::with(
                o,
                ConstantLROptions::new().factor(0.25).total_iters(3),
            )?),
            Box::new(LinearLR::with(
                o,
                LinearLROptions::new().start_factor(0.5).total_iters(3),
            )?),
        ];
        SequentialLR::new(o, parts, &[4, 8, 13, 19, 23, 27, 33, 37])
    });
    check("chained sgd", sgd()?, |o| {
        let first = ConstantLR::with(o, ConstantLROptions::new().factor(0.1).total_iters(4))?;
        let second = ExponentialLR::new(o, 0.9)?;
        let third = CosineAnnealingLR::new(o, 10)?;
        ChainedScheduler::new(o, vec![Box::new(first), Box::new(second), Box::new(third)])
    });
    Ok(())
}

#[test]
fn plateau() -> Result<()> {
    let halving = ReduceLROnPlateauOptions::new().factor(0.5);
    let rel = halving.clone().patience(2).cooldown(1);
    let rel = rel.min_lr([0.001, 0.01]);
    let abs = halving.mode(PlateauMode::Max).patience(1).threshold(0.05);
    let abs = abs.threshold_mode(ThresholdMode::Abs);
    for (name, options) in [("plateau sgd", rel), ("plateau abs sgd", abs)] {
        let mut optimizer = sgd()?;
        let mut scheduler = ReduceLROnPlateau::with(&mut optimizer, options)?;
        for t in 0..40 {
            compare(name, t, &optimizer);
            if t == 17 {
                let text = scheduler.state_dict()?.to_string();
                scheduler = ReduceLROnPlateau::new(&mut optimizer)?;
                scheduler.load_state_dict(&serde_json::from_str(&text).unwrap())?;
            }
            scheduler.step(&mut optimizer, metric(t))?;
        }
        compare(name, 40, &optimizer);
    }
    Ok(())
}

#[test]
fn a_rate_set_by_hand_is_kept_by_the_recursive_form() -> Result<()> {
    let mut optimizer = sgd()?;
    let mut scheduler = ExponentialLR::new(&mut optimizer, 0.5)?;
    optimizer.set_lr(8.0)?;
    scheduler.step(&mut optimizer)?;
    assert_eq!(optimizer.lr(), 4.0);
    Ok(())
}

#[test]
fn plateaus_of_negative_values_are_plateaus() -> Result<()> {
    let rates = |mode, threshold_mode, metrics: &[f64]| -> Result<Vec<f64>> {
        let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 1.0)?;
        let options = ReduceLROnPlateauOptions::from(mode)
            .threshold_mode(threshold_mode)
            .threshold(0.1)
            .factor(0.5)
            .patience(0);
        let mut scheduler = ReduceLROnPlateau::with(&mut optimizer, options)?;
        let mut step = |metric: &f64| {
            scheduler.step(&mut optimizer, *metric)?;
            Ok(optimizer.lr())
        };
        metrics.iter().map(&mut step).collect()
    };
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    for (mode, threshold, metrics, expected) in [
        // 0.1 of 10 is 1, so -10.5 is no improvement of -10 and -11.5 is one.
        (
            PlateauMode::Min,
            ThresholdMode::Rel,
            [-10.0, -10.0, -10.5, -11.5],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            PlateauMode::Max,
            ThresholdMode::Rel,
            [-10.0, -10.0, -9.5, -8.5],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            PlateauMode::Min,
            ThresholdMode::Abs,
            [-10.0, -10.0, -10.05, -10.2],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            PlateauMode::Max,
            ThresholdMode::Abs,
            [-10.0, -10.0, -9.95, -9.8],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            PlateauMode::Min,
            ThresholdMode::Rel,
            [10.0, 10.0, 9.5, 8.5],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            PlateauMode::Max,
            ThresholdMode::Rel,
            [10.0, 10.0, 10.5, 11.5],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            PlateauMode::Min,
            ThresholdMode::Rel,
            [inf, nan, 1.0, -inf],
            [0.5, 0.25, 0.25, 0.25],
        ),
        (
            PlateauMode::Max,
            ThresholdMode::Rel,
            [-inf, nan, -1.0, inf],
            [0.5, 0.25, 0.25, 0.25],
        ),
        (
            PlateauMode::Min,
            ThresholdMode::Abs,
            [inf, nan, 1.0, -inf],
            [0.5, 0.25, 0.25, 0.25],
        ),
        (
            PlateauMode::Max,
            ThresholdMode::Abs,
            [-inf, nan, -1.0, inf],
            [0.5, 0.25, 0.25, 0.25],
        ),
        (
            PlateauMode::Min,
            ThresholdMode::Rel,
            [-inf, -inf, -inf, 0.0],
            [1.0, 0.5, 0.25, 0.125],
        ),
        (
            PlateauMode::Max,
            ThresholdMode::Rel,
            [inf, inf, inf, 0.0],
            [1.0, 0.5, 0.25, 0.125],
        ),
    ] {
        let found = rates(mode, threshold, &metrics)?;
        assert_eq!(found, expected, "{mode:?} {threshold:?} {metrics:?}");
    }
    Ok(())
}
