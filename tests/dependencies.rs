//! What the workspace depends on: licences, crates in two versions, crates that nobody maintains.
//!
//! The lists below are the policy. They stand here instead of in a tool's configuration because such tools fetch a database of advisories,
//! and tests must run without a network.

use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Licences under which a crate may be used, by their SPDX names. All let a program that contains the crate be distributed under any terms.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that stand in the tree in two versions, and whom that waits for.
const TWICE: &[(&str, &str)] = &[
    ("hashbrown", "wgpu's dependencies"),
    ("miniz_oxide", "png and flate2"),
];

/// Crates without a maintainer according to RustSec, and those of them that are accepted, with the reason.
const UNMAINTAINED: &[&str] = &[
    "adler",
    "ansi_term",
    "atty",
    "backoff",
    "bincode",
    "derivative",
    "dirs",
    "encoding",
    "fxhash",
    "gcc",
    "humantime",
    "instant",
    "json",
    "mach",
    "net2",
    "number_prefix",
    "paste",
    "proc-macro-error",
    "rustc-serialize",
    "rustls-pemfile",
    "safemem",
    "serde_cbor",
    "serde_yaml",
    "stdweb",
    "term",
    "tempdir",
    "unic-common",
    "xml-rs",
    "yaml-rust",
];
const ACCEPTED: &[(&str, &str)] = &[(
    "paste",
    "a macro that pulp's newest version runs at build time; no code of it reaches a program",
)];

struct Package {
    name: String,
    version: String,
    licence: String,
}

/// Every package that is built on this machine, ours included. Reads what cargo has already fetched.
fn packages() -> Vec<Package> {
    let run = |program: String, args: &[&str]| {
        let out = Command::new(&program)
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap_or_else(|e| panic!("{program}: {e}"));
        assert!(
            out.status.success(),
            "{program} {args:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8(out.stdout).unwrap()
    };
    let from_env =
        |name: &str, otherwise: &str| std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let version = run(from_env("RUSTC", "rustc"), &["-vV"]);
    let host = version
        .lines()
        .find_map(|l| l.strip_prefix("host: "))
        .unwrap();
    let text = run(
        from_env("CARGO", "cargo"),
        &[
            "metadata",
            "--format-version=1",
            "--locked",
            "--offline",
            "--filter-platform",
            host,
        ],
    );
    let metadata: Json = serde_json::from_str(&text).unwrap();
    let used: BTreeSet<&str> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["id"].as_str().unwrap())
        .collect();
    let text = |v: &Json| v.as_str().unwrap_or_default().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| used.contains(p["id"].as_str().unwrap()))
        .map(|p| Package {
            name: text(&p["name"]),
            version: text(&p["version"]),
            licence: text(&p["license"]),
        })
        .collect()
}

/// Whether an SPDX expression, a conjunction of alternatives, can be met by the list.
fn is_allowed(expression: &str) -> bool {
    expression.split(" AND ").all(|part| {
        part.trim_matches(['(', ')'])
            .replace('/', " OR ")
            .split(" OR ")
            .any(|licence| LICENCES.contains(&licence.trim()))
    })
}

#[test]
fn licences_are_permissive() {
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(is_allowed("GPL-3.0/MIT"));
    assert!(!is_allowed("GPL-3.0"));
    assert!(!is_allowed("(MIT OR Apache-2.0) AND GPL-3.0"));
    assert!(!is_allowed(""));
    let refused: Vec<String> = packages()
        .iter()
        .filter(|p| !is_allowed(&p.licence))
        .map(|p| format!("{} {}: {:?}", p.name, p.version, p.licence))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn crates_stand_in_the_tree_once() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for p in packages() {
        versions.entry(p.name).or_default().insert(p.version);
    }
    versions.retain(|_, v| v.len() > 1);
    let known: BTreeSet<&str> = TWICE.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = versions.keys().map(String::as_str).collect();
    assert_eq!(found, known, "{versions:#?}");
}

/// `Cargo.lock` holds the crates of every platform.
#[test]
fn crates_have_maintainers() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let names: BTreeSet<&str> = lock
        .lines()
        .filter_map(|l| l.strip_prefix("name = \"")?.strip_suffix('"'))
        .collect();
    assert!(names.contains("rushlight") && names.len() > 100);
    let found: BTreeSet<&str> = UNMAINTAINED
        .iter()
        .copied()
        .filter(|name| names.contains(name))
        .collect();
    let accepted: BTreeSet<&str> = ACCEPTED.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, accepted);
}

/// The compiler names what is in a re-exported crate by that crate's name, `rushlight::rushlight_nn::Linear`, which no program can write.
/// Modules of the facade that re-export what is in a crate have names that can be imported.
#[test]
fn the_facade_renames_no_crate() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/rushlight/src/lib.rs");
    let text = std::fs::read_to_string(path).unwrap();
    let code: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().starts_with("//"))
        .collect();
    for item in code.join("\n").split("pub use ").skip(1) {
        let item = item.split(';').next().unwrap_or_default();
        assert!(!item.contains(" as "), "pub use {item}");
        assert!(
            !item.split(['{', ',']).any(|name| name.trim() == "backend"),
            "pub use {item}"
        );
    }
}
