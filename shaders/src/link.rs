//! Appends to a kernel what it mentions of the library, and what that mentions in turn.

use crate::library::{self, Declaration, Group};
use std::collections::BTreeSet;

/// The identifiers in `text`, comments left out.
pub(crate) fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// `kernel` and every declaration of `groups` that it needs, each once, in order of their names.
pub(crate) fn link(kernel: &str, groups: &[Group]) -> String {
    let mut needed: BTreeSet<&'static str> = BTreeSet::new();
    let mut found: Vec<&'static Declaration> = Vec::new();
    let mut open: Vec<String> = vec![kernel.to_owned()];
    while let Some(text) = open.pop() {
        for name in identifiers(&text) {
            let Some(declaration) = library::find(name, groups) else {
                continue;
            };
            if needed.insert(declaration.name) {
                found.push(declaration);
                open.push(declaration.text.to_owned());
            }
        }
    }
    found.sort_by_key(|d| d.name);
    let mut text = kernel.to_owned();
    for declaration in found {
        text.push('\n');
        text.push_str(declaration.text);
    }
    text
}
