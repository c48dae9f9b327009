//! Settings, ends and steps that a schedule refuses, and what it leaves unchanged then.

use super::*;

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
            e.to_string().contains(text) && e.location().file().ends_with("refusals.rs"),
            "{e}\nexpected {text:?}"
        ),
    }
}

#[test]
fn settings_that_make_no_sense_are_refused() -> Result<()> {
    let o: &mut dyn Optimizer = &mut sgd()?;
    refused(
        StepLR::new(o, 0),
        "StepLR: Expected positive integer step_size, but got 0",
    );
    refused(
        ConstantLR::with(o, ConstantLROptions::new().factor(1.5).total_iters(4)),
        "Constant multiplicative factor expected to be between 0 and 1, got 1.5",
    );
    refused(
        LinearLR::with(o, LinearLROptions::new().start_factor(0.0).total_iters(4)),
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1",
    );
    refused(
        LinearLR::with(
            o,
            LinearLROptions::new()
                .start_factor(0.5)
                .end_factor(f64::NAN)
                .total_iters(4),
        ),
        "Ending multiplicative factor expected to be between 0 and 1, got NaN",
    );
    refused(
        CosineAnnealingLR::new(o, 0),
        "Expected positive integer T_max, but got 0",
    );
    refused(
        CosineAnnealingWarmRestarts::new(o, 0),
        "Expected positive integer T_0, but got 0",
    );
    refused(
        CosineAnnealingWarmRestarts::with(o, 1, 0),
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
    let late = OneCycleLROptions::new().pct_start(1.5);
    refused(
        OneCycleLR::with(o, 0.1, 9, late),
        "Expected float between 0 and 1 pct_start, but got 1.5",
    );
    refused(
        CyclicLR::with(o, 0.1, 0.2, 0),
        "Expected positive step_size_up and step_size_down, but got 0 and 0",
    );
    refused(
        LambdaLR::per_group(o, vec![Arc::new(|_| 1.0)]),
        "Expected 2 lr_lambdas, but got 1",
    );
    refused(
        ReduceLROnPlateau::with(o, ReduceLROnPlateauOptions::new().factor(1.0)),
        "Factor should be < 1.0",
    );
    refused(
        SequentialLR::new(o, vec![], &[]),
        "expects at least one scheduler, but got no scheduler",
    );
    let step = StepLR::new(o, 1)?;
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
    let mut scheduler = StepLR::new(&mut optimizer, 2)?;
    let step = scheduler.state_dict()?;
    optimizer.add_param_group([Parameter::new(tensor!([1.0]))?], SGDOptions::new(0.1))?;
    refused(
        scheduler.step(&mut optimizer),
        "StepLR: the scheduler was made for 2 parameter groups, but the optimizer has 3",
    );
    let mut exponential = ExponentialLR::new(&mut optimizer, 0.5)?;
    refused(
        exponential.load_state_dict(&step),
        "ExponentialLR.load_state_dict: the state has 2 parameter groups, but the scheduler has 3",
    );
    let mut cosine = CosineAnnealingLR::new(&mut optimizer, 5)?;
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
        let mut scheduler = CosineAnnealingWarmRestarts::with(
            &mut optimizer,
            4,
            CosineAnnealingWarmRestartsOptions::new().eta_min(eta_min),
        )?;
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
