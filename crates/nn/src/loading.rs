//! Loading of a state dict into a module: selecting and renaming keys, checking, and copying, which happens completely or not at all.

use crate::StateDict;
use rushlight_tensor::{Error, GradMode, Result, Tensor};
use std::collections::{HashMap, HashSet};

type Filter<'a> = dyn Fn(&str) -> bool + 'a;
type Rename<'a> = dyn Fn(&str) -> String + 'a;

/// Options for loading a state dict: which keys are loaded, under which names, and whether all must match.
///
/// By default every key is loaded under its own name, strictly. The prefix is removed first; then `filter` is applied to the names, then
/// `rename`.
///
/// ```
/// use rushlight::nn::{Linear, LoadOptions, ModuleExt, StateDict, sequential};
/// let trained = sequential![Linear::new(4, 3)?, Linear::new(3, 2)?];
/// let second = Linear::new(3, 2)?;
/// second.load_state_dict_with(&trained.state_dict(), LoadOptions::new().prefix("1."))?;
/// assert!(second.weight.equal(trained.get_parameter("1.weight")?.tensor())?);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[must_use = "options change nothing until something is loaded with them"]
pub struct LoadOptions<'a> {
    strict: bool,
    prefix: String,
    filter: Option<Box<Filter<'a>>>,
    rename: Option<Box<Rename<'a>>>,
}

impl Default for LoadOptions<'_> {
    fn default() -> Self {
        LoadOptions {
            strict: true,
            prefix: String::new(),
            filter: None,
            rename: None,
        }
    }
}

impl<'a> LoadOptions<'a> {
    /// Creates the default options: every key is loaded under its own name, strictly.
    pub fn new() -> LoadOptions<'a> {
        LoadOptions::default()
    }

    /// Whether missing and unexpected keys are an error; `true` by default. PyTorch: `strict`.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Loads only the keys that begin with `prefix`, and removes it: with `"backbone."`, `backbone.fc.weight` is loaded as `fc.weight`.
    ///
    /// Loading is an error if no key begins with the prefix.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Loads only the keys for which `filter` returns true; the others do not count as unexpected.
    pub fn filter(mut self, filter: impl Fn(&str) -> bool + 'a) -> Self {
        self.filter = Some(Box::new(filter));
        self
    }

    /// Loads each key under the name that `rename` returns. Loading is an error if two keys get the same name.
    pub fn rename(mut self, rename: impl Fn(&str) -> String + 'a) -> Self {
        self.rename = Some(Box::new(rename));
        self
    }

    /// Selects the tensors to load, under their new names.
    fn select(&self, source: &StateDict) -> Result<StateDict> {
        let mut selected = StateDict::new();
        let mut found = self.prefix.is_empty();
        let mut origins: HashMap<String, &str> = HashMap::new();
        for (key, tensor) in source.iter() {
            let Some(name) = key.strip_prefix(&self.prefix) else {
                continue;
            };
            found = true;
            if self.filter.as_ref().is_some_and(|filter| !filter(name)) {
                continue;
            }
            let name = match &self.rename {
                Some(rename) => rename(name),
                None => name.to_owned(),
            };
            if let Some(other) = origins.insert(name.clone(), key) {
                return Err(Error::state(format!(
                    "the keys {other} and {key} would both be loaded as {name}"
                )));
            }
            selected.insert(name, tensor.clone());
        }
        if !found {
            let keys: Vec<_> = source.keys().take(3).collect();
            let more = if source.len() > keys.len() {
                ", …"
            } else {
                ""
            };
            return Err(Error::state(format!(
                "no key of the state dict begins with {:?} ({} keys: {}{more})",
                self.prefix,
                source.len(),
                keys.join(", ")
            )));
        }
        Ok(selected)
    }
}

/// The keys that did not match in a load that is not strict. PyTorch: the return value of `load_state_dict`.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct IncompatibleKeys {
    /// The keys of the module that are not in the state dict.
    pub missing: Vec<String>,
    /// The keys of the state dict that are not in the module, as renamed by the options.
    pub unexpected: Vec<String>,
}

/// Copies `source` into the tensors of `target` in place. The message of an error begins with `what`.
///
/// Everything is checked before anything is written. Missing and unexpected keys are errors if strict; a wrong shape is always an error, and
/// so is a dtype of another class (a float for an integer). Between floating-point dtypes the elements are converted, as in PyTorch.
#[track_caller]
pub(crate) fn load(
    what: &str,
    target: &StateDict,
    source: &StateDict,
    options: &LoadOptions<'_>,
) -> Result<IncompatibleKeys> {
    let loaded = match options.select(source) {
        Ok(selected) => write(target, &selected, options.strict),
        Err(e) => Err(e),
    };
    match loaded {
        Ok(keys) => Ok(keys),
        Err(e) => Err(e.context(what).here()),
    }
}

