//! Learning rate schedules against PyTorch's numbers over 40 steps, their states and their complaints.

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
    &FIXTURES
        .get_or_init(|| serde_json::from_str(include_str!("fixtures/schedulers.json")).unwrap())
        [name]
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
    check("step sgd", sgd()?, |o| StepLR::new(o, 3, 0.5));
    check("multistep sgd", sgd()?, |o| {
        MultiStepLR::new(o, &[2, 5, 5, 20], 0.5)
    });
    check("exponential sgd", sgd()?, |o| ExponentialLR::new(o, 0.9));
    check("polynomial sgd", sgd()?, |o| PolynomialLR::new(o, 10, 2.0));
    Ok(())
}

#[test]
fn warmup() -> Result<()> {
    check("constant sgd", sgd()?, |o| ConstantLR::new(o, 0.25, 4));
    check("linear sgd", sgd()?, |o| {
        LinearLR::new(o, 1.0 / 3.0, 1.0, 5)
    });
    check("linear down sgd", sgd()?, |o| {
        LinearLR::new(o, 1.0, 0.1, 12)
    });
    Ok(())
}

#[test]
fn cosine() -> Result<()> {
    check("cosine sgd", sgd()?, |o| CosineAnnealingLR::new(o, 6, 0.01));
    check("cosine odd sgd", sgd()?, |o| {
        CosineAnnealingLR::new(o, 1, 0.0)
    });
    check("restarts sgd", sgd()?, |o| {
        CosineAnnealingWarmRestarts::new(o, 4, 1, 0.0)
    });
    check("restarts mult sgd", sgd()?, |o| {
        CosineAnnealingWarmRestarts::new(o, 3, 2, 0.01)
    });
    Ok(())
}

#[test]
fn one_cycle() -> Result<()> {
    check("one cycle sgd", sgd()?, |o| OneCycleLR::new(o, 0.5, 40));
    check("one cycle adam", adam()?, |o| OneCycleLR::new(o, 0.5, 40));
    check("one cycle linear sgd", sgd()?, |o| {
        let options = OneCycleOptions {
            anneal_strategy: Anneal::Linear,
            pct_start: 0.25,
            base_momentum: [0.7, 0.6].into(),
            max_momentum: 0.9.into(),
            div_factor: 10.0,
            ..Default::default()
        };
        OneCycleLR::with_options(o, [0.5, 0.25], 41, options)
    });
    check("one cycle three sgd", sgd()?, |o| {
        OneCycleLR::with_options(
            o,
            0.5,
            9 * 5,
            OneCycleOptions {
                three_phase: true,
                final_div_factor: 100.0,
                ..Default::default()
            },
        )
    });
    check("one cycle plain sgd", sgd()?, |o| {
        OneCycleLR::with_options(
            o,
            0.5,
            40,
            OneCycleOptions {
                cycle_momentum: false,
                ..Default::default()
            },
        )
    });
    Ok(())
}

