//! Optimizer steps.

use super::planned::{Planned, apart, tensor_type, type_of, writable};
use crate::{Error, OptimizerStep, Outputs, Result, StepViews, View};

/// The plan of [`crate::Backend::optimizer_step`]. It contains the tensors, which are both read and written.
#[derive(Clone, Copy)]
pub struct StepPlan<'a> {
    /// The algorithm and its parameters.
    pub f: &'a OptimizerStep,
    /// The tensors of each parameter.
    pub group: &'a [StepViews<'a>],
}

/// One optimizer step for a whole parameter group.
#[track_caller]
pub fn optimizer_step<'a>(
    f: &'a OptimizerStep,
    group: &'a [StepViews<'a>],
) -> Result<Planned<'a, StepPlan<'a>>> {
    group.iter().try_for_each(|t| step(f, t))?;
    Ok(Planned::proven(
        StepPlan { f, group },
        &[],
        Outputs::default(),
    ))
}

#[track_caller]
fn step(f: &OptimizerStep, t: &StepViews<'_>) -> Result<()> {
    let param = type_of(&t.param);
    let states = f.states(param.shape);
    if t.states.len() != states.len() {
        return Err(Error::value(format!(
            "{}: expected {} states for each parameter, got {}",
            f.name(),
            states.len(),
            t.states.len()
        )));
    }
    let unfit = |what: &str, view: &View<'_>, right: crate::TensorType| {
        Err(Error::shape(format!(
            "{}: the {what} of a parameter of {} {:?} must be {} {:?}, got {} {:?}",
            f.name(),
            param.dtype,
            param.shape,
            right.dtype,
            right.shape,
            view.dtype(),
            view.layout().shape()
        )))
    };
    if type_of(&t.grad) != param {
        return unfit("gradient", &t.grad, param);
    }
    writable(f.name(), &t.param)?;
    for (i, (state, shape)) in t.states.iter().zip(states).enumerate() {
        let right = tensor_type(shape, OptimizerStep::state_dtype(param.dtype));
        if type_of(state) != right {
            return unfit("state", state, right);
        }
        writable(f.name(), state)?;
        let written = t.states[..i].iter().copied().chain([t.param]);
        apart(f.name(), state, written)?;
    }
    Ok(())
}
