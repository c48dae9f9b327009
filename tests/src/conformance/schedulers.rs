//! The table from PyTorch's learning rate schedules to ours, and the rates of each.

use super::args::{Answer, Args, NAMED, unsupported};
use super::folder::{File, SchedulerCase};
use super::tolerance::Tolerance;
use super::value::Value;
use super::{Outcome, Settings, Trouble, placed};
use rushlight::lr_scheduler::*;
use rushlight::optim::{Optimizer, SGD, SGDOptions};
use rushlight::{Result, Tensor, nn::Parameter};
use std::str::FromStr;

/// One scheduler.
pub struct Row {
    /// PyTorch's name.
    pub name: &'static str,
    /// Ours.
    pub rust: &'static str,
    make: fn(&mut dyn Optimizer, &Args) -> Answer<Running>,
}

/// A scheduler at work.
enum Running {
    Epochs(Box<dyn LRScheduler>),
    Plateau(ReduceLROnPlateau),
}

/// Rows as `"PyTorch's name" = "ours": |optimizer, args| call;`.
macro_rules! rows {
    ($($name:literal = $rust:literal: |$o:ident, $a:ident| $call:expr;)*) => {
        &[$(Row { name: $name, rust: $rust, make: |$o, $a| $call }),*]
    };
}

/// Every scheduler.
#[rustfmt::skip]
pub const ROWS: &[Row] = rows! {
    "ChainedScheduler" = "lr_scheduler::ChainedScheduler": |_o, _a| unsupported("a case has no list of schedulers");
    "ConstantLR" = "lr_scheduler::ConstantLR": |o, a| {
        let options = ConstantLROptions::new().factor(a.float_or(NAMED, "factor", 1.0 / 3.0)?);
        epochs(ConstantLR::with(o, options.total_iters(a.steps_or("total_iters", 5)?)))
    };
    "CosineAnnealingLR" = "lr_scheduler::CosineAnnealingLR": |o, a|
        epochs(CosineAnnealingLR::with(o, a.steps("T_max")?, a.float_or(NAMED, "eta_min", 0.0)?));
    "CosineAnnealingWarmRestarts" = "lr_scheduler::CosineAnnealingWarmRestarts": |o, a| {
        let options = CosineAnnealingWarmRestartsOptions::new().t_mult(a.steps_or("T_mult", 1)?);
        epochs(CosineAnnealingWarmRestarts::with(o, a.steps("T_0")?, options.eta_min(a.float_or(NAMED, "eta_min", 0.0)?)))
    };
    "CyclicLR" = "lr_scheduler::CyclicLR": |o, a|
        epochs(CyclicLR::with(o, a.per_group("base_lr")?, a.per_group("max_lr")?, cyclic(a)?));
    "ExponentialLR" = "lr_scheduler::ExponentialLR": |o, a|
        epochs(ExponentialLR::new(o, a.float(NAMED, "gamma")?));
    "LambdaLR" = "lr_scheduler::LambdaLR": |_o, _a| unsupported("a case has no functions");
    "LinearLR" = "lr_scheduler::LinearLR": |o, a| {
        let options = LinearLROptions::new()
            .start_factor(a.float_or(NAMED, "start_factor", 1.0 / 3.0)?)
            .end_factor(a.float_or(NAMED, "end_factor", 1.0)?);
        epochs(LinearLR::with(o, options.total_iters(a.steps_or("total_iters", 5)?)))
    };
    "MultiStepLR" = "lr_scheduler::MultiStepLR": |o, a|
        epochs(MultiStepLR::with(o, &a.steps_list("milestones")?, a.float_or(NAMED, "gamma", 0.1)?));
    "MultiplicativeLR" = "lr_scheduler::MultiplicativeLR": |_o, _a| unsupported("a case has no functions");
    "OneCycleLR" = "lr_scheduler::OneCycleLR": |o, a|
        epochs(OneCycleLR::with(o, a.per_group("max_lr")?, total_steps(a)?, one_cycle(a)?));
    "PolynomialLR" = "lr_scheduler::PolynomialLR": |o, a| {
        let options = PolynomialLROptions::from(a.steps_or("total_iters", 5)?);
        epochs(PolynomialLR::with(o, options.power(a.float_or(NAMED, "power", 1.0)?)))
    };
    "ReduceLROnPlateau" = "lr_scheduler::ReduceLROnPlateau": |o, a|
        Ok(Running::Plateau(ReduceLROnPlateau::with(o, plateau(a)?)?));
    "SequentialLR" = "lr_scheduler::SequentialLR": |_o, _a| unsupported("a case has no list of schedulers");
    "StepLR" = "lr_scheduler::StepLR": |o, a|
        epochs(StepLR::with(o, a.steps("step_size")?, a.float_or(NAMED, "gamma", 0.1)?));
};