#[test]
fn cyclic() -> Result<()> {
    let up = |step_size_up| CyclicOptions {
        step_size_up,
        ..Default::default()
    };
    check("cyclic sgd", sgd()?, |o| CyclicLR::new(o, 0.01, 0.3, 4));
    for name in ["cyclic 2 sgd", "cyclic 2 adam"] {
        let options = CyclicOptions {
            step_size_down: Some(3),
            mode: CyclicMode::Triangular2,
            ..up(4)
        };
        let make =
            |o: &mut dyn Optimizer| CyclicLR::with_options(o, [0.01, 0.02], 0.3, options.clone());
        if name.ends_with("adam") {
            check(name, adam()?, make)
        } else {
            check(name, sgd()?, make)
        }
    }
    check("cyclic exp sgd", sgd()?, |o| {
        CyclicLR::with_options(
            o,
            0.01,
            0.3,
            CyclicOptions {
                mode: CyclicMode::ExpRange,
                gamma: 0.95,
                cycle_momentum: false,
                ..up(5)
            },
        )
    });
    check("cyclic scale sgd", sgd()?, |o| {
        CyclicLR::with_options(
            o,
            0.01,
            0.3,
            CyclicOptions {
                scale_fn: Some(ScaleFn::Cycle(Arc::new(|x| 1.0 / x))),
                ..up(4)
            },
        )
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
        let warmup = LinearLR::new(o, 0.1, 1.0, 5)?;
        let steps = StepLR::new(o, 3, 0.5)?;
        let decay = ExponentialLR::new(o, 0.9)?;
        SequentialLR::new(
            o,
            vec![Box::new(warmup), Box::new(steps), Box::new(decay)],
            &[5, 20],
        )
    });
    check("sequential all sgd", sgd()?, |o| {
        let parts: Vec<Box<dyn LRScheduler>> = vec![
            Box::new(ConstantLR::new(o, 0.5, 2)?),
            Box::new(MultiStepLR::new(o, &[2, 4], 0.1)?),
            Box::new(PolynomialLR::new(o, 4, 2.0)?),
            Box::new(CosineAnnealingLR::new(o, 5, 0.001)?),
            Box::new(LambdaLR::new(o, |t| 0.9f64.powi(t as i32))?),
            Box::new(MultiplicativeLR::new(o, |_| 0.8)?),
            Box::new(CosineAnnealingWarmRestarts::new(o, 3, 2, 0.0)?),
            Box::new(ConstantLR::new(o, 0.25, 3)?),
            Box::new(LinearLR::new(o, 0.5, 1.0, 3)?),
        ];
        SequentialLR::new(o, parts, &[4, 8, 13, 19, 23, 27, 33, 37])
    });
    check("chained sgd", sgd()?, |o| {
        let first = ConstantLR::new(o, 0.1, 4)?;
        let second = ExponentialLR::new(o, 0.9)?;
        let third = CosineAnnealingLR::new(o, 10, 0.0)?;
        ChainedScheduler::new(o, vec![Box::new(first), Box::new(second), Box::new(third)])
    });
    Ok(())
}

