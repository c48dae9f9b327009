//! `conformance DIR`: runs a folder of PyTorch's cases and says how many pass.

use clap::Parser;
use rushlight::Device;
use rushlight_tests::conformance::report::Status;
use rushlight_tests::conformance::{Settings, run};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs a folder of PyTorch's cases, and prints, last, how many of each section pass.
///
/// The exit status is 0 however many fail, unless `--strict` is given; it is 2 if the folder cannot be run at all.
#[derive(Parser)]
struct Flags {
    /// The folder: ops/, modules/, optimizers/, schedulers/, errors/, random/.
    folder: PathBuf,
    /// Where the calls are made: cpu or gpu.
    #[arg(long, default_value = "cpu")]
    device: String,
    /// Run only cases whose id starts like this.
    #[arg(long)]
    only: Option<String>,
    /// Lay every input out non-contiguously.
    #[arg(long)]
    strided: bool,
    /// Write a line of JSON for each case to this file.
    #[arg(long)]
    report: Option<PathBuf>,
    /// End with status 1 if a case fails or panics, or if none passes. Unsupported cases are allowed.
    #[arg(long)]
    strict: bool,
}

fn main() -> ExitCode {
    match start(Flags::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

/// Whether the run is a success.
fn start(flags: Flags) -> Result<bool, String> {
    let device = match flags.device.as_str() {
        "cpu" => Device::CPU,
        "gpu" => Device::gpu(0).map_err(|e| format!("--device gpu: {}", e.message()))?,
        other => return Err(format!("--device is cpu or gpu, not {other:?}")),
    };
    // A panic is counted and told with its case; its backtrace would only hide the counts.
    std::panic::set_hook(Box::new(|_| {}));
    let settings = Settings {
        device,
        strided: flags.strided,
        only: flags.only,
    };
    let report = run(&flags.folder, &settings)?;
    if let Some(path) = flags.report {
        std::fs::write(&path, report.json()).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    print!("{report}");
    let passed = report.lines.iter().any(|l| l.status == Status::Pass);
    Ok(!flags.strict || passed && report.wrong().next().is_none())
}