fn write(target: &StateDict, source: &StateDict, strict: bool) -> Result<IncompatibleKeys> {
    let without = |of: &StateDict, other: &StateDict| -> Vec<String> {
        let keys = of.keys().filter(|k| !other.contains_key(k));
        keys.map(str::to_owned).collect()
    };
    let (missing, unexpected) = (without(target, source), without(source, target));
    let both: Vec<(&str, &Tensor, &Tensor)> = target
        .iter()
        .filter_map(|(name, to)| Some((name, to, source.get(name)?)))
        .collect();
    let mut faults = Vec::new();
    if strict {
        faults.extend(fault(&missing, "missing"));
        faults.extend(fault(&unexpected, "unexpected"));
        faults.extend(advice(&missing, &unexpected));
    }
    let misshaped: Vec<_> = both
        .iter()
        .filter(|(_, to, from)| to.shape() != from.shape())
        .map(|(name, to, from)| {
            format!(
                "{name}: {:?} here, {:?} in the state dict",
                to.shape(),
                from.shape()
            )
        })
        .collect();
    let mistyped: Vec<_> = both
        .iter()
        .filter(|(_, to, from)| to.dtype().category() != from.dtype().category())
        .map(|(name, to, from)| {
            format!(
                "{name}: {} here, {} in the state dict",
                to.dtype(),
                from.dtype()
            )
        })
        .collect();
    faults.extend(fault(&misshaped, "of another shape"));
    faults.extend(fault(&mistyped, "of another dtype"));
    if !faults.is_empty() {
        return Err(Error::state(faults.join("; ")));
    }
    let _no_grad = GradMode::set(false);
    // All tensors are moved to their devices before the first one is written, so that running out of memory changes nothing.
    let mut writes = Vec::with_capacity(both.len());
    for (_, to, from) in both {
        let mut from = from.detach().to((to.dtype(), to.device()))?;
        // A source that shares memory with another target is copied before the targets are written.
        let is_target = from.shares_memory(to) && from.layout() == to.layout();
        if !is_target && target.iter().any(|(_, other)| from.shares_memory(other)) {
            from = from.copy()?;
        }
        writes.push((to, from));
    }
    for (to, from) in writes {
        to.copy_(&from)?;
    }
    Ok(IncompatibleKeys {
        missing,
        unexpected,
    })
}

fn fault(keys: &[String], what: &str) -> Option<String> {
    let noun = if keys.len() == 1 { "key" } else { "keys" };
    (!keys.is_empty()).then(|| format!("{} {noun} {what} ({})", keys.len(), keys.join(", ")))
}

/// The largest number of pairs of names that are compared for similarity, so that two unrelated models do not take long to compare.
const MAX_PAIRS: usize = 40_000;

/// A suggestion that would make the names match: an option if the names differ by a prefix only, otherwise pairs of similar names.
fn advice(missing: &[String], unexpected: &[String]) -> Option<String> {
    if let Some(prefix) = common_prefix(missing, unexpected) {
        return Some(format!(
            "the state dict has the missing keys under {prefix:?}: load it with LoadOptions::new().prefix({prefix:?})"
        ));
    }
    if let Some(prefix) = common_prefix(unexpected, missing) {
        return Some(format!(
            "the module's names begin with {prefix:?}: load it with LoadOptions::new().rename(|name| format!(\"{prefix}{{name}}\"))"
        ));
    }
    if missing.len().saturating_mul(unexpected.len()) > MAX_PAIRS {
        return None;
    }
    let mut pairs = Vec::new();
    for name in missing {
        pairs.extend(nearest(name, unexpected).map(|near| (name.as_str(), near)));
    }
    for name in unexpected {
        if !pairs.iter().any(|(_, near)| near == name) {
            pairs.extend(nearest(name, missing).map(|near| (near, name.as_str())));
        }
    }
    let pairs: Vec<_> = pairs
        .into_iter()
        .map(|(here, there)| format!("{here} here, {there} in the state dict"))
        .collect();
    (!pairs.is_empty()).then(|| format!("similar names: {}", pairs.join(", ")))
}

/// The prefix, ending in a dot, with which all of `names` are in `prefixed`.
fn common_prefix(names: &[String], prefixed: &[String]) -> Option<String> {
    let first = names.first()?;
    let all: HashSet<&str> = prefixed.iter().map(String::as_str).collect();
    prefixed
        .iter()
        .filter_map(|key| key.strip_suffix(first.as_str()))
        .find(|prefix| {
            prefix.ends_with('.')
                && names
                    .iter()
                    .all(|name| all.contains(format!("{prefix}{name}").as_str()))
        })
        .map(str::to_owned)
}

/// The most similar name, if it differs in at most a quarter of its characters or by leading components only.
fn nearest<'a>(name: &str, among: &'a [String]) -> Option<&'a str> {
    among
        .iter()
        .filter_map(|other| {
            let (a, b) = (name.chars().count(), other.chars().count());
            let longest = a.max(b);
            let distance = match is_tail(name, other) || is_tail(other, name) {
                true => 0,
                // The distance is at least the difference of the lengths. Names in an untrusted file may have any length.
                false if a.abs_diff(b) > longest / 4 || longest > 500 => return None,
                false => edit_distance(name, other),
            };
            (distance <= longest / 4).then_some((distance, other.as_str()))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

fn is_tail(tail: &str, of: &str) -> bool {
    of.strip_suffix(tail)
        .is_some_and(|head| head.ends_with('.'))
}

/// The Levenshtein distance: the number of characters to insert, remove or replace to turn one text into the other.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
