//! Settings that are one number for all parameter groups, or one number for each.

use crate::optim::Optimizer;
use rushlight_files::numbers::{self, Number};
use rushlight_tensor::options::Setting;
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Deserializer, Serializer};

/// One number for all parameter groups, or one for each.
#[derive(Clone, PartialEq, Debug)]
pub enum PerGroup {
    /// The same number for all groups.
    All(f64),
    /// One number for each group, in the order of the groups.
    Each(Vec<f64>),
}

impl PerGroup {
    /// Returns the number of each group, or an error that names the setting `what` if there is not one number for each group.
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

/// A number, or a list of them.
impl Setting for PerGroup {
    fn save<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            PerGroup::All(value) => numbers::serialize(value, to),
            PerGroup::Each(values) => numbers::serialize(values, to),
        }
    }

    fn load<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Saved {
            All(Number),
            Each(Vec<Number>),
        }
        Ok(match Saved::deserialize(from)? {
            Saved::All(Number(value)) => PerGroup::All(value),
            Saved::Each(values) => PerGroup::Each(values.into_iter().map(|n| n.0).collect()),
        })
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

/// Returns the smallest and the largest momentum of each group, or an error if the optimizer has no momentum.
#[track_caller]
pub(super) fn cycled_momenta(
    name: &str,
    base: &PerGroup,
    max: &PerGroup,
    optimizer: &dyn Optimizer,
) -> Result<Vec<(f64, f64)>> {
    if optimizer.rates(0)?.momentum.is_none() {
        return Err(Error::value(format!(
            "{name}: optimizer must support momentum or beta1 with `cycle_momentum` option enabled; {} has neither",
            optimizer.name()
        )));
    }
    let base = base.of(name, "base_momentum", optimizer)?;
    let max = max.of(name, "max_momentum", optimizer)?;
    Ok(base.into_iter().zip(max).collect())
}

/// Returns an error unless every list that is present has one entry for each group.
#[track_caller]
pub(super) fn check_lists(name: &str, lengths: [Option<usize>; 2], groups: usize) -> Result<()> {
    match lengths
        .into_iter()
        .flatten()
        .find(|length| *length != groups)
    {
        Some(length) => Err(Error::value(format!(
            "{name}: settings for {length} parameter groups, but there are {groups}"
        ))),
        None => Ok(()),
    }
}
