//! The functions that kernels share, split into declarations.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The computing types for which a library file is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Group {
    /// For any.
    Shared,
    /// On `T`, which is `f32` or `f64`.
    Float,
    /// For `f32`.
    F32,
    /// For `f64`.
    F64,
    /// On `T`, which is `i32` or `i64`.
    Integer,
    /// On `T`, which is `vec2<u32>`: `i64` where shaders have none.
    Pair,
    /// On `T`, which is any of the last three.
    Whole,
}

/// A function, constant, variable or type of the library.
#[derive(Debug)]
pub(crate) struct Declaration {
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! files {
    ($($group:ident: $($path:literal),*;)*) => {
        const FILES: &[(Group, &str)] = &[$($((Group::$group, include_str!(concat!("../library/", $path, ".wgsl")))),*),*];
    };
}

files! {
    Float: "float/activation", "float/arithmetic", "float/bessel", "float/bits", "float/compare", "float/erf", "float/exact", "float/extrema",
        "float/gamma", "float/hyperbolic", "float/logarithm", "float/mean", "float/optimizer", "float/pairs", "float/pi_angle", "float/pow", "float/product", "float/range", "float/remainder", "float/rounding_error", "float/scaled", "float/softmax", "float/tile_product", "float/total", "float/trig",
        "float/two", "float/zeta";
    F32: "f32/arc", "f32/bessel", "f32/bits", "f32/convert", "f32/erf", "f32/erfinv", "f32/exp", "f32/far_angle", "f32/gamma", "f32/gamma_left", "f32/log",
        "f32/pow", "f32/range", "f32/round", "f32/sort", "f32/trig", "f32/zeta";
    F64: "f64/arc", "f64/bessel", "f64/bits", "f64/convert", "f64/erf", "f64/erfinv", "f64/exp", "f64/far_angle", "f64/gamma", "f64/gamma_left", "f64/log",
        "f64/pow", "f64/range", "f64/round", "f64/sort", "f64/trig", "f64/zeta";
    Integer: "integer/arithmetic", "integer/bits", "integer/compare", "integer/convert", "integer/division", "integer/extrema", "integer/pairs", "integer/product", "integer/sort";
    Pair: "pair/arithmetic", "pair/bits", "pair/check", "pair/compare", "pair/convert", "pair/division", "pair/extrema", "pair/product", "pair/sort";
    Whole: "whole/range", "whole/rounding_error", "whole/total";
    Shared: "shared/check", "shared/columns", "shared/convolution", "shared/exponent", "shared/extreme", "shared/fault", "shared/grid", "shared/halves", "shared/index", "shared/layout", "shared/matrices", "shared/packed", "shared/pairs", "shared/pooling", "shared/reduction", "shared/tile", "shared/vote", "shared/window", "shared/workgroup";
}

type Table = HashMap<Group, HashMap<&'static str, Declaration>>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::new();
        for &(group, text) in FILES {
            let declared = declarations(text).into_iter().map(|d| (d.name, d));
            table.entry(group).or_default().extend(declared);
        }
        table
    })
}

/// The declaration of `name` in the first of `groups` that has one.
pub(crate) fn find(name: &str, groups: &[Group]) -> Option<&'static Declaration> {
    groups
        .iter()
        .find_map(|group| table().get(group)?.get(name))
}

/// Whether the library has a declaration `name` in one of `groups`.
pub fn declares(name: &str, groups: &[Group]) -> bool {
    find(name, groups).is_some()
}

/// Whether the function `name` returns a boolean.
pub(crate) fn gives_bool(name: &str, groups: &[Group]) -> bool {
    let head = find(name, groups).and_then(|d| d.text.split('{').next());
    head.is_some_and(|head| head.trim_end().ends_with("-> bool"))
}

/// Splits a file before each line that begins a declaration. A declaration begins in the first column; what follows it, indented or a
/// closing brace, belongs to it.
fn declarations(text: &'static str) -> Vec<Declaration> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    let mut attributed = false;
    for line in text.split_inclusive('\n') {
        let begins = [
            "fn ",
            "const ",
            "var",
            "alias ",
            "struct ",
            "override ",
            "@",
        ]
        .iter()
        .any(|word| line.starts_with(word));
        // An attribute on a line of its own belongs to the declaration below it.
        if begins && !attributed {
            starts.push(at);
        }
        attributed = line.starts_with('@') && name(line).is_empty();
        at += line.len();
    }
    starts.push(text.len());
    starts
        .windows(2)
        .map(|range| {
            let text = without_comments_at_end(&text[range[0]..range[1]]);
            Declaration {
                name: name(text),
                text,
            }
        })
        .collect()
}

/// The comment above the next declaration does not belong to this one.
fn without_comments_at_end(text: &str) -> &str {
    let mut end = text.len();
    for line in text.split_inclusive('\n').rev() {
        if !line.starts_with("//") && !line.trim().is_empty() {
            break;
        }
        end -= line.len();
    }
    &text[..end]
}

/// The identifiers in `text`, except in comments.
pub(crate) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// The name that a declaration declares: what follows its keyword.
fn name(text: &'static str) -> &'static str {
    let mut words = identifiers(text);
    while let Some(word) = words.next() {
        match word {
            "fn" | "const" | "alias" | "struct" | "override" => return words.next().unwrap_or(""),
            // `var<storage, read_write> name: type;` and `var<private> name`.
            "var" => {
                return words
                    .find(|w| {
                        !matches!(
                            *w,
                            "storage" | "read" | "read_write" | "private" | "workgroup" | "uniform"
                        )
                    })
                    .unwrap_or("");
            }
            _ => {}
        }
    }
    ""
}