/// The row of a scheduler.
pub fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

fn epochs(scheduler: Result<impl LRScheduler + 'static>) -> Answer<Running> {
    Ok(Running::Epochs(Box::new(scheduler?)))
}

fn cyclic(a: &Args) -> Answer<CyclicLROptions> {
    let defaults = CyclicLROptions::default();
    Ok(CyclicLROptions {
        step_size_up: a.steps_or("step_size_up", defaults.step_size_up)?,
        step_size_down: match a.get(NAMED, "step_size_down") {
            None => None,
            Some(_) => Some(a.steps("step_size_down")?),
        },
        mode: named(a, "mode", defaults.mode)?,
        gamma: a.float_or(NAMED, "gamma", defaults.gamma)?,
        scale_fn: None,
        cycle_momentum: a.flag(NAMED, "cycle_momentum", defaults.cycle_momentum)?,
        base_momentum: a.per_group_or("base_momentum", defaults.base_momentum)?,
        max_momentum: a.per_group_or("max_momentum", defaults.max_momentum)?,
    })
}

/// A setting by PyTorch's name.
fn named<T: FromStr>(a: &Args, name: &str, default: T) -> Answer<T> {
    match a.maybe_word(NAMED, name) {
        None => Ok(default),
        Some(word) => word
            .parse()
            .or_else(|_| unsupported(format!("{name} {word}"))),
    }
}

fn total_steps(a: &Args) -> Answer<u64> {
    match a.get(NAMED, "total_steps") {
        Some(_) => a.steps("total_steps"),
        None => Ok(a.steps("epochs")? * a.steps("steps_per_epoch")?),
    }
}

fn one_cycle(a: &Args) -> Answer<OneCycleLROptions> {
    let defaults = OneCycleLROptions::default();
    Ok(OneCycleLROptions {
        pct_start: a.float_or(NAMED, "pct_start", defaults.pct_start)?,
        anneal_strategy: named(a, "anneal_strategy", defaults.anneal_strategy)?,
        cycle_momentum: a.flag(NAMED, "cycle_momentum", defaults.cycle_momentum)?,
        base_momentum: a.per_group_or("base_momentum", defaults.base_momentum)?,
        max_momentum: a.per_group_or("max_momentum", defaults.max_momentum)?,
        div_factor: a.float_or(NAMED, "div_factor", defaults.div_factor)?,
        final_div_factor: a.float_or(NAMED, "final_div_factor", defaults.final_div_factor)?,
        three_phase: a.flag(NAMED, "three_phase", defaults.three_phase)?,
    })
}

fn plateau(a: &Args) -> Answer<ReduceLROnPlateauOptions> {
    let defaults = ReduceLROnPlateauOptions::default();
    Ok(ReduceLROnPlateauOptions {
        mode: named(a, "mode", defaults.mode)?,
        factor: a.float_or(NAMED, "factor", defaults.factor)?,
        patience: a.steps_or("patience", defaults.patience)?,
        threshold: a.float_or(NAMED, "threshold", defaults.threshold)?,
        threshold_mode: named(a, "threshold_mode", defaults.threshold_mode)?,
        cooldown: a.steps_or("cooldown", defaults.cooldown)?,
        min_lr: a.per_group_or("min_lr", defaults.min_lr)?,
        eps: a.float_or(NAMED, "eps", defaults.eps)?,
    })
}

