//! `docs/FROM_PYTORCH.md`: each of its lines is compiled and run here, and the page holds nothing else.
//!
//! The page is written from these lines by `RUSHLIGHT_WRITE_PAGES=1 cargo test -p rushlight-tests from_pytorch`.

mod autograd;
mod data;
mod modules;
mod tensors;
mod training;

use rushlight::Result;
use std::fmt::Write;

/// A table of the page: what one writes in PyTorch, and here.
struct Section {
    title: &'static str,
    rows: Vec<[&'static str; 2]>,
}

/// A section: a function that runs its lines in order. A line without PyTorch's words only prepares the next and is not on the page.
macro_rules! section {
    ($name:ident, $title:literal; $($torch:literal => { $($ours:tt)* };)*) => {
        #[allow(unused, reason = "each line stands for itself")]
        pub(super) fn $name() -> rushlight::Result<super::Section> {
            $($($ours)*;)*
            Ok(super::Section {
                title: $title,
                rows: vec![$([$torch, stringify!($($ours)*)]),*],
            })
        }
    };
}
use section;

const HEAD: &str = "# From PyTorch to Rushlight

What one writes in PyTorch, and what one writes here, in the order of the chapter. Made from `tests/from_pytorch`, where every line is compiled and
run; do not edit. The lines of a table stand one after the other in a function that returns `rushlight::Result<()>`, after
`use rushlight::prelude::*;` and the names that a line uses from `rushlight::{nn, optim, lr_scheduler, data}`.

Three rules cover most of it. Names are PyTorch's in Rust's casing. What can fail returns a `Result`, so a line ends with `?`. Keyword arguments
are a struct: `Conv2d(3, 16, 3, stride=2)` is `Conv2d::with(3, 16, 3, ConvOptions::new().stride(2))?`, and `()` stands for the defaults.
";

fn page() -> Result<String> {
    let sections = [
        tensors::creation,
        tensors::attributes,
        tensors::arithmetic,
        tensors::reductions,
        tensors::indexing,
        tensors::products,
        tensors::shapes,
        tensors::devices,
        autograd::gradients,
        autograd::control,
        modules::structure,
        modules::layers,
        modules::initialization,
        modules::activations,
        training::losses,
        training::optimizers,
        training::schedules,
        training::saving,
        data::sets,
        data::loaders,
        data::evaluation,
    ];
    let mut page = HEAD.to_owned();
    for section in sections {
        let Section { title, rows } = section()?;
        let _ = write!(
            page,
            "\n## {title}\n\n| PyTorch | Rushlight |\n| --- | --- |\n"
        );
        for [torch, ours] in rows.into_iter().filter(|row| !row[0].is_empty()) {
            let ours = ours.split_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(page, "| `{}` | `{}` |", cell(torch), cell(&ours));
        }
    }
    Ok(page)
}

/// Code as a table's cell can hold it.
fn cell(code: &str) -> String {
    code.trim_end_matches(';').replace('|', "\\|")
}

#[test]
fn the_page_holds_these_lines() -> Result<()> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FROM_PYTORCH.md");
    let page = crate::on_own_generator(page)?;
    if std::env::var_os("RUSHLIGHT_WRITE_PAGES").is_some() {
        std::fs::write(&path, &page)?;
    }
    let written = std::fs::read_to_string(&path)?;
    assert!(
        written == page,
        "docs/FROM_PYTORCH.md is out of date: RUSHLIGHT_WRITE_PAGES=1 cargo test -p rushlight-tests from_pytorch"
    );
    Ok(())
}
