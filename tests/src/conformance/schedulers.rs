//! schedulers

use super::folder::SchedulerCase;
use super::{Outcome, Settings, Trouble};

pub(super) fn run(_case: &SchedulerCase, _settings: &Settings) -> Outcome {
    Err(Trouble::Unsupported("there is no such case yet".into()))
}
