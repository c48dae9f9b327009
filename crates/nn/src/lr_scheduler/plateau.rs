//! A schedule that reduces the rate when a measurement stops improving.

use super::per_group::PerGroup;
use super::schedule::{check_groups, check_saved_groups, rates_of, read_state, write_state};
use crate::optim::{Optimizer, Rates};
use rushlight_tensor::{Error, Result, named_enum, options};
use serde::{Deserialize, Serialize};
use serde_json::Value;

named_enum! {
    /// Whether a lower or a higher measurement is better.
    PlateauMode {
        /// Lower is better, as for a loss.
        #[default]
        Min = "min",
        /// Higher is better, as for an accuracy.
        Max = "max",
    }
}

named_enum! {
    /// Whether the threshold for an improvement is relative or absolute.
    ThresholdMode {
        /// Relative: an improvement is better than `best ± threshold |best|`.
        #[default]
        Rel = "rel",
        /// Absolute: an improvement is better than `best ± threshold`.
        Abs = "abs",
    }
}

options! {
    /// Options of a [`ReduceLROnPlateau`].
    ReduceLROnPlateauOptions from(mode: PlateauMode) {
        /// Whether a lower or a higher measurement is better; by default lower.
        mode: PlateauMode = PlateauMode::Min,
        /// The factor of the rate, below 1; by default 0.1.
        factor: f64 = 0.1,
        /// The number of epochs without improvement that do not reduce the rate; by default 10.
        patience: u64 = 10,
        /// The smallest difference that counts as an improvement; by default 1e-4.
        threshold: f64 = 1e-4,
        /// Whether the threshold is relative or absolute; by default relative.
        threshold_mode: ThresholdMode = ThresholdMode::Rel,
        /// The number of epochs after a reduction that count as improvements whatever the measurement; by default 0.
        cooldown: u64 = 0,
        /// The lower bound of the rate; by default 0.
        min_lr(into): PerGroup = 0.0.into(),
        /// A reduction by at most this much is not applied; by default 1e-8.
        eps: f64 = 1e-8,
    }
}

/// Multiplies the rate by a factor when a measurement has not improved for a while. PyTorch: `lr_scheduler.ReduceLROnPlateau`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{ReduceLROnPlateau, ReduceLROnPlateauOptions}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
///
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let options = ReduceLROnPlateauOptions::new().patience(1);
/// let mut scheduler = ReduceLROnPlateau::with(&mut optimizer, options)?;
/// for loss in [1.0, 0.5, 0.5, 0.5] {
///     scheduler.step(&mut optimizer, loss)?;
/// }
/// assert!((optimizer.lr() - 0.01).abs() < 1e-12);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct ReduceLROnPlateau {
    state: State,
}

#[derive(Serialize, Deserialize)]
struct State {
    #[serde(with = "rushlight_tensor::options")]
    mode: PlateauMode,
    #[serde(with = "rushlight_files::numbers")]
    factor: f64,
    patience: u64,
    #[serde(with = "rushlight_files::numbers")]
    threshold: f64,
    #[serde(with = "rushlight_tensor::options")]
    threshold_mode: ThresholdMode,
    cooldown: u64,
    #[serde(with = "rushlight_files::numbers")]
    min_lrs: Vec<f64>,
    #[serde(with = "rushlight_files::numbers")]
    eps: f64,
    last_epoch: u64,
    /// The best measurement, if there was one.
    #[serde(default, with = "rushlight_files::numbers")]
    best: Option<f64>,
    num_bad_epochs: u64,
    cooldown_counter: u64,
    #[serde(rename = "_last_lr", with = "rushlight_files::numbers")]
    last_lr: Vec<f64>,
}

const NAME: &str = "ReduceLROnPlateau";

