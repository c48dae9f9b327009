//! The printed form of a module, which is PyTorch's tree.

use crate::Module;
use crate::tree::Contents;
use std::fmt;

/// PyTorch's printed form: the type with its arguments, and its children indented below it.
///
/// ```
/// use rushlight::nn::{Linear, ReLU, sequential};
/// let model = sequential![Linear::new(10, 5)?, ReLU::new()];
/// assert_eq!(model.to_string(), "Sequential(
///   (0): Linear(in_features=10, out_features=5, bias=True)
///   (1): ReLU()
/// )");
/// # Ok::<(), rushlight::Error>(())
/// ```
impl fmt::Display for dyn Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&repr(self))
    }
}

impl fmt::Debug for dyn Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&repr(self))
    }
}

fn repr(module: &dyn Module) -> String {
    let (name, extra) = (module.type_name(), module.extra_repr());
    let children: Vec<_> = Contents::of(module)
        .modules
        .into_iter()
        .map(|(name, m)| (name, repr(m)))
        .collect();
    if children.is_empty() {
        return format!("{name}({extra})");
    }
    let mut out = format!("{name}(\n");
    if !extra.is_empty() {
        out += &format!("  {}\n", indented(&extra));
    }
    let mut rest = &children[..];
    while let Some((first, text)) = rest.first() {
        // A list prints consecutive equal modules once.
        let run = if name == "ModuleList" {
            rest.iter().take_while(|(_, t)| t == text).count()
        } else {
            1
        };
        let text = indented(text);
        match run {
            1 => out += &format!("  ({first}): {text}\n"),
            _ => out += &format!("  ({first}-{}): {run} x {text}\n", rest[run - 1].0),
        }
        rest = &rest[run..];
    }
    out + ")"
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}

/// Formats a boolean as Python does, for printed modules.
pub(crate) fn py_bool(b: bool) -> &'static str {
    if b { "True" } else { "False" }
}
