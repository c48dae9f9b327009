//! Rushlight's column of the table that `benches/peers/compare.py` prints. Each result is checked against a plain formula.
//!
//! ```text
//! cargo run --release -q -p rushlight-benches --bin peers -- --only matmul_ --only lstm_
//! ```

use clap::Parser;
use rushlight::{Result, manual_seed, set_num_threads};
use rushlight_benches::peers;
use rushlight_benches::peers::harness::{Bench, Flags};
use std::process::ExitCode;

fn main() -> ExitCode {
    match measure(Flags::parse()) {
        Ok(failed) if failed.is_empty() => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("error: these rows failed:\n{}", failed.join("\n"));
            ExitCode::FAILURE
        }
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}

/// Measures all rows that are asked for and prints those that are right. Returns a message for each of the others.
fn measure(flags: Flags) -> Result<Vec<String>> {
    set_num_threads(flags.threads)?;
    manual_seed(0);
    let mut bench = Bench::new(flags);
    let mut failed = Vec::new();
    for row in peers::rows() {
        let key = row.key().to_string();
        if bench.wants(&key)
            && let Err(e) = row.measure(&mut bench)
        {
            failed.push(format!("{key}: {e}"));
        }
    }
    bench.finish();
    Ok(failed)
}
