//! Appends to a kernel the declarations of the library that it uses, directly or indirectly.

use crate::library::{self, Declaration, Group, identifiers};
use std::collections::BTreeSet;

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