#[test]
fn plateau() -> Result<()> {
    let rel = PlateauOptions {
        factor: 0.5,
        patience: 2,
        cooldown: 1,
        min_lr: [0.001, 0.01].into(),
        ..Default::default()
    };
    let abs = PlateauOptions {
        mode: Mode::Max,
        factor: 0.5,
        patience: 1,
        threshold: 0.05,
        threshold_mode: ThresholdMode::Abs,
        ..Default::default()
    };
    for (name, options) in [("plateau sgd", rel), ("plateau abs sgd", abs)] {
        let mut optimizer = sgd()?;
        let mut scheduler = ReduceLROnPlateau::with_options(&mut optimizer, options.clone())?;
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
fn the_initial_rate_is_in_the_optimizers_state() -> Result<()> {
    let mut optimizer = sgd()?;
    LinearLR::new(&mut optimizer, 0.5, 1.0, 4)?;
    let state = optimizer.state_dict()?;
    assert_eq!(
        (
            &state.param_groups[0].options["initial_lr"],
            &state.param_groups[0].options["lr"]
        ),
        (&0.1.into(), &0.05.into())
    );
    let mut other = sgd()?;
    other.load_state_dict(&state)?;
    assert_eq!(other.param_groups()[0].initial_lr(), Some(0.1));
    Ok(())
}

#[track_caller]
fn refused<T>(result: Result<T>, text: &str) {
    match result {
        Ok(_) => panic!("no error, expected {text:?}"),
        Err(e) => assert!(
            e.to_string().contains(text) && e.location().file().ends_with("schedulers.rs"),
            "{e}\nexpected {text:?}"
        ),
    }
}

#[test]
fn settings_that_make_no_sense_are_refused() -> Result<()> {
    let o: &mut dyn Optimizer = &mut sgd()?;
    refused(
        StepLR::new(o, 0, 0.1),
        "StepLR: Expected positive integer step_size, but got 0",
    );
    refused(
        ConstantLR::new(o, 1.5, 4),
        "Constant multiplicative factor expected to be between 0 and 1, got 1.5",
    );
    refused(
        LinearLR::new(o, 0.0, 1.0, 4),
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1",
    );
    refused(
        LinearLR::new(o, 0.5, f64::NAN, 4),
        "Ending multiplicative factor expected to be between 0 and 1, got NaN",
    );
    refused(
        CosineAnnealingLR::new(o, 0, 0.0),
        "Expected positive integer T_max, but got 0",
    );
    refused(
        CosineAnnealingWarmRestarts::new(o, 0, 1, 0.0),
        "Expected positive integer T_0, but got 0",
    );
    refused(
        CosineAnnealingWarmRestarts::new(o, 1, 0, 0.0),
        "Expected integer T_mult >= 1, but got 0",
    );
    refused(
        OneCycleLR::new(o, 0.1, 0),
        "Expected positive integer total_steps, but got 0",
    );
    refused(
        OneCycleLR::new(o, [0.1, 0.2, 0.3], 9),
        "max_lr must have the same length as optimizer.param_groups. max_lr has 3 values, param_groups has 2.",
    );
    let late = OneCycleOptions {
        pct_start: 1.5,
        ..Default::default()
    };
    refused(
        OneCycleLR::with_options(o, 0.1, 9, late),
        "Expected float between 0 and 1 pct_start, but got 1.5",
    );
    refused(
        CyclicLR::new(o, 0.1, 0.2, 0),
        "Expected positive step_size_up and step_size_down, but got 0 and 0",
    );
    refused(
        LambdaLR::per_group(o, vec![Arc::new(|_| 1.0)]),
        "Expected 2 lr_lambdas, but got 1",
    );
    refused(
        ReduceLROnPlateau::with_options(
            o,
            PlateauOptions {
                factor: 1.0,
                ..Default::default()
            },
        ),
        "Factor should be < 1.0",
    );
    refused(
        SequentialLR::new(o, vec![], &[]),
        "expects at least one scheduler, but got no scheduler",
    );
    let step = StepLR::new(o, 1, 0.1)?;
    refused(
        SequentialLR::new(o, vec![Box::new(step)], &[3]),
        "number of schedulers 1 and the number of milestones to be equal to 1",
    );
    refused(
        LambdaLR::new(o, |_| f64::NAN),
        "SGD: Invalid learning rate or momentum: NaN",
    );
    let mut adagrad = Adagrad::new([Parameter::new(Tensor::ones([1], ())?)?], 0.1)?;
    refused(
        OneCycleLR::new(&mut adagrad, 0.1, 9),
        "must support momentum or beta1 with `cycle_momentum` option enabled; Adagrad",
    );
    Ok(())
}

#[test]
fn a_schedule_ends_and_knows_its_groups() -> Result<()> {
    let mut optimizer = sgd()?;
    let mut scheduler = OneCycleLR::new(&mut optimizer, 0.1, 2)?;
    scheduler.step(&mut optimizer)?;
    scheduler.step(&mut optimizer)?;
    refused(
        scheduler.step(&mut optimizer),
        "Tried to step 3 times. The specified number of total steps is 2",
    );
    let mut scheduler = StepLR::new(&mut optimizer, 2, 0.1)?;
    let step = scheduler.state_dict()?;
    optimizer.add_param_group([Parameter::new(tensor!([1.0]))?], SGDOptions::new(0.1))?;
    refused(
        scheduler.step(&mut optimizer),
        "StepLR: made for 2 parameter groups, but the optimizer has 3",
    );
    let mut exponential = ExponentialLR::new(&mut optimizer, 0.5)?;
    refused(
        exponential.load_state_dict(&step),
        "ExponentialLR.load_state_dict: the state is of 2 parameter groups, the scheduler of 3",
    );
    let mut cosine = CosineAnnealingLR::new(&mut optimizer, 5, 0.0)?;
    refused(
        cosine.load_state_dict(&step),
        "not the state of a CosineAnnealingLR: missing field `T_max`",
    );
    Ok(())
}
