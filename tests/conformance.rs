//! PyTorch's own samples: a selection of them that holds every operator, module and optimizer that we have. `conformance/make_cases.py` made it.

use rushlight::nn::{load_tensors, save_tensors};
use rushlight::{DType, Device};
use rushlight_tests::conformance::report::{Line, Report, Status};
use rushlight_tests::conformance::{Settings, modules, operators, optimizers, run, schedulers};
use rushlight_tests::devices;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("conformance")
        .join(name)
}

fn selection() -> PathBuf {
    folder("selection")
}

fn settings(device: Device, strided: bool) -> Settings {
    Settings {
        device,
        strided,
        only: None,
    }
}

fn assert_nothing_wrong(report: &Report, what: &str) {
    let wrong: Vec<String> = report
        .wrong()
        .map(|l| format!("{} {}: {}", l.section, l.id, l.message))
        .collect();
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn every_answer_is_pytorchs() {
    for device in devices() {
        for strided in [false, true] {
            let report = run(&selection(), &settings(device.clone(), strided)).unwrap();
            assert_nothing_wrong(&report, &format!("on {device}, strided: {strided}"));
        }
    }
}

/// Infinities, NaN, ties and numbers whose squares overflow or vanish, held to all their digits. `conformance/special_cases.py` made them.
#[test]
fn special_values_have_right_answers() {
    let special = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/special");
    for device in devices() {
        for strided in [false, true] {
            let report = run(&special, &settings(device.clone(), strided)).unwrap();
            assert_nothing_wrong(&report, &format!("on {device}, strided: {strided}"));
        }
    }
}

/// Samples of float16 and bfloat16, whose answers were computed in float64 and rounded once.
#[test]
fn halves_are_rounded_once() {
    for device in devices() {
        for strided in [false, true] {
            let report = run(&folder("halves"), &settings(device.clone(), strided)).unwrap();
            assert_nothing_wrong(&report, &format!("on {device}, strided: {strided}"));
            assert!(
                report
                    .lines
                    .iter()
                    .filter(|l| l.status == Status::Pass)
                    .count()
                    > 1400
            );
        }
    }
}

/// Schedules of functions and of other schedules, and an optimizer whose steps require a closure, which no case can hold; the tests of
/// `rushlight-nn` hold them against PyTorch.
const WITHOUT_CASES: [&str; 5] = [
    "ChainedScheduler",
    "LBFGS",
    "LambdaLR",
    "MultiplicativeLR",
    "SequentialLR",
];

/// A table row whose call is never made, or never right, proves nothing.
#[test]
fn every_row_of_the_tables_is_proven() {
    let report = run(&selection(), &settings(Device::CPU, false)).unwrap();
    let operators = operators::FAMILIES
        .iter()
        .copied()
        .flatten()
        .map(|r| r.name);
    let modules = modules::FAMILIES.iter().copied().flatten().map(|r| r.name);
    // What would give complex numbers is refused; that is all a case can show of it.
    assert_proven(&report, &["ops", "errors"], operators);
    assert_proven(&report, &["modules"], modules);
    let optimizers = optimizers::ROWS.iter().map(|r| r.name);
    assert_proven(
        &report,
        &["optimizers"],
        optimizers.filter(|name| !WITHOUT_CASES.contains(name)),
    );
    let schedules = schedulers::ROWS.iter().map(|r| r.name);
    assert_proven(
        &report,
        &["schedulers"],
        schedules.filter(|name| !WITHOUT_CASES.contains(name)),
    );
}

fn assert_proven(report: &Report, sections: &[&str], rows: impl Iterator<Item = &'static str>) {
    let passed = |line: &&Line| sections.contains(&line.section) && line.status == Status::Pass;
    let proven: BTreeSet<&str> = report
        .lines
        .iter()
        .filter(passed)
        .map(|l| l.subject.as_str())
        .collect();
    let missing: Vec<&str> = rows.filter(|row| !proven.contains(row)).collect();
    assert!(
        missing.is_empty(),
        "{sections:?} without a case that passes: {missing:?}"
    );
}

/// Every expected tensor is changed a little; no case that compares numbers may pass any more.
#[test]
fn wrong_expectations_fail() {
    let folder = tempfile::tempdir().unwrap();
    for section in ["ops", "modules", "optimizers", "random"] {
        let (from, to) = (selection().join(section), folder.path().join(section));
        fs::create_dir(&to).unwrap();
        let name = format!("{section}.jsonl");
        fs::copy(from.join(&name), to.join(&name)).unwrap();
        let mut saved = load_tensors(from.join(&name).with_extension("safetensors")).unwrap();
        let expected: Vec<String> = saved
            .tensors
            .keys()
            .filter(|k| is_expectation(section, k))
            .map(str::to_owned)
            .collect();
        for key in expected {
            let t = saved.tensors.require(&key).unwrap();
            let wrong = match t.dtype() {
                DType::Bool => t.logical_not().unwrap(),
                d if d.is_float() => t
                    .nan_to_num(0.0, Some(0.0), Some(0.0))
                    .unwrap()
                    .mul(1.1)
                    .unwrap()
                    .add(0.1)
                    .unwrap(),
                _ => t.add(1).unwrap(),
            };
            saved.tensors.insert(key, wrong.to(t.dtype()).unwrap());
        }
        save_tensors(
            to.join(&name).with_extension("safetensors"),
            &saved.tensors,
            &saved.metadata,
        )
        .unwrap();
    }
    let right = run(&selection(), &settings(Device::CPU, false)).unwrap();
    let compared: HashMap<&str, bool> = right
        .lines
        .iter()
        .map(|l| (l.id.as_str(), l.max_error.is_some()))
        .collect();
    let empty = |line: &Line| line.max_error == Some(0.0);
    let wrong = run(folder.path(), &settings(Device::CPU, false)).unwrap();
    let passed: Vec<&str> = wrong
        .lines
        .iter()
        .filter(|l| l.status == Status::Pass && compared[l.id.as_str()] && !empty(l))
        .map(|l| l.id.as_str())
        .collect();
    assert!(
        passed.is_empty(),
        "passed in spite of wrong expectations: {passed:?}"
    );
    let failed = wrong.wrong().count();
    assert!(failed > right.lines.len() / 2, "only {failed} cases failed");
}

/// A file that cannot be read costs its own cases and no others.
#[test]
fn files_that_cannot_be_read_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let ops = folder.path().join("ops");
    fs::create_dir(&ops).unwrap();
    for name in ["broken", "whole"] {
        let line = format!(
            r#"{{"id":"{name}/0","op":"zeros","args":[{{"tuple":[2]}}],"kwargs":{{}},"outputs":[]}}"#
        );
        fs::write(ops.join(name).with_extension("jsonl"), line).unwrap();
    }
    fs::write(ops.join("broken.safetensors"), "no tensors").unwrap();
    let report = run(folder.path(), &settings(Device::CPU, false)).unwrap();
    let statuses: Vec<(&str, Status)> = report
        .lines
        .iter()
        .map(|l| (l.id.as_str(), l.status))
        .collect();
    assert_eq!(
        statuses,
        [("broken/0", Status::Unsupported), ("whole/0", Status::Fail)]
    );
    assert!(
        report.lines[0].message.contains("broken.safetensors"),
        "{}",
        report.lines[0].message
    );

    fs::write(ops.join("broken.jsonl"), "{").unwrap();
    let refused = run(folder.path(), &settings(Device::CPU, false))
        .err()
        .unwrap();
    assert!(refused.contains("broken.jsonl, line 1"), "{refused}");
}

