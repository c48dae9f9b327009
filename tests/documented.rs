//! Every public function, layer, loss, optimizer, schedule and data set has a page: an example that runs, PyTorch's name where it has one, and
//! what its errors are if it returns them.
//!
//! Setters, constants and accessors may have one line; `missing_docs` asks for that. The sources are read, not rustdoc's output, which is
//! unstable; what macros make is not seen here, and carries its example in the macro's rows.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

/// A public item with its documentation.
struct Item {
    kind: String,
    name: String,
    doc: String,
    line: usize,
    /// Whether it is a function that returns a `Result`.
    fallible: bool,
    /// The header of the `impl` block or trait around it.
    block: Option<String>,
    hidden: bool,
}

/// What a page must have.
#[derive(Clone, Copy, Default)]
struct Page {
    example: bool,
    pytorch: bool,
}

const EXAMPLE: Page = Page {
    example: true,
    pytorch: false,
};
const FULL: Page = Page {
    example: true,
    pytorch: true,
};

/// What the page of an item in this file must have.
fn asked(file: &str, item: &Item) -> Page {
    let within = |folders: &[&str]| folders.iter().any(|folder| file.starts_with(folder));
    let kind = item.kind.as_str();
    let free = item.block.is_none();
    let of_tensor = item
        .block
        .as_deref()
        .is_some_and(|block| block.starts_with("impl Tensor"));
    let options = item.name.ends_with("Options") || item.name.ends_with("Masks");
    let tensor = [
        "crates/tensor/src/ops/",
        "crates/tensor/src/create.rs",
        "crates/tensor/src/read.rs",
        "crates/tensor/src/tensor.rs",
        "crates/tensor/src/arange.rs",
        "crates/tensor/src/linalg/",
        "crates/tensor/src/fft/",
        "crates/tensor/src/signal/",
        "crates/tensor/src/random/",
    ];
    let layers = [
        "crates/nn/src/layers/",
        "crates/nn/src/loss/",
        "crates/nn/src/containers/",
        "crates/nn/src/lr_scheduler/",
    ];
    match kind {
        "fn" if within(&tensor) && (free || of_tensor) => FULL,
        "fn" if free && within(&["crates/nn/src/functional/", "crates/nn/src/init/"]) => FULL,
        "fn" if free && within(&["crates/autograd/src/"]) => FULL,
        "struct" if within(&layers) && !options => FULL,
        "type" if within(&["crates/nn/src/optim/"]) => FULL,
        "type" if within(&layers) => Page {
            example: false,
            pytorch: true,
        },
        "struct" if within(&["crates/data/src/"]) && !options => EXAMPLE,
        _ => Page::default(),
    }
}

/// The public items of a source file.
fn items(text: &str) -> Vec<Item> {
    let (mut items, mut block) = (Vec::new(), None);
    let (mut doc, mut hidden) = (String::new(), false);
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().copied().enumerate() {
        let trimmed = line.trim_start();
        if let Some(words) = trimmed.strip_prefix("///") {
            doc.push_str(words);
            doc.push('\n');
            continue;
        }
        if trimmed.starts_with("#[") || trimmed.starts_with(")]") {
            hidden |= trimmed.contains("doc(hidden)");
            continue;
        }
        if (line.starts_with("impl") || line.starts_with("pub trait")) && line.ends_with('{') {
            block = Some(line.to_owned());
        }
        if line == "}" {
            block = None;
        }
        if let Some(rest) = trimmed.strip_prefix("pub ") {
            let rest = rest.strip_prefix("const ").unwrap_or(rest);
            if let Some((kind, rest)) = rest.split_once(' ')
                && ["fn", "struct", "type"].contains(&kind)
            {
                let end = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                if end > 0 {
                    let below = &lines[number..];
                    let end_of_head = below.iter().position(|line| line.contains(['{', ';']));
                    let head = &below[..=end_of_head.unwrap_or(0)];
                    items.push(Item {
                        kind: kind.to_owned(),
                        name: rest[..end].to_owned(),
                        doc: std::mem::take(&mut doc),
                        line: number + 1,
                        fallible: kind == "fn"
                            && head.iter().any(|line| line.contains("-> Result<")),
                        block: block.clone().filter(|_| line.starts_with(' ')),
                        hidden,
                    });
                }
            }
        }
        (doc, hidden) = (String::new(), false);
    }
    items
}

/// Whether a code block of the documentation is a program that is compiled, and run unless it needs files of its reader.
fn runs(doc: &str) -> bool {
    let fences = doc
        .lines()
        .filter_map(|line| line.trim().strip_prefix("```"));
    // Every second fence ends a block.
    fences
        .step_by(2)
        .any(|kind| ["", "standalone_crate", "should_panic", "no_run"].contains(&kind))
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The source files of the crates whose items the crate `rushlight` shows, with their text.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the project");
    let mut files = Vec::new();
    for name in ["tensor", "autograd", "nn", "data"] {
        sources(&root.join("crates").join(name).join("src"), &mut files);
    }
    files.sort();
    let read = |path: PathBuf| {
        let file = path.strip_prefix(&root).expect("below the project");
        let text = read_to_string(&path).expect("a source file");
        (file.to_string_lossy().into_owned(), text)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn examples_name_what_a_program_names() {
    // What only a crate by itself gives.
    let own = ["rushlight_tensor::composed"];
    let mut wrong = Vec::new();
    for (file, text) in files() {
        let mut code = false;
        for (number, line) in text.lines().enumerate() {
            let Some(words) = ["///", "//!"]
                .iter()
                .find_map(|c| line.trim_start().strip_prefix(c))
            else {
                code = false;
                continue;
            };
            if words.trim_start().starts_with("```") {
                code = !code;
            } else if code && words.contains("rushlight_") && !own.iter().any(|o| words.contains(o))
            {
                wrong.push(format!("{file}:{} {}", number + 1, words.trim()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "examples name a crate below `rushlight`, which programs do not depend on:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_public_item_has_its_page() {
    let (mut lacking, mut pages) = (Vec::new(), 0);
    for (file, text) in files() {
        for item in items(&text) {
            let Page { example, pytorch } = asked(&file, &item);
            if item.hidden || !(example || pytorch) {
                continue;
            }
            pages += 1;
            let mut lacks = Vec::new();
            if example && !runs(&item.doc) {
                lacks.push("an example that runs");
            }
            if item.fallible && !item.doc.to_lowercase().contains("error") {
                lacks.push("its errors");
            }
            if pytorch && !item.doc.contains("PyTorch") {
                lacks.push("PyTorch's name");
            }
            if !lacks.is_empty() {
                let (line, kind, name) = (item.line, item.kind, item.name);
                lacking.push(format!("{file}:{line} {kind} {name}: {}", lacks.join(", ")));
            }
        }
    }
    assert!(pages > 500, "only {pages} pages were found");
    assert!(
        lacking.is_empty(),
        "{} of {pages} pages lack something:\n{}",
        lacking.len(),
        lacking.join("\n")
    );
}
