//! The sections of a folder: what a case of each is about, and how it is run.

use super::folder::{
    File, ModuleCase, OpCase, OptimizerCase, RandomCase, RefusedCase, SchedulerCase,
};
use super::{Outcome, Settings, modules, operators, optimizers, random, refusals, schedulers};
use serde::de::DeserializeOwned;

/// A case of a section.
pub(super) trait Case: DeserializeOwned {
    /// The section's name, and its folder's.
    const SECTION: &'static str;

    /// What is called: the name of its row in the table, PyTorch's name if there is none.
    fn subject(&self) -> String;

    /// Whether it counts as core.
    fn is_core(&self) -> bool {
        true
    }

    /// Whether gradients are compared.
    fn has_gradient(&self) -> bool {
        false
    }

    /// Makes the call and compares.
    fn run(&self, file: &File, settings: &Settings) -> Outcome;
}

fn operator(case: &OpCase) -> String {
    let row = operators::find(&case.op, &case.variant).map(|row| row.name);
    row.unwrap_or(&case.op).to_owned()
}

impl Case for OpCase {
    const SECTION: &'static str = "ops";

    fn subject(&self) -> String {
        operator(self)
    }

    fn is_core(&self) -> bool {
        self.tier == 1
    }

    fn has_gradient(&self) -> bool {
        self.grads.values().any(Option::is_some)
    }

    fn run(&self, file: &File, settings: &Settings) -> Outcome {
        operators::run(self, file, settings)
    }
}

impl Case for ModuleCase {
    const SECTION: &'static str = "modules";

    fn subject(&self) -> String {
        self.module.clone()
    }

    fn has_gradient(&self) -> bool {
        self.grads
            .values()
            .chain(self.param_grads.values())
            .any(Option::is_some)
    }

    fn run(&self, file: &File, settings: &Settings) -> Outcome {
        modules::run(self, file, settings)
    }
}

impl Case for OptimizerCase {
    const SECTION: &'static str = "optimizers";

    fn subject(&self) -> String {
        self.optimizer.clone()
    }

    fn run(&self, file: &File, settings: &Settings) -> Outcome {
        optimizers::run(self, file, settings)
    }
}

impl Case for SchedulerCase {
    const SECTION: &'static str = "schedulers";

    fn subject(&self) -> String {
        self.scheduler.clone()
    }

    fn run(&self, file: &File, settings: &Settings) -> Outcome {
        schedulers::run(self, file, settings)
    }
}

impl Case for RefusedCase {
    const SECTION: &'static str = "errors";

    fn subject(&self) -> String {
        operator(&self.0)
    }

    fn run(&self, file: &File, settings: &Settings) -> Outcome {
        refusals::run(&self.0, file, settings)
    }
}

impl Case for RandomCase {
    const SECTION: &'static str = "random";

    fn subject(&self) -> String {
        self.id.clone()
    }

    fn run(&self, file: &File, settings: &Settings) -> Outcome {
        random::run(self, file, settings)
    }
}
