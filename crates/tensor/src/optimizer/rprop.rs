//! Rprop: resilient backpropagation.

use super::StepTensors;
use rushlight_backend::Result;
use rushlight_backend::update::Rprop;

#[track_caller]
pub(super) fn rprop(f: &Rprop, t: &StepTensors<'_>) -> Result<()> {
    let g = t.gradient(f.maximize, 0.0)?;
    let (last, size) = (t.states[0], t.states[1]);
    let agreement = g.mul(last)?;
    let (opposite, same) = (agreement.lt(0.0)?, agreement.gt(0.0)?);
    let (shrink, grow) = f.etas;
    let grown = same.where_cond(&size.mul(grow)?, size)?;
    let scaled = opposite.where_cond(&size.mul(shrink)?, &grown)?;
    size.copy_(&scaled.clamp(f.step_sizes.0, f.step_sizes.1)?)?;
    let g = g.masked_fill(&opposite, 0.0)?;
    t.param.sub_(&g.sign()?.mul(size)?)?;
    last.copy_(&g)
}
