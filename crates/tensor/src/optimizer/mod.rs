//! Optimizer steps: one call to the backend for a whole parameter group, or a composition of tensor operations if the backend has no kernel.

mod adafactor;
mod adam;
mod muon;
mod rprop;
mod sgd;
mod squares;

use crate::history::GradMode;
use crate::{Half, Tensor};
use rushlight_backend::{DType, Done, Error, OptimizerStep, Result, StepViews, View, plan};
use smallvec::SmallVec;

/// One parameter of a group, as [`optimizer_step`] takes it.
pub struct StepTensors<'a> {
    /// The parameter; written.
    pub param: &'a Tensor,
    /// Its gradient.
    pub grad: &'a Tensor,
    /// Its states in the order that [`OptimizerStep`] gives, of [the dtype](OptimizerStep::state_dtype) that they are kept in; written.
    pub states: &'a [&'a Tensor],
    /// The number of this step, from 1.
    pub step: u64,
    /// Numbers that depend on the parameter's past, if [`OptimizerStep`] requires some.
    pub factors: [f64; 2],
}

/// Updates a parameter group in place, unrecorded.
///
/// # Errors
/// As [`check_optimizer_step`]; nothing has changed then.
#[track_caller]
pub fn optimizer_step(step: &OptimizerStep, group: &[StepTensors<'_>]) -> Result<()> {
    let Some(first) = group.first() else {
        return Ok(());
    };
    let device = first.param.device();
    check_optimizer_step(step, group)?;
    let _off = GradMode::set(false);
    if group.iter().any(|t| t.param.device() != device) {
        return group
            .iter()
            .try_for_each(|t| optimizer_step(step, std::slice::from_ref(t)));
    }
    // A gradient in the memory that the step writes would change during the step.
    let aliased = |t: &StepTensors<'_>| {
        std::iter::once(t.param)
            .chain(t.states.iter().copied())
            .any(|written| t.grad.shares_memory(written))
    };
    if group.iter().any(aliased) {
        return group.iter().try_for_each(|t| {
            let grad = if aliased(t) { &t.grad.copy()? } else { t.grad };
            optimizer_step(step, &[StepTensors { grad, ..*t }])
        });
    }
    let states: SmallVec<[SmallVec<[View<'_>; 3]>; 8]> = group
        .iter()
        .map(|t| t.states.iter().map(|s| s.as_view()).collect())
        .collect::<Result<_>>()?;
    let views: SmallVec<[StepViews<'_>; 8]> = group
        .iter()
        .zip(&states)
        .map(|(t, states)| {
            Ok(StepViews {
                param: t.param.as_view()?,
                grad: t.grad.as_view()?,
                states,
                step: t.step,
                factors: t.factors,
            })
        })
        .collect::<Result<_>>()?;
    let call = plan::optimizer_step(step, &views)?;
    match device.backend().optimizer_step(call)? {
        Done::Compose => group.iter().try_for_each(|t| compose(step, t)),
        Done::Yes => {
            for t in group {
                t.param.0.storage.bump_version();
                t.states.iter().for_each(|s| s.0.storage.bump_version());
            }
            Ok(())
        }
    }
}

/// Whether [`optimizer_step`] accepts these tensors, for a step that changes either all of several groups or none.
///
/// # Errors
/// If gradient or states do not fit a parameter in number, shape, dtype or device.
#[track_caller]
pub fn check_optimizer_step(step: &OptimizerStep, group: &[StepTensors<'_>]) -> Result<()> {
    group.iter().try_for_each(|t| check(step, t))
}

/// Whether gradient and states fit the parameter.
#[track_caller]
fn check(step: &OptimizerStep, t: &StepTensors<'_>) -> Result<()> {
    let wanted = step.states(*t.param.0.layout.shape());
    if t.states.len() != wanted.len() {
        return Err(Error::value(format!(
            "{}: expected {} states for each parameter, got {}",
            step.name(),
            wanted.len(),
            t.states.len()
        )));
    }
    let (device, dtype) = (t.param.device(), t.param.dtype());
    let kept_in = OptimizerStep::state_dtype(dtype);
    let of_states = wanted.iter().map(|dims| (&dims[..], kept_in));
    let expected = std::iter::once((t.param.shape(), dtype)).chain(of_states);
    let others = std::iter::once(t.grad).chain(t.states.iter().copied());
    for (other, (shape, kept_in)) in others.zip(expected) {
        if other.device() != device || other.shape() != shape || other.dtype() != kept_in {
            return Err(Error::value(format!(
                "{}: a parameter is {:?} of {dtype} on {device}, but its gradient or state {:?} of {} on {}, expected {shape:?} of {kept_in}",
                step.name(),
                t.param.shape(),
                other.shape(),
                other.dtype(),
                other.device()
            )));
        }
    }
    Ok(())
}

/// The step of one parameter. That of a half is computed in `float32`, the dtype of its states, and rounded once.
#[track_caller]
fn compose(step: &OptimizerStep, t: &StepTensors<'_>) -> Result<()> {
    let Some(half) = Half::among([t.param]) else {
        return formula(step, t, t.param.dtype());
    };
    let (param, grad) = (half.widen(t.param)?, half.widen(t.grad)?);
    let wide = StepTensors {
        param: &param,
        grad: &grad,
        ..*t
    };
    formula(step, &wide, t.param.dtype())?;
    t.param.copy_(&param)
}

/// The step of a parameter of `dtype`, which is held in another if that is a half.
#[track_caller]
fn formula(step: &OptimizerStep, t: &StepTensors<'_>, dtype: DType) -> Result<()> {
    match step {
        OptimizerStep::Sgd(f) => sgd::sgd(f, t),
        OptimizerStep::Asgd(f) => sgd::asgd(f, t),
        OptimizerStep::Adam(f) => adam::adam(f, t),
        OptimizerStep::Adamax(f) => adam::adamax(f, t),
        OptimizerStep::NAdam(f) => adam::nadam(f, t),
        OptimizerStep::RAdam(f) => adam::radam(f, t),
        OptimizerStep::RmsProp(f) => squares::rmsprop(f, t),
        OptimizerStep::Adagrad(f) => squares::adagrad(f, t),
        OptimizerStep::Adadelta(f) => squares::adadelta(f, t),
        OptimizerStep::Rprop(f) => rprop::rprop(f, t),
        OptimizerStep::Adafactor(f) => adafactor::adafactor(f, t, dtype),
        OptimizerStep::Muon(f) => muon::muon(f, t),
    }
}

impl StepTensors<'_> {
    /// The gradient for an update: negated to maximise, plus the weight decay penalty.
    #[track_caller]
    fn gradient(&self, maximize: bool, weight_decay: f64) -> Result<Tensor> {
        let g = match maximize {
            true => self.grad.neg()?,
            false => self.grad.clone(),
        };
        // Not a plain sum: 0 times an infinite parameter would be NaN.
        if weight_decay == 0.0 {
            return Ok(g);
        }
        g.add(&self.param.mul(weight_decay)?)
    }

    /// Shrinks the parameter itself: decoupled weight decay.
    #[track_caller]
    fn decay(&self, lr: f64, weight_decay: f64) -> Result<()> {
        if weight_decay == 0.0 {
            return Ok(());
        }
        self.param.mul_(1.0 - lr * weight_decay)
    }
}

/// Linear interpolation from `average` to `x`, computed from the nearer end, so that a weight of 1 gives `x` itself.
#[track_caller]
fn move_to(average: &Tensor, x: &Tensor, part: f64) -> Result<()> {
    let way = x.sub(average)?;
    if part < 0.5 {
        average.add_(&way.mul(part)?)
    } else {
        average.copy_(&x.sub(&way.mul(1.0 - part)?)?)
    }
}

/// `average = keep average + (1 - keep) x²`.
#[track_caller]
fn average_square(average: &Tensor, x: &Tensor, keep: f64) -> Result<()> {
    average.mul_(keep)?;
    average.add_(&x.square()?.mul(1.0 - keep)?)
}
