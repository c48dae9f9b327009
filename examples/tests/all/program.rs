//! Runs an example as a person does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program of an example, which cargo builds beside this test.
pub fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap();
    built
        .join("examples")
        .join(format!("{example}{}", std::env::consts::EXE_SUFFIX))
}

pub fn run(example: &str, folder: &Path, flags: &[&str]) -> Output {
    Command::new(program(example))
        .args(flags)
        .current_dir(folder)
        // Mesa's layer that chooses devices complains where there is no desktop, and these tests look at every line.
        .env("NODEVICE_SELECT", "1")
        .output()
        .expect("cargo test builds the examples")
}

/// What the program prints. It runs in `folder`, so that its files land there.
#[track_caller]
pub fn succeeds(example: &str, folder: &Path, flags: &[&str]) -> String {
    let output = run(example, folder, flags);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{flags:?}: {errors}");
    assert_eq!(errors, "", "{flags:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Checks that the program ends with exit code 2 and prints one line of error, and returns the line.
#[track_caller]
pub fn refusal(example: &str, folder: &Path, flags: &[&str]) -> String {
    let output = run(example, folder, flags);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{flags:?}: {errors}");
    assert_eq!(errors.lines().count(), 1, "{flags:?}: {errors}");
    assert!(
        errors.starts_with("error: ") && errors.ends_with('\n'),
        "{errors}"
    );
    errors
}

/// [`refusal`], checked to contain `part`.
#[track_caller]
pub fn fails(example: &str, flags: &[&str], part: &str) {
    let errors = refusal(example, Path::new("."), flags);
    assert!(errors.contains(part), "{part:?} is not in {errors}");
}

/// The numbers in one column of the rows of a table, or of the lines `step N  reward X  loss X`.
pub fn column(text: &str, column: usize) -> Vec<f64> {
    let number = |line: &str| {
        let cells = line
            .split_whitespace()
            .filter(|cell| !["step", "reward", "loss"].contains(cell));
        let cells: Result<Vec<f64>, _> = cells.map(str::parse).collect();
        cells.ok()?.get(column).copied()
    };
    text.lines().filter_map(number).collect()
}

/// Each number is as wanted, up to a relative error.
#[track_caller]
pub fn assert_close(got: &[f64], want: &[f64], tolerance: f64) {
    let close = |(g, w): (&f64, &f64)| (g - w).abs() <= tolerance * w.abs();
    assert!(
        got.len() == want.len() && got.iter().zip(want).all(close),
        "{got:?} is not {want:?}"
    );
}

/// Whether `--device gpu` is to be tried: there is a GPU, or there must be one.
pub fn with_gpu() -> bool {
    let there = rushlight::gpu::is_available();
    if !there {
        let required = std::env::var("RUSHLIGHT_REQUIRE_GPU").is_ok_and(|v| v == "1");
        assert!(
            !required,
            "RUSHLIGHT_REQUIRE_GPU is set, and there is no GPU"
        );
        eprintln!("skipped: there is no GPU");
    }
    there
}
