//! The library: every operation of the waist's tables has a function for every computing type, and all declarations are valid WGSL.

use crate::validation::{COMPUTES, validate, validate_variant};
use naga::valid::Capabilities;
use rushlight_backend::{Binary, BinaryKind, Compare, DType, Unary, UnaryKind};
use rushlight_shaders::{Compute, Group, Kernel, Stored, Variant, declares, kernels};
use std::path::Path;

fn is_float(compute: Compute) -> bool {
    matches!(compute, Compute::F32 | Compute::F64)
}

/// The dtype of operands for which an operation is computed in this type.
fn dtype(compute: Compute) -> DType {
    match compute {
        Compute::F32 => DType::F32,
        Compute::F64 => DType::F64,
        Compute::I32 => DType::I32,
        Compute::I64 | Compute::Pair => DType::I64,
    }
}

/// Validates a kernel with a function of the library, as a backend requests it.
fn check(kernel: &'static Kernel, compute: Compute, op: String, arguments: &'static str) {
    let op: &'static str = op.leak();
    let mut variant = Variant::new(kernel, compute).function(op, arguments);
    if compute == Compute::Pair {
        for tensor in ["a", "b", "x", "y"] {
            variant = variant.stored(tensor, Stored::Pairs);
        }
    }
    validate_variant(&variant, compute, None, &format!("{op} in {compute:?}"));
}

#[test]
fn every_operation_has_a_function_that_is_valid() {
    for compute in COMPUTES {
        for &f in Unary::ALL {
            if f.computes_in(dtype(compute)) {
                check(&kernels::UNARY, compute, format!("op_{}", f.name()), "x");
            } else {
                let float = f.kind() == UnaryKind::Float || f == Unary::Frac;
                assert!(float != is_float(compute), "{f:?} in {compute:?}");
            }
        }
        for &f in Binary::ALL {
            if f.computes_in(dtype(compute)) {
                check(
                    &kernels::BINARY,
                    compute,
                    format!("op_{}", f.name()),
                    "x, y",
                );
            } else {
                let float = matches!(f.kind(), BinaryKind::Float | BinaryKind::Real);
                assert!(float != is_float(compute), "{f:?} in {compute:?}");
            }
        }
        for &f in Compare::ALL {
            check(
                &kernels::BINARY,
                compute,
                format!("op_{}", f.name()),
                "x, y",
            );
        }
    }
}

/// The library's files of one group, from the folder rather than from the crate's list of them.
fn files(group: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("library")
        .join(group);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.display().to_string(), text)
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_declaration_is_valid_for_the_types_it_is_written_for() {
    // The declarations that the library expects of a kernel.
    let kernel = "struct Params { launch: u32 }\n@group(1) @binding(0) var<uniform> p: Params;\n\
        const WIDTH: u32 = 64u;\nalias Part = T;\nfn combine(a: Part, b: Part) -> Part { return a; }\n";
    for compute in COMPUTES {
        let groups: &[&str] = match compute {
            Compute::F32 => &["float", "f32", "shared"],
            Compute::F64 => &["float", "f64", "shared"],
            Compute::I32 | Compute::I64 => &["integer", "whole", "shared"],
            Compute::Pair => &["pair", "whole", "shared"],
        };
        let mut source = format!("alias T = {};\n{kernel}", compute.name());
        for (path, text) in groups.iter().flat_map(|group| files(group)) {
            // Tiles need vectors, which WGSL does not have for pairs, and pairs have their own checks.
            let other = ["tile.wgsl", "shared/check.wgsl"];
            if compute != Compute::Pair || !other.iter().any(|file| path.ends_with(file)) {
                source.push_str(&text);
            }
        }
        // Some functions convert to types that not every adapter has.
        let all = Capabilities::FLOAT64 | Capabilities::SHADER_INT64;
        validate(&source, all, compute.name());
    }
}

#[test]
fn every_file_is_listed_and_begins_with_a_description() {
    let groups = [
        ("float", Group::Float),
        ("f32", Group::F32),
        ("f64", Group::F64),
        ("integer", Group::Integer),
        ("pair", Group::Pair),
        ("whole", Group::Whole),
        ("shared", Group::Shared),
    ];
    for (folder, group) in groups {
        for (path, text) in files(folder) {
            assert!(text.starts_with("// "), "{path}");
            let functions = text.lines().filter_map(|line| line.strip_prefix("fn "));
            for function in functions.filter_map(|line| line.split('(').next()) {
                assert!(declares(function, &[group]), "{path}: {function}");
            }
        }
    }
}

/// Builtins whose results differ among drivers: in the sign of a zero, ties, NaN, or the last digits. The library has its own functions.
const IMPRECISE: [&str; 40] = [
    "round",
    "floor",
    "ceil",
    "trunc",
    "fract",
    "modf",
    "sign",
    "step",
    "smoothstep",
    "mix",
    "saturate",
    "frexp",
    "ldexp",
    "exp",
    "exp2",
    "log",
    "log2",
    "pow",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "atan2",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "inverseSqrt",
    "degrees",
    "radians",
    "dot",
    "length",
    "distance",
    "normalize",
    "quantizeToF16",
    "unpack2x16float",
];

#[test]
fn no_shader_calls_imprecise_builtins() {
    let mut sources: Vec<(String, String)> = ["float", "f32", "f64", "integer", "whole", "shared"]
        .into_iter()
        .flat_map(files)
        .collect();
    sources.extend(
        kernels::ALL
            .iter()
            .map(|k| (k.name.to_owned(), k.text.to_owned())),
    );
    for (path, text) in &sources {
        let code = text
            .lines()
            .map(|line| line.split("//").next().unwrap_or(""));
        for line in code {
            let mut rest = line;
            while let Some(at) = rest.find('(') {
                let name = rest[..at]
                    .rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .next()
                    .unwrap_or("");
                let declared = rest[..at].ends_with(&format!("fn {name}"));
                assert!(
                    declared || !IMPRECISE.contains(&name),
                    "{path}: {name} in {line}"
                );
                rest = &rest[at + 1..];
            }
        }
        // These are imprecise for floats, but not for bits.
        if path.contains("/float/") || path.contains("/f32/") || path.contains("/f64/") {
            for call in ["min(", "max(", "clamp("] {
                let without_bits = text.replace("min(bitcast", "");
                let mut calls = without_bits
                    .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '('));
                assert!(!calls.any(|c| c.starts_with(call)), "{path}: {call}");
            }
        }
    }
}
