//! Stochastic gradient descent with momentum (SGD) or averaging (ASGD).

use super::{StepTensors, move_to};
use rushlight_backend::Result;
use rushlight_backend::update::{Asgd, Sgd};

#[track_caller]
pub(super) fn sgd(f: &Sgd, t: &StepTensors<'_>) -> Result<()> {
    let mut g = t.gradient(f.maximize, f.weight_decay)?;
    if let Some(velocity) = t.states.first() {
        if t.step == 1 {
            velocity.copy_(&g)?;
        } else {
            velocity.mul_(f.momentum)?;
            velocity.add_(&g.mul(1.0 - f.dampening)?)?;
        }
        g = if f.nesterov {
            g.add(&velocity.mul(f.momentum)?)?
        } else {
            (*velocity).clone()
        };
    }
    t.param.sub_(&g.mul(f.lr)?)
}

#[track_caller]
pub(super) fn asgd(f: &Asgd, t: &StepTensors<'_>) -> Result<()> {
    let (average, [eta, mu]) = (t.states[0], t.factors);
    let g = t.gradient(f.maximize, f.weight_decay)?;
    t.param.mul_(1.0 - f.lambd * eta)?;
    t.param.sub_(&g.mul(eta)?)?;
    if mu == 1.0 {
        average.copy_(t.param)
    } else {
        move_to(average, t.param, mu)
    }
}
