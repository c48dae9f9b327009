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

/// A schedule made over restored rates whose own state is not loaded starts from the initial rates, at its first step.
#[test]
fn a_new_schedule_over_restored_rates_starts_from_the_initial_ones() -> Result<()> {
    type Make = fn(&mut dyn Optimizer) -> Result<Box<dyn LRScheduler>>;
    let makes: [Make; 6] = [
        |o| Ok(Box::new(LinearLR::new(o, 0.1, 1.0, 5)?)),
        |o| Ok(Box::new(ConstantLR::new(o, 0.25, 3)?)),
        |o| Ok(Box::new(OneCycleLR::new(o, 0.5, 20)?)),
        |o| Ok(Box::new(CyclicLR::new(o, 0.01, 0.2, 3)?)),
        |o| {
            let first = ConstantLR::new(o, 0.1, 2)?;
            let second = ExponentialLR::new(o, 0.9)?;
            Ok(Box::new(ChainedScheduler::new(
                o,
                vec![Box::new(first), Box::new(second)],
            )?))
        },
        |o| {
            let warmup = LinearLR::new(o, 0.1, 1.0, 3)?;
            let decay = CosineAnnealingLR::new(o, 6, 0.0)?;
            Ok(Box::new(SequentialLR::new(
                o,
                vec![Box::new(warmup), Box::new(decay)],
                &[3],
            )?))
        },
    ];
    for (i, make) in makes.into_iter().enumerate() {
        let mut fresh = sgd()?;
        let mut expected = make(&mut fresh)?;
        let mut used = sgd()?;
        LinearLR::new(&mut used, 0.5, 1.0, 4)?.step(&mut used)?;
        let mut resumed = sgd()?;
        resumed.load_state_dict(&used.state_dict()?)?;
        let mut scheduler = make(&mut resumed)?;
        assert_eq!(
            scheduler.last_lr(),
            [resumed.rates(0)?.lr, resumed.rates(1)?.lr]
        );
        assert_eq!(resumed.rates(0)?.lr, used.rates(0)?.lr, "schedule {i}");
        for t in 1..12 {
            expected.step(&mut fresh)?;
            scheduler.step(&mut resumed)?;
            for group in 0..2 {
                let (a, b) = (fresh.rates(group)?, resumed.rates(group)?);
                assert!(
                    (a.lr - b.lr).abs() < 1e-12 && a.momentum == b.momentum,
                    "schedule {i}, step {t}: {b:?}, {a:?} is right"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn plateaus_of_negative_values_are_plateaus() -> Result<()> {
    let rates = |mode, threshold_mode, metrics: &[f64]| -> Result<Vec<f64>> {
        let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 1.0)?;
        let options = PlateauOptions {
            mode,
            threshold_mode,
            threshold: 0.1,
            factor: 0.5,
            patience: 0,
            ..Default::default()
        };
        let mut scheduler = ReduceLROnPlateau::with_options(&mut optimizer, options)?;
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
            Mode::Min,
            ThresholdMode::Rel,
            [-10.0, -10.0, -10.5, -11.5],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            Mode::Max,
            ThresholdMode::Rel,
            [-10.0, -10.0, -9.5, -8.5],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            Mode::Min,
            ThresholdMode::Abs,
            [-10.0, -10.0, -10.05, -10.2],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            Mode::Max,
            ThresholdMode::Abs,
            [-10.0, -10.0, -9.95, -9.8],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            Mode::Min,
            ThresholdMode::Rel,
            [10.0, 10.0, 9.5, 8.5],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            Mode::Max,
            ThresholdMode::Rel,
            [10.0, 10.0, 10.5, 11.5],
            [1.0, 0.5, 0.25, 0.25],
        ),
        (
            Mode::Min,
            ThresholdMode::Rel,
            [inf, nan, 1.0, -inf],
            [0.5, 0.25, 0.25, 0.25],
        ),
        (
            Mode::Max,
            ThresholdMode::Rel,
            [-inf, nan, -1.0, inf],
            [0.5, 0.25, 0.25, 0.25],
        ),
        (
            Mode::Min,
            ThresholdMode::Abs,
            [inf, nan, 1.0, -inf],
            [0.5, 0.25, 0.25, 0.25],
        ),
        (
            Mode::Max,
            ThresholdMode::Abs,
            [-inf, nan, -1.0, inf],
            [0.5, 0.25, 0.25, 0.25],
        ),
        (
            Mode::Min,
            ThresholdMode::Rel,
            [-inf, -inf, -inf, 0.0],
            [1.0, 0.5, 0.25, 0.125],
        ),
        (
            Mode::Max,
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

/// Every number that a schedule can hold comes back from JSON bit for bit.
#[test]
fn states_with_any_number_can_be_loaded() -> Result<()> {
    let mut optimizer = sgd()?;
    let o = &mut optimizer;
    for metric in [f64::NEG_INFINITY, -0.0, 5e-324, 1e308, 0.1 + 0.2] {
        let mut scheduler = ReduceLROnPlateau::new(o)?;
        scheduler.step(o, metric)?;
        let text = scheduler.state_dict()?.to_string();
        let mut other = ReduceLROnPlateau::new(o)?;
        other.load_state_dict(&serde_json::from_str(&text).unwrap())?;
        assert_eq!(
            other.best().map(f64::to_bits),
            Some(metric.to_bits()),
            "{text}"
        );
    }
    fn check<S: LRScheduler>(
        o: &mut SGD,
        make: impl Fn(&mut dyn Optimizer) -> Result<S>,
    ) -> Result<()> {
        let mut scheduler = make(o)?;
        scheduler.step(o)?;
        let state = scheduler.state_dict()?;
        let mut other = make(o)?;
        other.load_state_dict(&serde_json::from_str(&state.to_string()).unwrap())?;
        assert_eq!(other.state_dict()?, state, "{}", scheduler.name());
        let bits = |rates: &[f64]| rates.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(other.last_lr()), bits(scheduler.last_lr()));
        for group in 0..2 {
            o.set_rates(
                group,
                Rates {
                    lr: 0.1,
                    initial_lr: None,
                    momentum: Some(0.9),
                },
            )?;
        }
        Ok(())
    }
    for gamma in [f64::INFINITY, -2.0, 5e-324] {
        check(o, |o| StepLR::new(o, 1, gamma))?;
        check(o, |o| MultiStepLR::new(o, &[1], gamma))?;
        check(o, |o| ExponentialLR::new(o, gamma))?;
        check(o, |o| LambdaLR::new(o, move |_| gamma))?;
        check(o, |o| MultiplicativeLR::new(o, move |_| gamma))?;
        check(o, |o| {
            let exponential = ExponentialLR::new(o, gamma)?;
            let step = StepLR::new(o, 1, 1.0)?;
            ChainedScheduler::new(o, vec![Box::new(exponential), Box::new(step)])
        })?;
        check(o, |o| {
            let exponential = ExponentialLR::new(o, gamma)?;
            let step = StepLR::new(o, 1, 1.0)?;
            SequentialLR::new(o, vec![Box::new(exponential), Box::new(step)], &[3])
        })?;
    }
    for lr in [f64::INFINITY, -1.0, 1e308] {
        check(o, |o| {
            CosineAnnealingWarmRestarts::new(o, 2, 1, lr.min(1e308))
        })?;
        check(o, |o| CyclicLR::new(o, 0.1, lr.min(1e308), 1))?;
        check(o, |o| OneCycleLR::new(o, -lr.abs().min(1e308), 9))?;
        check(o, |o| PolynomialLR::new(o, 3, lr))?;
    }
    Ok(())
}

/// A sequence or chain whose last member does not take its state leaves the first as it was.
#[test]
fn a_failed_load_changes_no_member() -> Result<()> {
    fn check<S: LRScheduler>(make: impl Fn(&mut dyn Optimizer) -> Result<S>) -> Result<()> {
        let mut optimizer = sgd()?;
        let mut scheduler = make(&mut optimizer)?;
        let before = scheduler.state_dict()?;
        scheduler.step(&mut optimizer)?;
        let good = scheduler.state_dict()?;
        scheduler.load_state_dict(&before)?;
        let refused = |scheduler: &mut S, change: &dyn Fn(&mut serde_json::Value)| {
            let mut state = good.clone();
            change(&mut state);
            assert_ne!(state, good);
            let e = scheduler.load_state_dict(&state).unwrap_err();
            assert_eq!(scheduler.state_dict().unwrap(), before, "{e}");
        };
        refused(&mut scheduler, &|state| {
            state["_schedulers"][1]["gamma"] = "half".into()
        });
        refused(&mut scheduler, &|state| {
            state["_schedulers"][1] = good["_schedulers"][0].clone()
        });
        refused(&mut scheduler, &|state| {
            state["_schedulers"][1]["base_lrs"] = vec![0.1].into()
        });
        refused(&mut scheduler, &|state| {
            state["_schedulers"] = serde_json::json!([])
        });
        refused(&mut scheduler, &|state| {
            state["_last_lr"] = vec![0.1].into()
        });
        refused(&mut scheduler, &|state| *state = serde_json::json!({}));
        scheduler.load_state_dict(&good)?;
        assert_eq!(scheduler.state_dict()?, good);
        Ok(())
    }
    check(|o| {
        let first = LinearLR::new(o, 0.1, 1.0, 5)?;
        let second = ExponentialLR::new(o, 0.9)?;
        ChainedScheduler::new(o, vec![Box::new(first), Box::new(second)])
    })?;
    check(|o| {
        let first = LinearLR::new(o, 0.1, 1.0, 5)?;
        let second = ExponentialLR::new(o, 0.9)?;
        SequentialLR::new(o, vec![Box::new(first), Box::new(second)], &[7])
    })?;
    // A plateau is no member, but its state is loaded whole or not at all as well.
    let mut optimizer = sgd()?;
    let mut plateau = ReduceLROnPlateau::new(&mut optimizer)?;
    let before = plateau.state_dict()?;
    for (key, value) in [
        ("factor", serde_json::json!(1.5)),
        ("min_lrs", serde_json::json!([0.0])),
        ("_last_lr", serde_json::json!([0.0, 0.0, 0.0])),
        ("best", serde_json::json!("good")),
    ] {
        let mut state = before.clone();
        state[key] = value;
        plateau.load_state_dict(&state).unwrap_err();
        assert_eq!(plateau.state_dict()?, before);
    }
    Ok(())
}

/// A schedule that gives one group no number changes none.
#[test]
fn a_step_that_fails_changes_no_group() -> Result<()> {
    let mut optimizer = sgd()?;
    let functions: Vec<LrLambda> = vec![
        Arc::new(|_| 0.5),
        Arc::new(|epoch| if epoch == 0 { 0.5 } else { f64::NAN }),
    ];
    let mut scheduler = MultiplicativeLR::per_group(&mut optimizer, functions)?;
    refused(
        scheduler.step(&mut optimizer),
        "SGD: Invalid learning rate or momentum: NaN",
    );
    assert_eq!((optimizer.rates(0)?.lr, scheduler.last_epoch()), (0.1, 0));
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

/// Rates of any size stay between the base rate and the lowest: no difference of the two is formed that is out of range, or doubled.
#[test]
fn a_lowest_rate_may_be_very_large() -> Result<()> {
    for eta_min in [1e308, f64::MAX] {
        let mut optimizer = sgd()?;
        let base = optimizer.rates(0)?.lr;
        let mut scheduler = CosineAnnealingWarmRestarts::new(&mut optimizer, 4, 1, eta_min)?;
        for part in [1.0 - 0.5f64.sqrt(), 1.0, 1.0 + 0.5f64.sqrt(), 0.0] {
            scheduler.step(&mut optimizer)?;
            let lr = optimizer.rates(0)?.lr;
            let right = base + (0.5 * eta_min - 0.5 * base) * part;
            assert!(
                (lr - right).abs() <= 1e-12 * eta_min.abs(),
                "{lr}, not {right}"
            );
        }
    }
    Ok(())
}
