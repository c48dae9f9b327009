//! How many instructions small work takes, counted by callgrind on one thread: unlike times, the counts hardly vary.
//!
//! ```text
//! cargo run --release -q --bin instructions              # counts all work and prints a table
//! cargo run --release -q --bin instructions -- --check   # fails if a count is larger than benches/instructions.json allows
//! cargo run --release -q --bin instructions -- --write   # makes these counts those that are allowed
//! ```
//!
//! The program runs itself under valgrind, twice for each kind of work. The difference of the two counts, divided by that of the rounds, is the
//! count of one round; start and end cancel out. Nothing wider than AVX2 is used, because valgrind knows nothing wider.

#![deny(missing_docs)]

mod work;

use clap::Parser;
use rushlight::{Error, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use work::Work;

/// By how much a count may exceed the committed one. Other processors choose other functions of the C library.
const TOLERANCE: f64 = 0.03;

/// Counts the instructions of small work.
#[derive(Parser)]
struct Flags {
    /// Do this work instead of counting, as often as `rounds` says.
    #[arg(requires = "rounds", conflicts_with_all = ["check", "write"])]
    work: Option<String>,
    rounds: Option<usize>,
    /// Fail if a count exceeds the committed one by more than 3%.
    #[arg(long, conflicts_with = "write")]
    check: bool,
    /// Write the counts to benches/instructions.json.
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let done = match (&flags.work, flags.rounds) {
        (Some(name), Some(rounds)) => work::named(name).and_then(|work| work.run(rounds)),
        _ => count_all(&flags),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {}", e.message());
            ExitCode::FAILURE
        }
    }
}

/// Counts all work, prints a table, and checks or writes the committed counts.
fn count_all(flags: &Flags) -> Result<()> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("instructions.json");
    let committed = committed(&path)?;
    let mut counts = BTreeMap::new();
    let mut exceeded = Vec::new();
    println!(
        "{:>12} {:>12}         one round",
        "instructions", "committed"
    );
    for work in &work::ALL {
        let count = count(work)?;
        let (allowed, change) = match committed.get(work.name) {
            Some(&allowed) => {
                let change = count as f64 / allowed as f64 - 1.0;
                if change > TOLERANCE {
                    exceeded.push(work.name);
                }
                (allowed.to_string(), format!("{:+.1}%", 100.0 * change))
            }
            None => {
                exceeded.push(work.name);
                ("-".into(), String::new())
            }
        };
        println!("{count:>12} {allowed:>12} {change:>7} {}", work.round);
        counts.insert(work.name, count);
    }
    if flags.write {
        let text =
            serde_json::to_string_pretty(&counts).map_err(|e| Error::state(e.to_string()))?;
        std::fs::write(&path, text + "\n")
            .map_err(|e| Error::state(format!("{}: {e}", path.display())))?;
    }
    match exceeded.is_empty() || !flags.check {
        true => Ok(()),
        false => Err(Error::state(format!(
            "more instructions than {} allows, by over {:.0}%: {}; \
             if that is the price of something, run `instructions --write` and say what for",
            path.display(),
            100.0 * TOLERANCE,
            exceeded.join(", ")
        ))),
    }
}

/// The committed counts by name; none if there is no file.
fn committed(path: &std::path::Path) -> Result<BTreeMap<String, u64>> {
    let failed = |e: String| Error::state(format!("{}: {e}", path.display()));
    match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|e| failed(e.to_string())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(e) => Err(failed(e.to_string())),
    }
}

/// The instructions of one round.
fn count(work: &Work) -> Result<u64> {
    let few = callgrind(work, work.rounds)?;
    let many = callgrind(work, 2 * work.rounds)?;
    Ok(many.saturating_sub(few) / work.rounds as u64)
}

/// The instructions of a run of this program.
fn callgrind(work: &Work, rounds: usize) -> Result<u64> {
    let failed = |e: String| Error::state(format!("callgrind {} {rounds}: {e}", work.name));
    let program = std::env::current_exe().map_err(|e| failed(e.to_string()))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([work.name, &rounds.to_string()])
        .env("RAYON_NUM_THREADS", "1")
        .env("RUSHLIGHT_SIMD", "avx2")
        .output()
        .map_err(|e| failed(format!("{e}; is valgrind installed?")))?;
    let report = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(failed(report.into_owned()));
    }
    let count = report.split("Collected : ").nth(1);
    let count = count.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    count.ok_or_else(|| failed(format!("no count in its report:\n{report}")))
}