/// A case that fails and one that is unsupported, by their ids.
const CASES: [(&str, &str); 2] = [
    (
        "wrong",
        r#""op":"zeros","args":[{"tuple":[2]}],"kwargs":{},"outputs":[]"#,
    ),
    (
        "unknown",
        r#""op":"nothing","args":[],"kwargs":{},"outputs":[]"#,
    ),
];

/// The exit status of the program on some of the selection and on single cases.
#[test]
fn the_program_fails_only_if_it_is_strict_and_a_case_is_wrong() {
    let status = |folder: &Path, flags: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_conformance"))
            .arg(folder)
            .args(flags)
            .output()
            .unwrap();
        run.status.code()
    };
    let folder = |name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let ops = folder.path().join("ops");
        fs::create_dir(&ops).unwrap();
        let (_, case) = CASES.iter().find(|(id, _)| *id == name).unwrap();
        fs::write(
            ops.join("cases.jsonl"),
            format!(r#"{{"id":"{name}/0",{case}}}"#),
        )
        .unwrap();
        folder
    };
    let wrong = folder("wrong");
    assert_eq!(status(wrong.path(), &[]), Some(0));
    assert_eq!(status(wrong.path(), &["--strict"]), Some(1));
    // Nothing that passes proves nothing.
    assert_eq!(status(folder("unknown").path(), &["--strict"]), Some(1));
    assert_eq!(
        status(&selection(), &["--strict", "--only", "add/"]),
        Some(0)
    );
    assert_eq!(status(Path::new("nowhere"), &["--strict"]), Some(2));
}

fn is_expectation(section: &str, key: &str) -> bool {
    let kind = key.trim_end_matches(|c: char| c.is_ascii_digit());
    match section {
        "optimizers" => kind == "p",
        "random" => kind == "d",
        _ => matches!(kind, "out" | "grad" | "after"),
    }
}
