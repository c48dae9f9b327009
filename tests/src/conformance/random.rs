//! random

use super::folder::{File, RandomCase};
use super::{Outcome, Settings, Trouble};

pub(super) fn run(_case: &RandomCase, _file: &File, _settings: &Settings) -> Outcome {
    Err(Trouble::Unsupported("there is no such case yet".into()))
}
