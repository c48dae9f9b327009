//! RMSprop, Adagrad and Adadelta, which divide the gradient by the root of an average or sum of its past squares.

use super::{StepTensors, average_square, move_to};
use rushlight_backend::Result;
use rushlight_backend::update::{Adadelta, Adagrad, RmsProp};

#[track_caller]
pub(super) fn rmsprop(f: &RmsProp, t: &StepTensors<'_>) -> Result<()> {
    let g = t.gradient(f.maximize, f.weight_decay)?;
    let (square, with_momentum) = (t.states[0], f.momentum > 0.0);
    average_square(square, &g, f.alpha)?;
    let variance = if f.centered {
        let mean = t.states[1 + with_momentum as usize];
        move_to(mean, &g, 1.0 - f.alpha)?;
        square.sub(&mean.square()?)?
    } else {
        square.clone()
    };
    let update = g.div(&variance.sqrt()?.add(f.eps)?)?;
    if !with_momentum {
        return t.param.sub_(&update.mul(f.lr)?);
    }
    let buffer = t.states[1];
    buffer.mul_(f.momentum)?;
    buffer.add_(&update)?;
    t.param.sub_(&buffer.mul(f.lr)?)
}

#[track_caller]
pub(super) fn adagrad(f: &Adagrad, t: &StepTensors<'_>) -> Result<()> {
    let g = t.gradient(f.maximize, f.weight_decay)?;
    let sum = t.states[0];
    sum.add_(&g.square()?)?;
    let rate = f.rate(t.step);
    t.param.sub_(&g.div(&sum.sqrt()?.add(f.eps)?)?.mul(rate)?)
}

#[track_caller]
pub(super) fn adadelta(f: &Adadelta, t: &StepTensors<'_>) -> Result<()> {
    let g = t.gradient(f.maximize, f.weight_decay)?;
    let (square, moved) = (t.states[0], t.states[1]);
    average_square(square, &g, f.rho)?;
    let root = square.add(f.eps)?.sqrt()?;
    let delta = moved.add(f.eps)?.sqrt()?.div(&root)?.mul(&g)?;
    average_square(moved, &delta, f.rho)?;
    t.param.sub_(&delta.mul(f.lr)?)
}
