//! `operators`: writes `docs/OPERATORS.md` from a run of the conformance cases, or checks that it is what such a run gives.

use clap::Parser;
use rushlight_tests::conformance::document::document;
use rushlight_tests::conformance::{Settings, run};
use rushlight_tests::devices;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Writes docs/OPERATORS.md from a run of the conformance cases on every device.
#[derive(Parser)]
struct Flags {
    /// The folder of cases; by default the project's selection.
    #[arg(long)]
    cases: Option<PathBuf>,
    /// Write nothing; end with 1 if the document is not what the run gives.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match start(&Flags::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!(
                "docs/OPERATORS.md is out of date: cargo run -p rushlight-tests --bin operators"
            );
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Whether the document is up to date now.
fn start(flags: &Flags) -> Result<bool, String> {
    std::panic::set_hook(Box::new(|_| {}));
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let selection = project.join("conformance/selection");
    let mut reports = Vec::new();
    for device in devices() {
        let settings = Settings {
            device,
            strided: false,
            only: None,
        };
        let report = run(flags.cases.as_ref().unwrap_or(&selection), &settings)?;
        reports.push((settings.device.to_string(), report));
    }
    let (path, text) = (project.join("../docs/OPERATORS.md"), document(&reports));
    if flags.check {
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        if reports.len() > 1 {
            return Ok(old == text);
        }
        eprintln!("without a GPU its column is not checked");
        return Ok(old
            .lines()
            .map(without_gpu)
            .eq(text.lines().map(without_gpu)));
    }
    std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(true)
}

/// A line without the last cell, if it is a table's.
fn without_gpu(line: &str) -> &str {
    let row = line.strip_suffix('|').unwrap_or(line);
    row.rfind('|').map_or(line, |at| &line[..at])
}
