//! `docs/OPERATORS.md`: what of PyTorch is here, by what name, and what proves it.

use super::report::{Line, Report, Status};
use super::{modules, operators, optimizers, schedulers};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The document for one report a device, `(the device's name, the report)`.
pub fn document(reports: &[(String, Report)]) -> String {
    let mut text = String::from(HEAD);
    let operators = operators::FAMILIES
        .iter()
        .copied()
        .flatten()
        .map(|r| (r.name, r.rust))
        .collect();
    let modules = modules::FAMILIES
        .iter()
        .copied()
        .flatten()
        .map(|r| (r.name, r.rust))
        .collect();
    let optimizers = optimizers::ROWS.iter().map(|r| (r.name, r.rust)).collect();
    let schedulers = schedulers::ROWS.iter().map(|r| (r.name, r.rust)).collect();
    table(&mut text, "Operators", "ops", operators, reports);
    table(&mut text, "Modules", "modules", modules, reports);
    table(&mut text, "Optimizers", "optimizers", optimizers, reports);
    table(
        &mut text,
        "Learning-rate schedules",
        "schedulers",
        schedulers,
        reports,
    );
    missing(&mut text, reports);
    text
}

const HEAD: &str = "# PyTorch's operators and modules in Rushlight

Made by `cargo run -p rushlight-tests --bin operators`; do not edit. Every number comes from a run of PyTorch's own samples
(`tests/conformance/selection`, made by `tests/conformance/make_cases.py`): passed / made, with values, dtypes, shapes and gradients equal to PyTorch's.
Dtypes are those of the samples that passed; most operators take more. A name with a variant stands as `op.variant`; – means that the machine
had no such device.
";

/// Names by the row they stand in.
type Rows = BTreeMap<&'static str, &'static str>;

fn table(text: &mut String, title: &str, section: &str, rows: Rows, reports: &[(String, Report)]) {
    let _ = writeln!(
        text,
        "\n## {title}\n\n| PyTorch | Rushlight | dtypes | gradient | cpu | gpu |\n| --- | --- | --- | --- | --- | --- |"
    );
    for (name, ours) in rows {
        let about = |l: &&Line| l.section == section && l.subject == name;
        let passed = |l: &&Line| l.status == Status::Pass;
        let proven = || {
            reports
                .iter()
                .flat_map(|(_, r)| &r.lines)
                .filter(about)
                .filter(passed)
        };
        let dtypes: BTreeSet<&str> = proven().filter_map(dtype_of).collect();
        let dtypes = Vec::from_iter(dtypes).join(" ");
        let gradient = if proven().any(|l| l.gradient) {
            "yes"
        } else {
            ""
        };
        let on = |device: &str| {
            let report = reports.iter().find(|(name, _)| name.starts_with(device));
            report.map_or("–".to_owned(), |(_, r)| {
                let cases = || r.lines.iter().filter(about);
                format!("{}/{}", cases().filter(passed).count(), cases().count())
            })
        };
        let _ = writeln!(
            text,
            "| `{name}` | `{ours}` | {dtypes} | {gradient} | {} | {} |",
            on("cpu"),
            on("gpu")
        );
    }
}

/// The dtype of an operator's sample stands in its id: `add/float32/0`.
fn dtype_of(line: &Line) -> Option<&str> {
    let dtype = line.id.rsplit('/').nth(1)?;
    (line.section == "ops").then_some(dtype)
}

fn missing(text: &mut String, reports: &[(String, Report)]) {
    let _ = writeln!(text, "\n## Not there yet\n");
    let mut whole: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut parts: BTreeSet<(&str, &str)> = BTreeSet::new();
    for line in reports
        .iter()
        .flat_map(|(_, r)| &r.lines)
        .filter(|l| l.status == Status::Unsupported)
    {
        match known(line) {
            true => parts.insert((&line.subject, &line.message)),
            false => whole.entry(line.section).or_default().insert(&line.subject),
        };
    }
    for (section, names) in whole.iter().filter(|(section, _)| **section != "errors") {
        let names: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
        let _ = writeln!(text, "- {section}: {}", names.join(", "));
    }
    for (name, why) in parts {
        let _ = writeln!(text, "- `{name}`: {why}");
    }
}

/// Whether a table has the name.
fn known(line: &Line) -> bool {
    match line.section {
        "ops" | "errors" => operators::find(&line.subject, "").is_some(),
        "modules" => modules::find(&line.subject).is_some(),
        "optimizers" => optimizers::find(&line.subject).is_some(),
        _ => schedulers::find(&line.subject).is_some(),
    }
}
