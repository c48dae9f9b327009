//! The state of an optimizer in the form of PyTorch's `state_dict`: tensors by parameter number, options by group.
//!
//! In a safetensors file the tensors have names such as `state.0.exp_avg`, and the metadata holds the groups as JSON text.

use super::Rates;
use super::options::check_rates;
use crate::{StateDict, load_tensors, save_tensors};
use rushlight_files::numbers::Number;
use rushlight_tensor::{DType, Error, Result, Tensor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The state that an optimizer keeps for one parameter, by PyTorch's names: `step`, `exp_avg` …
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
    /// The numbers of the group's parameters, which are counted across all groups.
    pub params: Vec<usize>,
    /// The group's options by PyTorch's names: `lr`, `momentum` …, and `initial_lr` if a scheduler was made.
    #[serde(flatten)]
    pub options: Map<String, Value>,
}

/// The complete state of an optimizer, from which training can continue. See [`Optimizer::state_dict`](super::Optimizer::state_dict).
///
/// Parameters that have not taken a step have no state.
#[derive(Clone, Default, Debug)]
pub struct OptimizerState {
    /// The states by parameter number.
    pub state: BTreeMap<usize, ParamState>,
    /// The groups in order.
    pub param_groups: Vec<GroupState>,
}

/// The key of the groups in a file's metadata.
const GROUPS: &str = "param_groups";

impl OptimizerState {
    /// Writes the state to a safetensors file, which is replaced atomically.
    ///
    /// # Errors
    /// If the file cannot be written.
    #[track_caller]
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save_tensors(path, &self.tensors(), &self.metadata()?)
    }

    /// Reads a state from a safetensors file.
    ///
    /// # Errors
    /// If the file cannot be read, is truncated, is not a safetensors file, or does not hold the state of an optimizer.
    #[track_caller]
    pub fn load(path: impl AsRef<Path>) -> Result<OptimizerState> {
        let path = path.as_ref();
        let saved = load_tensors(path)?;
        match OptimizerState::from_parts(saved.tensors, &saved.metadata) {
            Ok(state) => Ok(state),
            Err(e) => Err(e.context(format_args!("load {path:?}"))),
        }
    }

    /// Returns the tensors by name, such as `state.0.exp_avg`.
    pub fn tensors(&self) -> StateDict {
        let of = |(index, state): (&usize, &ParamState)| {
            let named =
                |(name, t): (&String, &Tensor)| (format!("state.{index}.{name}"), t.clone());
            state.iter().map(named).collect::<Vec<_>>()
        };
        self.state.iter().flat_map(of).collect()
    }

    /// Returns the groups as metadata of a file: one entry, `param_groups`, in JSON.
    #[track_caller]
    pub fn metadata(&self) -> Result<BTreeMap<String, String>> {
        match serde_json::to_string(&self.param_groups) {
            Ok(groups) => Ok(BTreeMap::from([(GROUPS.to_owned(), groups)])),
            Err(e) => Err(Error::state(format!("optimizer state: {GROUPS}: {e}"))),
        }
    }

    /// Returns an error unless the groups have these numbers of parameters.
    #[track_caller]
    pub(super) fn expect_groups(&self, name: &str, sizes: &[usize]) -> Result<()> {
        if self.param_groups.len() != sizes.len() {
            return Err(Error::state(format!(
                "{name}.load_state_dict: loaded state dict has a different number of parameter groups: {}, the optimizer has {}",
                self.param_groups.len(),
                sizes.len()
            )));
        }
        for (i, (group, size)) in self.param_groups.iter().zip(sizes).enumerate() {
            if group.params.len() != *size {
                return Err(Error::state(format!(
                    "{name}.load_state_dict: loaded state dict contains a parameter group that doesn't match the size of \
                     optimizer's group: group {i} has {} parameters, the optimizer's has {size}",
                    group.params.len()
                )));
            }
        }
        Ok(())
    }

    /// Makes a state from the results of [`OptimizerState::tensors`] and [`OptimizerState::metadata`].
    ///
    /// # Errors
    /// If the metadata has no groups, or if the name of a tensor does not have the form `state.NUMBER.NAME`.
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
    pub(super) fn of<O: Serialize>(
        name: &str,
        options: &O,
        initial_lr: Option<f64>,
        params: Vec<usize>,
    ) -> Result<GroupState> {
        let mut options = match serde_json::to_value(options) {
            Ok(Value::Object(options)) => options,
            Ok(_) => {
                return Err(Error::state(format!(
                    "{name}: the options must serialize as a struct"
                )));
            }
            Err(e) => return Err(Error::state(format!("{name}: {e}"))),
        };
        if let Some(lr) = initial_lr {
            let lr = serde_json::to_value(Number(lr))
                .map_err(|e| Error::state(format!("{name}: initial_lr: {e}")))?;
            options.insert("initial_lr".to_owned(), lr);
        }
        Ok(GroupState { params, options })
    }

    /// The options of group `index`, all of which must be there except those in `added`: a configuration may leave some out, a saved state
    /// comes from an optimizer that had them.
    #[track_caller]
    pub(super) fn options<O: Default + Serialize + DeserializeOwned>(
        &self,
        name: &str,
        index: usize,
        added: &[&str],
    ) -> Result<O> {
        match self.read_options(added) {
            Ok(options) => Ok(options),
            Err(e) => Err(Error::state(format!(
                "{name}.load_state_dict: the options of group {index} are not {name}'s: {e}"
            ))),
        }
    }

    fn read_options<O: Default + Serialize + DeserializeOwned>(
        &self,
        added: &[&str],
    ) -> serde_json::Result<O> {
        let mut options = Map::new();
        if let Value::Object(fields) = serde_json::to_value(O::default())? {
            for (name, _) in fields {
                match self.options.get(&name) {
                    Some(value) => {
                        options.insert(name, value.clone());
                    }
                    None if added.contains(&name.as_str()) => {}
                    None => {
                        return Err(serde::de::Error::custom(format_args!(
                            "missing field `{name}`"
                        )));
                    }
                }
            }
        }
        serde_json::from_value(Value::Object(options))
    }

    /// The rate that schedules start from, for group `index`, if there is one.
    #[track_caller]
    pub(super) fn initial_lr(&self, name: &str, index: usize) -> Result<Option<f64>> {
        let Some(saved) = self.options.get("initial_lr") else {
            return Ok(None);
        };
        let initial_lr = match Option::<Number>::deserialize(saved) {
            Ok(lr) => lr.map(|Number(lr)| lr),
            Err(e) => {
                return Err(Error::state(format!(
                    "{name}.load_state_dict: initial_lr of group {index}: {e}"
                )));
            }
        };
        let rates = Rates {
            lr: 0.0,
            initial_lr,
            momentum: None,
        };
        check_rates(name, &rates)?;
        Ok(initial_lr)
    }
}

