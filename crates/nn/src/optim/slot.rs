//! One parameter of an optimizer, with its states.

use super::options::Algorithm;
use super::state::{ParamState, scalar_tensor, scalar_value, step_count, step_tensor};
use crate::Parameter;
use rushlight_autograd::Autograd;
use rushlight_tensor::{DType, Device, Error, OptimizerStep, Result, Scalar, Tensor};
use smallvec::SmallVec;

/// The largest number of states that an algorithm has.
pub(super) const MAX_STATES: usize = 3;

/// A parameter with its states.
pub(super) struct Slot {
    pub param: Parameter,
    /// One entry for each of the algorithm's states, created when it is first needed.
    states: SmallVec<[Option<Tensor>; MAX_STATES]>,
    /// The number of steps that the parameter has taken; if the algorithm does not count steps, since its state was created.
    step: u64,
    /// The algorithm's [numbers](Algorithm::SCALARS), after the first step.
    scalars: Option<[f32; 2]>,
}

/// A step that a parameter is about to take.
pub(super) struct Move {
    pub grad: Tensor,
    /// The number of the step.
    pub step: u64,
    pub factors: [f64; 2],
    /// The algorithm's numbers after the step.
    scalars: [f32; 2],
}

/// The dtype and the device of a parameter's states.
fn kept_in(param: &Parameter) -> (DType, &Device) {
    let dtype = OptimizerStep::state_dtype(param.dtype());
    (dtype, param.device())
}

impl Slot {
    pub fn new(param: Parameter, states: usize) -> Slot {
        Slot {
            param,
            states: (0..states).map(|_| None).collect(),
            step: 0,
            scalars: None,
        }
    }

    /// If the parameter has a gradient, creates the states that `options` use and that do not exist yet, and returns the next step.
    #[track_caller]
    pub fn prepare<O: Algorithm>(&mut self, options: &O) -> Result<Option<Move>> {
        let Some(grad) = self.param.grad() else {
            return Ok(None);
        };
        let target = kept_in(&self.param);
        for (i, state) in self.states.iter_mut().enumerate() {
            if state.is_none() && options.keeps(i, self.param.shape()) {
                let shape = options.state_shape(i, self.param.shape());
                // A rate out of the dtype's range becomes infinite, as in every other step.
                let value = Scalar::Float(options.initial_state(i));
                let value = match value.fits(target.0) {
                    true => value,
                    false => Scalar::Float(f64::INFINITY.copysign(value.to_f64())),
                };
                *state = Some(Tensor::full(&shape[..], value, target)?);
                if !O::COUNTS_STEPS {
                    self.step = 0;
                }
            }
        }
        let step = self.step + 1;
        let mut scalars = self.scalars.unwrap_or(options.initial_scalars());
        let factors = options.factors(step, &mut scalars);
        Ok(Some(Move {
            grad,
            step,
            factors,
            scalars,
        }))
    }

    /// The states that `options` use, in the order that the backend requires.
    pub fn kept<O: Algorithm>(&self, options: &O) -> SmallVec<[&Tensor; MAX_STATES]> {
        self.states
            .iter()
            .enumerate()
            .filter(|(i, _)| options.keeps(*i, self.param.shape()))
            .filter_map(|(_, state)| state.as_ref())
            .collect()
    }

    /// Records that the step was taken.
    pub fn moved(&mut self, by: &Move) {
        self.step = by.step;
        self.scalars = Some(by.scalars);
    }

    #[track_caller]
    pub fn save<O: Algorithm>(&self) -> Result<ParamState> {
        let mut saved = ParamState::new();
        for (name, state) in O::STATES.iter().zip(&self.states) {
            if let Some(state) = state {
                saved.insert((*name).to_owned(), state.clone());
            }
        }
        for (name, value) in O::SCALARS.iter().zip(self.scalars.into_iter().flatten()) {
            saved.insert((*name).to_owned(), scalar_tensor(value)?);
        }
        if O::COUNTS_STEPS && self.step > 0 {
            saved.insert("step".to_owned(), step_tensor(self.step)?);
        }
        Ok(saved)
    }

    /// Returns the slot with a saved state instead of its own.
    #[track_caller]
    pub fn restored<O: Algorithm>(
        &self,
        options: &O,
        index: usize,
        saved: Option<&ParamState>,
    ) -> Result<Slot> {
        let mut slot = Slot::new(self.param.clone(), O::STATES.len());
        for (name, tensor) in saved.into_iter().flatten() {
            if name == "step" && O::COUNTS_STEPS {
                slot.step = step_count(O::NAME, index, name, tensor)?;
            } else if let Some(place) = O::SCALARS.iter().position(|scalar| scalar == name) {
                let scalars = slot.scalars.get_or_insert(options.initial_scalars());
                scalars[place] = scalar_value(O::NAME, index, name, tensor)? as f32;
            } else {
                let place = self.place(options, index, name, tensor)?;
                // PyTorch stores the states of half-precision parameters in half precision; they are converted to this optimizer's dtype.
                slot.states[place] = Some(tensor.detach().to(kept_in(&self.param))?.copy()?);
                if !O::COUNTS_STEPS {
                    slot.step = 1;
                }
            }
        }
        Ok(slot)
    }

    /// Returns the index of a saved state, or an error if the algorithm has no state of this name or the shape does not match.
    #[track_caller]
    fn place<O: Algorithm>(
        &self,
        options: &O,
        index: usize,
        name: &str,
        tensor: &Tensor,
    ) -> Result<usize> {
        let Some(place) = O::STATES.iter().position(|state| *state == name) else {
            return Err(Error::state(format!(
                "{}.load_state_dict: the state of parameter {index} contains {name:?}, but the states of {} are {}",
                O::NAME,
                O::NAME,
                [O::STATES, O::SCALARS].concat().join(", ")
            )));
        };
        let shape = options.state_shape(place, self.param.shape());
        if *tensor.shape() != *shape {
            return Err(Error::state(format!(
                "{}.load_state_dict: {name} of parameter {index} has shape {:?}, expected {shape:?} for the parameter's shape {:?}",
                O::NAME,
                tensor.shape(),
                self.param.shape()
            )));
        }
        Ok(place)
    }
}
