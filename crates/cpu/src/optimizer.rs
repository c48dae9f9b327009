//! Optimizer steps.
use rushlight_backend::{Done, OptimizerStep, Result, StepViews};

pub(crate) fn step(_f: &OptimizerStep, _group: &[StepViews<'_>]) -> Result<Done> {
    Ok(Done::Compose)
}
