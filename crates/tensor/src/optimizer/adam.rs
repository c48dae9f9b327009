//! Adam and the optimizers that share its moment estimates.

use super::{StepTensors, average_square, move_to};
use crate::Tensor;
use rushlight_backend::Result;
use rushlight_backend::update::{Adam, Adamax, NAdam, RAdam, bias_correction};

/// Applies decoupled weight decay, updates both moments, and returns the gradient.
#[track_caller]
fn moments(
    t: &StepTensors<'_>,
    lr: f64,
    betas: (f64, f64),
    (weight_decay, decoupled): (f64, bool),
    maximize: bool,
) -> Result<Tensor> {
    let g = t.gradient(maximize, if decoupled { 0.0 } else { weight_decay })?;
    if decoupled {
        t.decay(lr, weight_decay)?;
    }
    move_to(t.states[0], &g, 1.0 - betas.0)?;
    average_square(t.states[1], &g, betas.1)?;
    Ok(g)
}

#[track_caller]
pub(super) fn adam(f: &Adam, t: &StepTensors<'_>) -> Result<()> {
    moments(t, f.lr, f.betas, (f.weight_decay, f.decoupled), f.maximize)?;
    let mut second = t.states[1];
    if f.amsgrad {
        t.states[2].copy_(&t.states[2].maximum(second)?)?;
        second = t.states[2];
    }
    let (c1, c2) = (
        bias_correction(f.betas.0, t.step),
        bias_correction(f.betas.1, t.step),
    );
    let denominator = second.sqrt()?.div(c2.sqrt())?.add(f.eps)?;
    t.param
        .sub_(&t.states[0].div(&denominator)?.mul(f.lr / c1)?)
}

#[track_caller]
pub(super) fn adamax(f: &Adamax, t: &StepTensors<'_>) -> Result<()> {
    let g = t.gradient(f.maximize, f.weight_decay)?;
    let (average, norm) = (t.states[0], t.states[1]);
    move_to(average, &g, 1.0 - f.betas.0)?;
    norm.copy_(&norm.mul(f.betas.1)?.maximum(&g.abs()?.add(f.eps)?)?)?;
    let rate = f.lr / bias_correction(f.betas.0, t.step);
    t.param.sub_(&average.div(norm)?.mul(rate)?)
}

#[track_caller]
pub(super) fn nadam(f: &NAdam, t: &StepTensors<'_>) -> Result<()> {
    let g = moments(t, f.lr, f.betas, (f.weight_decay, f.decoupled), f.maximize)?;
    let [of_gradient, of_average] = t.factors;
    let denominator = t.states[1]
        .div(bias_correction(f.betas.1, t.step))?
        .sqrt()?
        .add(f.eps)?;
    t.param.sub_(&g.div(&denominator)?.mul(of_gradient)?)?;
    t.param
        .sub_(&t.states[0].div(&denominator)?.mul(of_average)?)
}

#[track_caller]
pub(super) fn radam(f: &RAdam, t: &StepTensors<'_>) -> Result<()> {
    moments(t, f.lr, f.betas, (f.weight_decay, f.decoupled), f.maximize)?;
    let (average, square) = (t.states[0], t.states[1]);
    let rate = f.lr / bias_correction(f.betas.0, t.step);
    let Some(r) = f.rectification(t.step) else {
        return t.param.sub_(&average.mul(rate)?);
    };
    let rate = rate * r * bias_correction(f.betas.1, t.step).sqrt();
    let denominator = square.sqrt()?.add(f.eps)?;
    t.param.sub_(&average.div(&denominator)?.mul(rate)?)
}
