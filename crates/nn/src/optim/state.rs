//! The state of an optimizer as PyTorch's `state_dict` has it: tensors by parameter number, options by group.
//!
//! In a file the tensors are named `state.0.exp_avg`, and the groups are a JSON text in the metadata, so that it fits safetensors.

use super::options::Algorithm;
use crate::{StateDict, load_tensors, save_tensors};
use rushlight_files::numbers::Number;
use rushlight_tensor::{DType, Error, Result, Tensor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// What an optimizer remembers of one parameter, by PyTorch's names: `step`, `exp_avg` …
/// PyTorch: the values of `Optimizer.state_dict()["state"]`.
///
/// ```
/// use rushlight::autograd::Autograd;
/// use rushlight::nn::{Parameter, optim::{Adam, Optimizer, ParamState}};
/// use rushlight::tensor;
/// let weight = Parameter::new(tensor!([1.0]))?;
/// let mut optimizer = Adam::new([weight.clone()], 0.1)?;
/// weight.square()?.sum()?.backward()?;
/// optimizer.step()?;
/// let saved = optimizer.state_dict()?;
/// let state: &ParamState = &saved.state[&0];
/// assert_eq!(state["exp_avg"].shape(), [1]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type ParamState = BTreeMap<String, Tensor>;

/// The options of one group, and the numbers of its parameters.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct GroupState {
    /// The numbers of the group's parameters, counted through all groups.
    pub params: Vec<usize>,
    /// Its options by PyTorch's names: `lr`, `momentum` …, and `initial_lr` if a scheduler was made.
    #[serde(flatten)]
    pub options: Map<String, Value>,
}

/// Everything an optimizer needs to go on where it was. See [`Optimizer::state_dict`](super::Optimizer::state_dict).
///
/// Parameters that have not taken a step have no state.
#[derive(Clone, Default, Debug)]
pub struct OptimizerState {
    /// State by parameter number.
    pub state: BTreeMap<usize, ParamState>,
    /// The groups in order.
    pub param_groups: Vec<GroupState>,
}

/// The key of the groups in a file's metadata.
const GROUPS: &str = "param_groups";

impl OptimizerState {
    /// Writes the state to a safetensors file, which is replaced as a whole or not at all.
    #[track_caller]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save_tensors(path, &self.tensors(), &self.metadata()?)
    }

    /// Reads a state from a file. An error if it is cut short, not safetensors, or not an optimizer's.
    #[track_caller]
    pub fn load(path: impl AsRef<Path>) -> Result<OptimizerState> {
        let path = path.as_ref();
        let saved = load_tensors(path)?;
        match OptimizerState::from_parts(saved.tensors, &saved.metadata) {
            Ok(state) => Ok(state),
            Err(e) => Err(e.context(format_args!("load {path:?}"))),
        }
    }

    /// The tensors by name: `state.0.exp_avg`.
    pub fn tensors(&self) -> StateDict {
        let of = |(index, state): (&usize, &ParamState)| {
            let named =
                |(name, t): (&String, &Tensor)| (format!("state.{index}.{name}"), t.clone());
            state.iter().map(named).collect::<Vec<_>>()
        };
        self.state.iter().flat_map(of).collect()
    }

    /// The groups as text: one entry, `param_groups`, in JSON.
    #[track_caller]
    pub fn metadata(&self) -> Result<BTreeMap<String, String>> {
        match serde_json::to_string(&self.param_groups) {
            Ok(groups) => Ok(BTreeMap::from([(GROUPS.to_owned(), groups)])),
            Err(e) => Err(Error::state(format!("optimizer state: {GROUPS}: {e}"))),
        }
    }

    /// Puts together what [`OptimizerState::tensors`] and [`OptimizerState::metadata`] took apart.
    ///
    /// # Errors
    /// If the metadata has no groups or a tensor's name does not read `state.NUMBER.NAME`.
    #[track_caller]
    pub fn from_parts(
        tensors: StateDict,
        metadata: &BTreeMap<String, String>,
    ) -> Result<OptimizerState> {
        let Some(groups) = metadata.get(GROUPS) else {
            return Err(Error::state(format!(
                "optimizer state: no {GROUPS:?} in the metadata; is this an optimizer's file?"
            )));
        };
        let param_groups = match serde_json::from_str(groups) {
            Ok(groups) => groups,
            Err(e) => return Err(Error::state(format!("optimizer state: {GROUPS}: {e}"))),
        };
        let mut state: BTreeMap<usize, ParamState> = BTreeMap::new();
        for (key, tensor) in tensors {
            let parts = key
                .strip_prefix("state.")
                .and_then(|rest| rest.split_once('.'));
            let Some((index, name)) =
                parts.and_then(|(index, name)| Some((index.parse().ok()?, name)))
            else {
                return Err(Error::state(format!(
                    "optimizer state: the tensor {key:?} is not named like state.0.exp_avg"
                )));
            };
            state
                .entry(index)
                .or_default()
                .insert(name.to_owned(), tensor);
        }
        Ok(OptimizerState {
            state,
            param_groups,
        })
    }
}

