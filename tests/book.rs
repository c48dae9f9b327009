//! The book's layout, and the links of all pages: what mdBook and readers of the repository would stumble over.

use std::collections::BTreeSet;
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files in a folder of the repository whose names end in `.md`, as paths from the repository's root.
fn pages(folder: &str) -> Vec<String> {
    let files = read_dir(root().join(folder)).expect(folder);
    let names = files.map(|file| {
        file.expect(folder)
            .file_name()
            .into_string()
            .expect("UTF-8")
    });
    let pages = names.filter(|name| name.ends_with(".md"));
    let mut pages: Vec<String> = pages.map(|name| format!("{folder}/{name}")).collect();
    pages.sort();
    pages
}

fn text(path: &str) -> String {
    read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The targets of the links and images of a page; what stands in code is none.
fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut in_code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        // Every second part is an inline code span.
        let prose: String = line.split('`').step_by(2).collect();
        if !in_code {
            let targets = prose.split("](").skip(1);
            links.extend(targets.filter_map(|t| Some(t.split_once(')')?.0.to_owned())));
        }
    }
    links
}

/// What GitHub and mdBook make of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn the_summary_lists_every_page_of_the_book_once() {
    let listed = links(&text("docs/book/src/SUMMARY.md"));
    let unique: BTreeSet<String> = listed
        .iter()
        .map(|l| format!("docs/book/src/{l}"))
        .collect();
    assert_eq!(unique.len(), listed.len(), "a page is listed twice");
    let mut there: BTreeSet<String> = pages("docs/book/src").into_iter().collect();
    assert!(there.remove("docs/book/src/SUMMARY.md"));
    assert_eq!(unique, there);
}

#[test]
fn the_programs_of_every_page_are_tests() {
    let tested = text("tests/src/pages.rs");
    let all = [pages("docs/guide"), pages("docs/book/src")].concat();
    for page in all.iter().filter(|page| !page.ends_with("/SUMMARY.md")) {
        assert!(
            tested.contains(&format!("\"{page}\"")),
            "{page} is not in tests/src/pages.rs"
        );
    }
}

#[test]
fn relative_links_lead_to_files_and_headings() {
    let mut all = [pages("docs"), pages("docs/guide"), pages("docs/book/src")].concat();
    all.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(str::to_owned));
    let mut broken = Vec::new();
    for page in &all {
        let folder = Path::new(page).parent().expect("a file's folder");
        for link in links(&text(page)) {
            if link.contains("://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => Path::new(page).to_owned(),
                file => folder.join(file),
            };
            let found = root().join(&target).exists()
                && (heading.is_empty()
                    || text(&target.to_string_lossy())
                        .lines()
                        .any(|line| line.starts_with('#') && anchor(line) == heading));
            if !found {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "links to nowhere:\n{}",
        broken.join("\n")
    );
}

#[test]
fn every_picture_of_the_book_is_shown_and_small() {
    let all: String = pages("docs/book/src")
        .iter()
        .map(|page| text(page))
        .collect();
    for picture in read_dir(root().join("docs/book/src/images")).expect("the pictures") {
        let picture = picture.expect("a picture");
        let name = picture.file_name().into_string().expect("UTF-8");
        assert!(
            all.contains(&format!("](images/{name})")),
            "{name} is on no page"
        );
        assert!(
            picture.metadata().expect("its size").len() < 60_000,
            "{name} is large"
        );
    }
}
