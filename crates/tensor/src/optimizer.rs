//! An optimizer's step: one call across the waist for a whole parameter group, composed where a backend has no kernel for it.

use crate::Tensor;
use crate::history::GradMode;
use rushlight_backend::{Done, Error, OptimizerStep, Result, StepViews, View};
use smallvec::SmallVec;

/// One parameter of a group, as [`optimizer_step`] takes it.
pub struct StepTensors<'a> {
    /// The parameter; written.
    pub param: &'a Tensor,
    /// Its gradient.
    pub grad: &'a Tensor,
    /// Its states in the order that [`OptimizerStep`] gives; written.
    pub states: &'a [&'a Tensor],
    /// The number of this step, from 1.
    pub step: u64,
}

/// Updates a parameter group in place, unrecorded.
#[track_caller]
pub fn optimizer_step(step: &OptimizerStep, group: &[StepTensors<'_>]) -> Result<()> {
    let Some(first) = group.first() else {
        return Ok(());
    };
    let device = first.param.device();
    for t in group {
        for other in std::iter::once(t.grad).chain(t.states.iter().copied()) {
            if other.device() != t.param.device()
                || other.shape() != t.param.shape()
                || other.dtype() != t.param.dtype()
            {
                return Err(Error::value(format!(
                    "{}: a parameter is {:?} of {} on {}, but its gradient or state {:?} of {} on {}",
                    step.name(),
                    t.param.shape(),
                    t.param.dtype(),
                    t.param.device(),
                    other.shape(),
                    other.dtype(),
                    other.device()
                )));
            }
        }
    }
    let _off = GradMode::set(false);
    if group.iter().any(|t| t.param.device() != device) {
        return group
            .iter()
            .try_for_each(|t| optimizer_step(step, std::slice::from_ref(t)));
    }
    let states: SmallVec<[SmallVec<[View<'_>; 3]>; 8]> = group
        .iter()
        .map(|t| t.states.iter().map(|s| s.as_view()).collect())
        .collect();
    let views: SmallVec<[StepViews<'_>; 8]> = group
        .iter()
        .zip(&states)
        .map(|(t, states)| StepViews {
            param: t.param.as_view(),
            grad: t.grad.as_view(),
            states,
            step: t.step,
        })
        .collect();
    match device.backend().optimizer_step(step, &views)? {
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

#[track_caller]
fn compose(step: &OptimizerStep, t: &StepTensors<'_>) -> Result<()> {
    let StepTensors {
        param,
        grad,
        states,
        ..
    } = t;
    let descend = |maximize: bool, weight_decay: f64| -> Result<Tensor> {
        let g = if maximize {
            grad.neg()?
        } else {
            (*grad).clone()
        };
        if weight_decay != 0.0 {
            g.add(&param.mul(weight_decay)?)
        } else {
            Ok(g)
        }
    };
    match *step {
        OptimizerStep::Sgd {
            lr,
            momentum,
            dampening,
            nesterov,
            weight_decay,
            maximize,
        } => {
            let mut g = descend(maximize, weight_decay)?;
            if let Some(velocity) = states.first() {
                if t.step == 1 {
                    velocity.copy_(&g)?;
                } else {
                    velocity.mul_(momentum)?;
                    velocity.add_(&g.mul(1.0 - dampening)?)?;
                }
                g = if nesterov {
                    g.add(&velocity.mul(momentum)?)?
                } else {
                    (*velocity).clone()
                };
            }
            param.sub_(&g.mul(lr)?)
        }
        OptimizerStep::Adam {
            lr,
            betas: (b1, b2),
            eps,
            weight_decay,
            decoupled,
            amsgrad,
            maximize,
        } => {
            let g = descend(maximize, if decoupled { 0.0 } else { weight_decay })?;
            if decoupled {
                param.mul_(1.0 - lr * weight_decay)?;
            }
            let (m, v) = (states[0], states[1]);
            m.add_(&g.sub(m)?.mul(1.0 - b1)?)?;
            v.mul_(b2)?;
            v.add_(&g.square()?.mul(1.0 - b2)?)?;
            let (c1, c2) = (1.0 - b1.powi(t.step as i32), 1.0 - b2.powi(t.step as i32));
            let second = if amsgrad {
                states[2].copy_(&states[2].maximum(v)?)?;
                states[2]
            } else {
                v
            };
            let denominator = second.sqrt()?.div(c2.sqrt())?.add(eps)?;
            param.sub_(&m.div(&denominator)?.mul(lr / c1)?)
        }
        OptimizerStep::RmsProp {
            lr,
            alpha,
            eps,
            weight_decay,
            momentum,
            centered,
            maximize,
        } => {
            let g = descend(maximize, weight_decay)?;
            let square = states[0];
            square.mul_(alpha)?;
            square.add_(&g.square()?.mul(1.0 - alpha)?)?;
            let variance = if centered {
                let mean = states[1 + (momentum > 0.0) as usize];
                mean.add_(&g.sub(mean)?.mul(1.0 - alpha)?)?;
                square.sub(&mean.square()?)?
            } else {
                square.clone()
            };
            let update = g.div(&variance.sqrt()?.add(eps)?)?;
            if momentum > 0.0 {
                states[1].mul_(momentum)?;
                states[1].add_(&update)?;
                param.sub_(&states[1].mul(lr)?)
            } else {
                param.sub_(&update.mul(lr)?)
            }
        }
        OptimizerStep::Adagrad {
            lr,
            lr_decay,
            weight_decay,
            eps,
            maximize,
        } => {
            let g = descend(maximize, weight_decay)?;
            let rate = lr / (1.0 + (t.step as f64 - 1.0) * lr_decay);
            states[0].add_(&g.square()?)?;
            param.sub_(&g.div(&states[0].sqrt()?.add(eps)?)?.mul(rate)?)
        }
    }
}
