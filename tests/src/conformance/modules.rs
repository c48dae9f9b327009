//! modules

use super::folder::{File, ModuleCase};
use super::{Outcome, Settings, Trouble};

pub(super) fn run(_case: &ModuleCase, _file: &File, _settings: &Settings) -> Outcome {
    Err(Trouble::Unsupported("there is no such case yet".into()))
}