impl GroupState {
    #[track_caller]
    pub(super) fn of<O: Algorithm>(
        options: &O,
        initial_lr: Option<f64>,
        params: Vec<usize>,
    ) -> Result<GroupState> {
        let mut options = match serde_json::to_value(options) {
            Ok(Value::Object(options)) => options,
            Ok(_) => {
                return Err(Error::state(format!(
                    "{}: its options are no struct",
                    O::NAME
                )));
            }
            Err(e) => return Err(Error::state(format!("{}: {e}", O::NAME))),
        };
        if let Some(lr) = initial_lr {
            let lr = serde_json::to_value(Number(lr))
                .map_err(|e| Error::state(format!("{}: initial_lr: {e}", O::NAME)))?;
            options.insert("initial_lr".to_owned(), lr);
        }
        Ok(GroupState { params, options })
    }

    pub(super) fn options<O: Algorithm>(&self) -> serde_json::Result<O> {
        serde_json::from_value(Value::Object(self.options.clone()))
    }

    /// The rate that schedules start from, of group `index`, if there is one.
    #[track_caller]
    pub(super) fn initial_lr(&self, name: &str, index: usize) -> Result<Option<f64>> {
        let Some(saved) = self.options.get("initial_lr") else {
            return Ok(None);
        };
        match Option::<Number>::deserialize(saved) {
            Ok(lr) => Ok(lr.map(|Number(lr)| lr)),
            Err(e) => Err(Error::state(format!(
                "{name}.load_state_dict: initial_lr of group {index}: {e}"
            ))),
        }
    }
}

/// A step count as PyTorch keeps it, a float32 scalar; as float64 once that could no longer count.
#[track_caller]
pub(super) fn step_tensor(step: u64) -> Result<Tensor> {
    let dtype = if step < 1 << f32::MANTISSA_DIGITS {
        DType::F32
    } else {
        DType::F64
    };
    Tensor::scalar(step as f64, dtype)
}

/// The step count in a tensor of one element.
#[track_caller]
pub(super) fn step_count(name: &str, index: usize, step: &Tensor) -> Result<u64> {
    let count = only_element(step)?.unwrap_or(f64::NAN);
    if count.fract() == 0.0 && (0.0..=2f64.powi(53)).contains(&count) {
        return Ok(count as u64);
    }
    Err(Error::state(format!(
        "{name}.load_state_dict: the step of parameter {index} is no count: {step}"
    )))
}

/// A number that is kept of a parameter, as PyTorch keeps it.
#[track_caller]
pub(super) fn scalar_tensor(value: f32) -> Result<Tensor> {
    Tensor::scalar(value, DType::F32)
}

/// The number `what` in a tensor of one element.
#[track_caller]
pub(super) fn scalar_value(name: &str, index: usize, what: &str, saved: &Tensor) -> Result<f32> {
    match only_element(saved)? {
        // Infinite where the rate was, and NaN where it is divided by itself: what was saved is what is read.
        Some(value) => Ok(value as f32),
        None => Err(Error::state(format!(
            "{name}.load_state_dict: {what} of parameter {index} is not one number: {saved}"
        ))),
    }
}

/// The element of a tensor that has one.
#[track_caller]
fn only_element(tensor: &Tensor) -> Result<Option<f64>> {
    match tensor.numel() {
        1 => Ok(Some(tensor.to(DType::F64)?.item::<f64>()?)),
        _ => Ok(None),
    }
}