/// A step count as PyTorch stores it: a float32 scalar, or float64 if float32 cannot represent the count.
#[track_caller]
pub(super) fn step_tensor(step: u64) -> Result<Tensor> {
    let dtype = if step < 1 << f32::MANTISSA_DIGITS {
        DType::F32
    } else {
        DType::F64
    };
    Tensor::scalar(step as f64, dtype)
}

/// The count `what` in a tensor of one element.
#[track_caller]
pub(super) fn step_count(name: &str, index: usize, what: &str, step: &Tensor) -> Result<u64> {
    let count = only_element(step)?.unwrap_or(f64::NAN);
    if count.fract() == 0.0 && (0.0..=2f64.powi(53)).contains(&count) {
        return Ok(count as u64);
    }
    Err(Error::state(format!(
        "{name}.load_state_dict: the {what} of parameter {index} is not a count: {step}"
    )))
}

/// A number that belongs to a parameter's state, as PyTorch stores it.
#[track_caller]
pub(super) fn scalar_tensor(value: f32) -> Result<Tensor> {
    Tensor::scalar(value, DType::F32)
}

/// The number `what` in a tensor of one element.
#[track_caller]
pub(super) fn scalar_value(name: &str, index: usize, what: &str, saved: &Tensor) -> Result<f64> {
    match only_element(saved)? {
        // The value is not checked: it may be infinite, if the learning rate was, or NaN.
        Some(value) => Ok(value),
        None => Err(Error::state(format!(
            "{name}.load_state_dict: {what} of parameter {index} is not a single number: {saved}"
        ))),
    }
}

/// The element of a tensor that has exactly one.
#[track_caller]
fn only_element(tensor: &Tensor) -> Result<Option<f64>> {
    match tensor.numel() {
        1 => Ok(Some(tensor.to(DType::F64)?.item::<f64>()?)),
        _ => Ok(None),
    }
}
