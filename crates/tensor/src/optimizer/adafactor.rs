//! Adafactor, which estimates the second moment of a matrix from the moments of its rows and columns.

use super::{StepTensors, move_to};
use crate::Tensor;
use rushlight_backend::update::Adafactor;
use rushlight_backend::{DType, Result};

#[track_caller]
pub(super) fn adafactor(f: &Adafactor, t: &StepTensors<'_>, dtype: DType) -> Result<()> {
    let g = t.gradient(f.maximize, 0.0)?;
    let step = t.step as f64;
    let weight = step.powf(f.beta2_decay);
    let floor = f.eps.0.unwrap_or_else(|| dtype.epsilon());
    // The parameter's scale is computed before its decay.
    let scale = at_least(f.eps.1, &root_mean_square(t.param)?)?;
    let rate = scale.mul(f.lr.min(step.sqrt().recip()))?;
    t.decay(f.lr, f.weight_decay)?;
    let squares = g.square()?;
    let variance = if let [rows, columns] = *t.states {
        move_to(rows, &squares.mean_dim(-1, true)?, weight)?;
        move_to(columns, &squares.mean_dim(-2, true)?, weight)?;
        let mean = rows.mean_dim(-2, true)?.clamp_min(floor)?;
        rows.mul(columns)?.div(&mean)?
    } else {
        move_to(t.states[0], &squares, weight)?;
        t.states[0].clone()
    };
    let update = g.mul(&variance.clamp_min(floor * floor)?.rsqrt()?)?;
    let clip = at_least(1.0, &root_mean_square(&update)?.div(f.d)?)?;
    t.param.sub_(&update.mul(&rate.div(&clip)?)?)
}

#[track_caller]
fn root_mean_square(x: &Tensor) -> Result<Tensor> {
    x.norm()?.div((x.numel() as f64).sqrt())
}

/// The larger of both; `least` if `x` is NaN, so that one NaN does not spread to the whole parameter.
#[track_caller]
fn at_least(least: f64, x: &Tensor) -> Result<Tensor> {
    x.fmax(&x.full_like(least)?)
}
