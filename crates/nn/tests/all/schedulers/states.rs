//! What schedules save and load: any rate, whole or not at all, before and after the optimizer's own state.

use super::*;

#[test]
fn the_initial_rate_is_in_the_optimizers_state() -> Result<()> {
    let mut optimizer = sgd()?;
    LinearLR::with(
        &mut optimizer,
        LinearLROptions::new().start_factor(0.5).total_iters(4),
    )?;
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
        |o| {
            Ok(Box::new(LinearLR::with(
                o,
                LinearLROptions::new().start_factor(0.1),
            )?))
        },
        |o| {
            Ok(Box::new(ConstantLR::with(
                o,
                ConstantLROptions::new().factor(0.25).total_iters(3),
            )?))
        },
        |o| Ok(Box::new(OneCycleLR::new(o, 0.5, 20)?)),
        |o| Ok(Box::new(CyclicLR::with(o, 0.01, 0.2, 3)?)),
        |o| {
            let first = ConstantLR::with(o, ConstantLROptions::new().factor(0.1).total_iters(2))?;
            let second = ExponentialLR::new(o, 0.9)?;
            Ok(Box::new(ChainedScheduler::new(
                o,
                vec![Box::new(first), Box::new(second)],
            )?))
        },
        |o| {
            let warmup =
                LinearLR::with(o, LinearLROptions::new().start_factor(0.1).total_iters(3))?;
            let decay = CosineAnnealingLR::new(o, 6)?;
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
        LinearLR::with(
            &mut used,
            LinearLROptions::new().start_factor(0.5).total_iters(4),
        )?
        .step(&mut used)?;
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
        check(o, |o| StepLR::with(o, 1, gamma))?;
        check(o, |o| MultiStepLR::with(o, &[1], gamma))?;
        check(o, |o| ExponentialLR::new(o, gamma))?;
        check(o, |o| LambdaLR::new(o, move |_| gamma))?;
        check(o, |o| MultiplicativeLR::new(o, move |_| gamma))?;
        check(o, |o| {
            let exponential = ExponentialLR::new(o, gamma)?;
            let step = StepLR::with(o, 1, 1.0)?;
            ChainedScheduler::new(o, vec![Box::new(exponential), Box::new(step)])
        })?;
        check(o, |o| {
            let exponential = ExponentialLR::new(o, gamma)?;
            let step = StepLR::with(o, 1, 1.0)?;
            SequentialLR::new(o, vec![Box::new(exponential), Box::new(step)], &[3])
        })?;
    }
    for lr in [f64::INFINITY, -1.0, 1e308] {
        check(o, |o| {
            CosineAnnealingWarmRestarts::with(
                o,
                2,
                CosineAnnealingWarmRestartsOptions::new().eta_min(lr.min(1e308)),
            )
        })?;
        check(o, |o| CyclicLR::with(o, 0.1, lr.min(1e308), 1))?;
        check(o, |o| OneCycleLR::new(o, -lr.abs().min(1e308), 9))?;
        check(o, |o| {
            PolynomialLR::with(o, PolynomialLROptions::from(3).power(lr))
        })?;
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
        let first = LinearLR::with(o, LinearLROptions::new().start_factor(0.1))?;
        let second = ExponentialLR::new(o, 0.9)?;
        ChainedScheduler::new(o, vec![Box::new(first), Box::new(second)])
    })?;
    check(|o| {
        let first = LinearLR::with(o, LinearLROptions::new().start_factor(0.1))?;
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