impl ReduceLROnPlateau {
    /// Creates a scheduler with PyTorch's defaults, which multiplies the rate by 0.1 when a loss has not improved for more than 10 epochs.
    ///
    /// # Errors
    /// If the optimizer's rates cannot be read.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer) -> Result<Self> {
        ReduceLROnPlateau::with(optimizer, ())
    }

    /// Creates a scheduler with options, or with a mode.
    ///
    /// # Errors
    /// If `factor` is 1 or more, or if `min_lr` does not have one number for each group.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        options: impl Into<ReduceLROnPlateauOptions>,
    ) -> Result<Self> {
        let ReduceLROnPlateauOptions {
            mode,
            factor,
            patience,
            threshold,
            threshold_mode,
            cooldown,
            min_lr,
            eps,
        } = options.into();
        check_factor(factor)?;
        let min_lrs = min_lr.of(NAME, "min_lr", optimizer)?;
        let last_lr = rates_of(optimizer)?;
        Ok(ReduceLROnPlateau {
            state: State {
                mode,
                factor,
                patience,
                threshold,
                threshold_mode,
                cooldown,
                min_lrs,
                eps,
                last_epoch: 0,
                best: None,
                num_bad_epochs: 0,
                cooldown_counter: 0,
                last_lr,
            },
        })
    }

    /// Takes the epoch's measurement, and reduces the rates if it has not improved for more than `patience` epochs. NaN is never an improvement.
    #[track_caller]
    pub fn step(&mut self, optimizer: &mut dyn Optimizer, metric: impl Into<f64>) -> Result<()> {
        let state = &mut self.state;
        check_groups(NAME, state.min_lrs.len(), optimizer)?;
        let metric = metric.into();
        state.last_epoch = state.last_epoch.saturating_add(1);
        if state.is_better(metric) {
            state.best = Some(metric);
            state.num_bad_epochs = 0;
        } else {
            state.num_bad_epochs = state.num_bad_epochs.saturating_add(1);
        }
        if state.cooldown_counter > 0 {
            state.cooldown_counter -= 1;
            state.num_bad_epochs = 0;
        }
        if state.num_bad_epochs > state.patience {
            for (group, &min_lr) in state.min_lrs.iter().enumerate() {
                let old = optimizer.rates(group)?;
                let lr = (old.lr * state.factor).max(min_lr);
                if old.lr - lr > state.eps {
                    optimizer.set_rates(group, Rates { lr, ..old })?;
                }
            }
            state.cooldown_counter = state.cooldown;
            state.num_bad_epochs = 0;
        }
        state.last_lr = rates_of(optimizer)?;
        Ok(())
    }

    /// The learning rates after the last step, one for each group. PyTorch: `get_last_lr`.
    pub fn last_lr(&self) -> &[f64] {
        &self.state.last_lr
    }

    /// The best measurement so far.
    pub fn best(&self) -> Option<f64> {
        self.state.best
    }

    /// The number of consecutive epochs without an improvement.
    pub fn num_bad_epochs(&self) -> u64 {
        self.state.num_bad_epochs
    }

    /// The position in the schedule and the settings, by PyTorch's names.
    #[track_caller]
    pub fn state_dict(&self) -> Result<Value> {
        write_state(NAME, &self.state)
    }

    /// Loads a saved state.
    ///
    /// # Errors
    /// If the state belongs to another kind of scheduler or to another number of groups.
    #[track_caller]
    pub fn load_state_dict(&mut self, state: &Value) -> Result<()> {
        let saved: State = read_state(NAME, state)?;
        for saved in [saved.min_lrs.len(), saved.last_lr.len()] {
            check_saved_groups(NAME, saved, self.state.min_lrs.len())?;
        }
        check_factor(saved.factor)?;
        self.state = saved;
        Ok(())
    }
}

impl State {
    fn is_better(&self, metric: f64) -> bool {
        let best = match (self.best, self.mode) {
            (Some(best), _) => best,
            (None, PlateauMode::Min) => f64::INFINITY,
            (None, PlateauMode::Max) => f64::NEG_INFINITY,
        };
        // A fraction of infinity is infinite, and the difference of infinities is NaN: the threshold is 0 then.
        let threshold = if best.is_infinite() {
            0.0
        } else {
            self.threshold
        };
        // A relative threshold depends on the magnitude of the best value, not on its sign.
        let (lower, upper) = if best.is_sign_negative() {
            (1.0 + threshold, 1.0 - threshold)
        } else {
            (1.0 - threshold, 1.0 + threshold)
        };
        match (self.mode, self.threshold_mode) {
            (PlateauMode::Min, ThresholdMode::Rel) => metric < best * lower,
            (PlateauMode::Min, ThresholdMode::Abs) => metric < best - threshold,
            (PlateauMode::Max, ThresholdMode::Rel) => metric > best * upper,
            (PlateauMode::Max, ThresholdMode::Abs) => metric > best + threshold,
        }
    }
}

#[track_caller]
fn check_factor(factor: f64) -> Result<()> {
    if factor < 1.0 {
        return Ok(());
    }
    Err(Error::value(format!(
        "{NAME}: Factor should be < 1.0, got {factor:?}"
    )))
}
