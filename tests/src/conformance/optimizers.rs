//! optimizers

use super::folder::{File, OptimizerCase};
use super::{Outcome, Settings, Trouble};

pub(super) fn run(_case: &OptimizerCase, _file: &File, _settings: &Settings) -> Outcome {
    Err(Trouble::Unsupported("there is no such case yet".into()))
}
