//! Calls that must be refused.

use super::args::Failure;
use super::folder::{File, OpCase};
use super::{Outcome, Settings, Trouble, operators, placed};

/// Calls that Rust's types leave no way to write: the argument, and why.
const FORBIDDEN: &[(&str, &str)] = &[];

/// Passes if the library's own call is an error.
pub fn run(case: &OpCase, file: &File, settings: &Settings) -> Outcome {
    let Some(row) = operators::find(&case.op, &case.variant) else {
        return Err(Trouble::Unsupported("there is no such operation".into()));
    };
    let args = placed::args(&case.args, &case.kwargs, file, settings)?;
    let answer = (row.call)(&args);
    if let Some(argument) = args.unread() {
        return Err(Trouble::Unsupported(format!(
            "{argument} is not translated"
        )));
    }
    match answer {
        Err(Failure::Refused(_)) => Ok(0.0),
        Err(Failure::Forbidden(argument, _)) if FORBIDDEN.contains(&(&case.op, argument)) => {
            Ok(0.0)
        }
        Err(other) => Err(other.into()),
        Ok(outputs) => Err(Trouble::Wrong(format!(
            "an answer where PyTorch refuses: {}",
            outputs
                .0
                .first()
                .map(|t| format!("{:?} {}", t.shape(), t.dtype()))
                .unwrap_or_default()
        ))),
    }
}
