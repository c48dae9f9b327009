//! A program outside the workspace: how fast it runs in a debug build, and how long a changed line takes to build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// A line of the program, and what it is changed to.
const CHANGE: [&str; 2] = [
    "Adam::new(model.parameters(), 0.001)?",
    "Adam::new(model.parameters(), 0.002)?",
];

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The lines of a manifest from its first profile on.
fn profiles(manifest: &str) -> Vec<&str> {
    manifest
        .lines()
        .skip_while(|line| !line.starts_with("[profile"))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

#[test]
fn the_programs_profiles_are_those_of_the_readme() {
    let manifest = fs::read_to_string(here().join("user_program/Cargo.toml")).unwrap();
    let readme = fs::read_to_string(here().join("../README.md")).unwrap();
    let block = readme.split("```toml\n").nth(1).expect("a manifest");
    let block = block.split("```").next().unwrap();
    assert!(block.contains("[dependencies]"), "{block}");
    assert!(!profiles(block).is_empty(), "{block}");
    assert_eq!(profiles(&manifest), profiles(block));
}

/// A copy of the program that may be changed. It is built by the versions in the workspace's lock file.
struct Program {
    folder: PathBuf,
}

impl Program {
    fn copy() -> Program {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("user_program");
        fs::create_dir_all(folder.join("src")).unwrap();
        let library = here().join("../crates/rushlight");
        let manifest = fs::read_to_string(here().join("user_program/Cargo.toml")).unwrap();
        let manifest = manifest.replace("../../crates/rushlight", library.to_str().unwrap());
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::copy(here().join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Program { folder }
    }

    /// Writes the program, with its line changed or not.
    fn write(&self, changed: bool) {
        let text = fs::read_to_string(here().join("user_program/src/main.rs")).unwrap();
        assert!(text.contains(CHANGE[0]));
        let text = match changed {
            true => text.replace(CHANGE[0], CHANGE[1]),
            false => text,
        };
        fs::write(self.folder.join("src/main.rs"), text).unwrap();
    }

    /// What cargo prints, and how many seconds of computing it took.
    fn cargo(&self, command: &str, profile: &str) -> (String, f64) {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let start = spent();
        let output = Command::new(cargo)
            .args([command, "--offline", "--profile", profile])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .output()
            .unwrap();
        let seconds = spent() - start;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}{errors}");
        (text, seconds)
    }
}

/// Seconds of computing of the processes that this one started and that have ended; of the clock where the system does not tell.
fn spent() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(Instant::now);
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The numbers follow the program's name, which is in brackets; the children's times are the 14th and the 15th, in hundredths.
    let numbers = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = numbers
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|n| n.parse().ok())
        .collect();
    match ticks[..] {
        [user, system] => (user + system) / 100.0,
        _ => start.elapsed().as_secs_f64(),
    }
}

/// The seconds of the training loop.
fn of_the_loop(printed: &str) -> f64 {
    let line = printed.lines().find_map(|l| l.strip_prefix("seconds: "));
    line.and_then(|n| n.parse().ok()).expect("the seconds")
}

#[test]
#[ignore = "builds the library twice: minutes"]
fn a_debug_build_is_usable_and_a_changed_line_is_built_quickly() {
    let program = Program::copy();
    let mut loops = [0.0; 2];
    for (i, (profile, limit)) in [("release", 6.0), ("dev", 3.0)].into_iter().enumerate() {
        program.write(false);
        let (_, whole) = program.cargo("build", profile);
        program.write(true);
        let (_, line) = program.cargo("build", profile);
        let (printed, _) = program.cargo("run", profile);
        loops[i] = of_the_loop(&printed);
        println!(
            "{profile}: built in {whole:.1} s, a changed line in {line:.2} s, a loop of {:.2} s",
            loops[i]
        );
        assert!(line < limit, "{profile}: a changed line takes {line} s");
    }
    let [release, debug] = loops;
    assert!(
        debug < 3.0 * release + 1.0,
        "{debug} s in a debug build, {release} s in a release"
    );
}