/// What schedules take by name: counts of epochs, and numbers for all groups or each.
trait ScheduleArgs {
    fn steps(&self, name: &'static str) -> Answer<u64>;
    fn steps_or(&self, name: &'static str, default: u64) -> Answer<u64>;
    fn steps_list(&self, name: &'static str) -> Answer<Vec<u64>>;
    fn per_group(&self, name: &str) -> Answer<PerGroup>;
    fn per_group_or(&self, name: &str, default: PerGroup) -> Answer<PerGroup>;
}

impl ScheduleArgs for Args {
    fn steps(&self, name: &'static str) -> Answer<u64> {
        Ok(self.size(NAMED, name)? as u64)
    }

    fn steps_or(&self, name: &'static str, default: u64) -> Answer<u64> {
        Ok(self.size_or(NAMED, name, default as usize)? as u64)
    }

    fn steps_list(&self, name: &'static str) -> Answer<Vec<u64>> {
        let counts = self.sizes(NAMED, name)?;
        Ok(counts.into_iter().map(|n| n as u64).collect())
    }

    fn per_group(&self, name: &str) -> Answer<PerGroup> {
        match self.get(NAMED, name) {
            Some(Value::List(_) | Value::Tuple(_)) => Ok(self.floats(NAMED, name)?.into()),
            _ => Ok(self.float(NAMED, name)?.into()),
        }
    }

    fn per_group_or(&self, name: &str, default: PerGroup) -> Answer<PerGroup> {
        match self.get(NAMED, name) {
            None => Ok(default),
            Some(_) => self.per_group(name),
        }
    }
}

/// Makes the schedule on SGD with the base rate and momentum, steps it, and compares before the first step and after each.
pub(super) fn run(case: &SchedulerCase, file: &File, settings: &Settings) -> Outcome {
    let Some(row) = find(&case.scheduler) else {
        return Err(Trouble::Unsupported("there is no such scheduler".into()));
    };
    let param = Parameter::new(Tensor::zeros(1, &settings.device)?)?;
    let options = SGDOptions::new(case.base_lr).momentum(case.base_momentum);
    let mut optimizer = SGD::new([param], options)?;
    let args = placed::args(&[], &case.kwargs, file, settings)?;
    let scheduler = (row.make)(&mut optimizer, &args);
    if args.int_or(NAMED, "last_epoch", -1)? != -1 {
        return Err(Trouble::Unsupported("last_epoch".into()));
    }
    if let Some(argument) = args.unread() {
        return Err(Trouble::Unsupported(format!(
            "{argument} is not translated"
        )));
    }
    let mut scheduler = scheduler?;
    let mut worst: f64 = 0.0;
    for (epoch, lr) in case.lrs.iter().enumerate() {
        if epoch > 0 {
            optimizer.step()?;
            match &mut scheduler {
                Running::Epochs(scheduler) => scheduler.step(&mut optimizer)?,
                Running::Plateau(scheduler) => {
                    let metric = metric(case, epoch - 1)?;
                    scheduler.step(&mut optimizer, metric)?;
                }
            }
        }
        let rates = optimizer.rates(0)?;
        let mut error = Tolerance::SCHEDULE.error(rates.lr, *lr);
        if let Some(Some(momentum)) = case.momenta.get(epoch) {
            let got = rates.momentum.unwrap_or(f64::NAN);
            error = error.max(Tolerance::SCHEDULE.error(got, *momentum));
        }
        if error > 1.0 {
            return Err(format!(
                "epoch {epoch}: {rates:?}, expected {lr} and {:?}",
                case.momenta.get(epoch)
            )
            .into());
        }
        worst = worst.max(error);
    }
    Ok(worst)
}

/// What ReduceLROnPlateau is shown at an epoch.
fn metric(case: &SchedulerCase, epoch: usize) -> std::result::Result<f64, String> {
    let json = case
        .metrics
        .get(epoch)
        .ok_or_else(|| format!("no metric for epoch {epoch}"))?;
    match Value::read(json, &mut |key| Err(format!("no tensor {key}")))? {
        Value::Float(x) => Ok(x),
        Value::Int(i) => Ok(i as f64),
        other => Err(format!("a metric is {}", other.kind())),
    }
}
