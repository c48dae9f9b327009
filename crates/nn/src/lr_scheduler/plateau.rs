//! A rate that falls when a measurement stops getting better.

use super::per_group::PerGroup;
use super::schedule::{check_groups, check_saved_groups, rates_of, read_state, write_state};
use crate::optim::{Optimizer, Rates};
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which way is better.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Down, as with a loss.
    Min,
    /// Up, as with an accuracy.
    Max,
}

/// What the threshold for an improvement is relative to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThresholdMode {
    /// The size of the best value: better than `best ± threshold |best|`.
    Rel,
    /// Nothing: better than `best ± threshold`.
    Abs,
}

/// The options of [`ReduceLROnPlateau`], by default PyTorch's.
#[derive(Clone, PartialEq, Debug)]
pub struct PlateauOptions {
    /// Which way is better.
    pub mode: Mode,
    /// What the rate is multiplied by, below 1.
    pub factor: f64,
    /// How many epochs without improvement are let pass.
    pub patience: u64,
    /// How much better counts as better.
    pub threshold: f64,
    /// What the threshold is relative to.
    pub threshold_mode: ThresholdMode,
    /// How many epochs after a reduction count as good whatever they bring.
    pub cooldown: u64,
    /// The rate is not reduced below this.
    pub min_lr: PerGroup,
    /// Smaller reductions are left out.
    pub eps: f64,
}

impl Default for PlateauOptions {
    fn default() -> Self {
        PlateauOptions {
            mode: Mode::Min,
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            threshold_mode: ThresholdMode::Rel,
            cooldown: 0,
            min_lr: 0.0.into(),
            eps: 1e-8,
        }
    }
}

/// Multiplies the rate by a factor when a measurement has not improved for a while. PyTorch: `lr_scheduler.ReduceLROnPlateau`.
///
/// ```
/// use rushlight_nn::{Parameter, lr_scheduler::{PlateauOptions, ReduceLROnPlateau}, optim::{Optimizer, SGD}};
/// use rushlight_tensor::tensor;
///
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let mut scheduler = ReduceLROnPlateau::with_options(&mut optimizer, PlateauOptions { patience: 1, ..Default::default() })?;
/// for loss in [1.0, 0.5, 0.5, 0.5] {
///     scheduler.step(&mut optimizer, loss)?;
/// }
/// assert!((optimizer.lr() - 0.01).abs() < 1e-12);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
pub struct ReduceLROnPlateau {
    state: State,
}

#[derive(Serialize, Deserialize)]
struct State {
    mode: Mode,
    #[serde(with = "rushlight_files::numbers")]
    factor: f64,
    patience: u64,
    #[serde(with = "rushlight_files::numbers")]
    threshold: f64,
    threshold_mode: ThresholdMode,
    cooldown: u64,
    #[serde(with = "rushlight_files::numbers")]
    min_lrs: Vec<f64>,
    #[serde(with = "rushlight_files::numbers")]
    eps: f64,
    last_epoch: u64,
    /// The best measurement, once there is one.
    #[serde(default, with = "rushlight_files::numbers")]
    best: Option<f64>,
    num_bad_epochs: u64,
    cooldown_counter: u64,
    #[serde(rename = "_last_lr", with = "rushlight_files::numbers")]
    last_lr: Vec<f64>,
}

const NAME: &str = "ReduceLROnPlateau";

impl ReduceLROnPlateau {
    /// A schedule with PyTorch's defaults: a tenth of the rate after 10 epochs in which a loss did not fall.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer) -> Result<Self> {
        Self::with_options(optimizer, PlateauOptions::default())
    }

    /// A schedule as `options` say. An error if `factor` is 1 or more, or `min_lr` does not have a number for each group.
    #[track_caller]
    pub fn with_options(optimizer: &mut dyn Optimizer, options: PlateauOptions) -> Result<Self> {
        let PlateauOptions {
            mode,
            factor,
            patience,
            threshold,
            threshold_mode,
            cooldown,
            min_lr,
            eps,
        } = options;
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

    /// Takes the epoch's measurement and reduces the rates if it is time. NaN is never better.
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

    /// How many epochs in a row have not improved.
    pub fn num_bad_epochs(&self) -> u64 {
        self.state.num_bad_epochs
    }

    /// Where the schedule stands, with its settings, by PyTorch's names.
    #[track_caller]
    pub fn state_dict(&self) -> Result<Value> {
        write_state(NAME, &self.state)
    }

    /// Takes over a saved state. An error if it is that of another kind of schedule or of another number of groups.
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
            (None, Mode::Min) => f64::INFINITY,
            (None, Mode::Max) => f64::NEG_INFINITY,
        };
        // A part of infinity is infinite, and the difference of infinities no number: what is better needs no margin then.
        let threshold = if best.is_infinite() {
            0.0
        } else {
            self.threshold
        };
        // How much a relative threshold takes from the best value depends on its size, not on its sign.
        let (lower, upper) = if best.is_sign_negative() {
            (1.0 + threshold, 1.0 - threshold)
        } else {
            (1.0 - threshold, 1.0 + threshold)
        };
        match (self.mode, self.threshold_mode) {
            (Mode::Min, ThresholdMode::Rel) => metric < best * lower,
            (Mode::Min, ThresholdMode::Abs) => metric < best - threshold,
            (Mode::Max, ThresholdMode::Rel) => metric > best * upper,
            (Mode::Max, ThresholdMode::Abs) => metric > best + threshold,
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
