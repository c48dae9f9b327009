//! A setting that is one number for all parameter groups, or a number for each.

use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result};

/// One number for all parameter groups, or one for each.
#[derive(Clone, PartialEq, Debug)]
pub enum PerGroup {
    /// The same for all.
    All(f64),
    /// One for each, in the order of the groups.
    Each(Vec<f64>),
}

impl PerGroup {
    /// The number of each group; `what` names the setting if there are more or fewer than groups.
    #[track_caller]
    pub(super) fn of(&self, name: &str, what: &str, optimizer: &dyn Optimizer) -> Result<Vec<f64>> {
        let count = optimizer.group_count();
        match self {
            PerGroup::All(value) => Ok(vec![*value; count]),
            PerGroup::Each(values) if values.len() == count => Ok(values.clone()),
            PerGroup::Each(values) => Err(Error::value(format!(
                "{name}: {what} must have the same length as optimizer.param_groups. {what} has {} values, param_groups has {count}.",
                values.len()
            ))),
        }
    }
}

impl From<f64> for PerGroup {
    fn from(value: f64) -> Self {
        PerGroup::All(value)
    }
}

impl From<Vec<f64>> for PerGroup {
    fn from(values: Vec<f64>) -> Self {
        PerGroup::Each(values)
    }
}

impl<const N: usize> From<[f64; N]> for PerGroup {
    fn from(values: [f64; N]) -> Self {
        PerGroup::Each(values.to_vec())
    }
}
