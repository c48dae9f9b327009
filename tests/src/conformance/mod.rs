//! The library held against PyTorch, case by case.
//!
//! A folder of cases holds calls, by PyTorch's names, and PyTorch's answers. The tables from those names to ours ([`operators`],
//! [`modules`], …) are what is worth reading here; everything else reads cases, makes the calls and compares.
//! Nothing is computed here: a case that passes is a call that works.

pub mod args;
pub mod compare;
pub mod document;
pub mod folder;
mod gradients;
pub mod halves;
pub mod modules;
pub mod operators;
pub mod optimizers;
pub mod outputs;
mod placed;
mod random;
mod refusals;
pub mod report;
pub mod schedulers;
mod sections;
mod ties;
pub mod tolerance;
pub mod value;

use report::{Line, Report, Status};
use rushlight::{Device, ErrorKind};
use sections::Case;
use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// How a folder is run.
#[derive(Clone)]
pub struct Settings {
    /// Where the calls are made.
    pub device: Device,
    /// Whether every input is laid out non-contiguously.
    pub strided: bool,
    /// Run only the cases whose id starts like this.
    pub only: Option<String>,
}

impl Settings {
    fn is_gpu(&self) -> bool {
        self.device != Device::CPU
    }
}

/// What a case came to: its largest error over the tolerance.
type Outcome = Result<f64, Trouble>;

/// Why a case did not pass.
enum Trouble {
    Unsupported(String),
    Wrong(String),
}

impl From<String> for Trouble {
    fn from(message: String) -> Trouble {
        Trouble::Wrong(message)
    }
}

impl From<rushlight::Error> for Trouble {
    fn from(e: rushlight::Error) -> Trouble {
        match e.kind() {
            // A device that says what it cannot do gives no wrong answer.
            ErrorKind::Unsupported => Trouble::Unsupported(e.to_string()),
            _ => Trouble::Wrong(e.to_string()),
        }
    }
}

impl From<args::Failure> for Trouble {
    fn from(failure: args::Failure) -> Trouble {
        match failure {
            args::Failure::Unsupported(why) => Trouble::Unsupported(why),
            args::Failure::Forbidden(argument, why) => {
                Trouble::Unsupported(format!("the argument {argument} cannot be written: {why}"))
            }
            args::Failure::Refused(e) => e.into(),
        }
    }
}

/// Runs take turns, because all draw from the default generator.
static RUNNING: Mutex<()> = Mutex::new(());

/// Runs every case of a folder. An error is about the folder itself.
pub fn run(folder: &Path, settings: &Settings) -> Result<Report, String> {
    if !folder.is_dir() {
        return Err(format!("{} is not a folder", folder.display()));
    }
    let _turn = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut report = Report::default();
    section::<folder::OpCase>(folder, settings, &mut report)?;
    section::<folder::ModuleCase>(folder, settings, &mut report)?;
    section::<folder::OptimizerCase>(folder, settings, &mut report)?;
    section::<folder::SchedulerCase>(folder, settings, &mut report)?;
    section::<folder::RefusedCase>(folder, settings, &mut report)?;
    section::<folder::RandomCase>(folder, settings, &mut report)?;
    Ok(report)
}

fn section<C: Case>(folder: &Path, settings: &Settings, report: &mut Report) -> Result<(), String> {
    for path in folder::files(folder, C::SECTION)? {
        let file = folder::File::read(&path)?;
        for json in &file.cases {
            let id = json.get("id").and_then(Json::as_str).unwrap_or_default();
            if settings
                .only
                .as_ref()
                .is_some_and(|prefix| !id.starts_with(prefix.as_str()))
            {
                continue;
            }
            let mut line = Line::new(C::SECTION, id);
            match C::deserialize(json) {
                Err(e) => line.message = format!("the case cannot be read: {e}"),
                Ok(case) => {
                    line.subject = case.subject();
                    (line.core, line.gradient) = (case.is_core(), case.has_gradient());
                    let run = || match &file.unreadable {
                        None => case.run(&file, settings),
                        Some(why) => Err(Trouble::Unsupported(why.clone())),
                    };
                    judge(&mut line, catch_unwind(AssertUnwindSafe(run)));
                }
            }
            report.lines.push(line);
        }
    }
    Ok(())
}

fn judge(line: &mut Line, outcome: std::thread::Result<Outcome>) {
    match outcome {
        Ok(Ok(error)) => {
            // JSON has no infinity.
            line.max_error = Some(error.min(f64::MAX));
            if error <= 1.0 {
                line.status = Status::Pass;
            } else {
                line.message = format!("an element is off by {error:.3} tolerances");
            }
        }
        Ok(Err(Trouble::Wrong(message))) => line.message = message,
        Ok(Err(Trouble::Unsupported(why))) => {
            line.status = Status::Unsupported;
            line.message = why;
        }
        Err(panic) => {
            line.status = Status::Panic;
            let text = panic.downcast_ref::<String>().map(String::as_str);
            line.message = text
                .or(panic.downcast_ref::<&str>().copied())
                .unwrap_or("a panic without a message")
                .to_owned();
        }
    }
}
