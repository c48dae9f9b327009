//! The tensors of a module by name, in order: what is saved and loaded.

use rushlight_tensor::{Error, Result, Tensor};
use std::collections::HashMap;
use std::fmt;

/// Tensors by name, in the order they were added: PyTorch's keys, so that weights move between the two without renaming.
///
/// ```
/// use rushlight_nn::{Linear, ModuleExt};
/// let state = Linear::new(2, 1)?.state_dict();
/// assert_eq!(state.keys().collect::<Vec<_>>(), ["weight", "bias"]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct StateDict {
    entries: Vec<(String, Tensor)>,
    position: HashMap<String, usize>,
}

impl StateDict {
    /// No tensors.
    pub fn new() -> StateDict {
        StateDict::default()
    }

    /// Adds a tensor, or replaces the one of that name, which is returned.
    pub fn insert(&mut self, name: impl Into<String>, tensor: Tensor) -> Option<Tensor> {
        let name = name.into();
        match self.position.get(&name) {
            Some(&at) => Some(std::mem::replace(&mut self.entries[at].1, tensor)),
            None => {
                self.position.insert(name.clone(), self.entries.len());
                self.entries.push((name, tensor));
                None
            }
        }
    }

    /// The tensor of a name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.position.get(name).map(|&at| &self.entries[at].1)
    }

    /// The tensor of a name, or an error that names it.
    #[track_caller]
    pub fn require(&self, name: &str) -> Result<&Tensor> {
        match self.get(name) {
            Some(tensor) => Ok(tensor),
            None => Err(Error::state(format!(
                "state dict: no key {name:?} among {} keys",
                self.len()
            ))),
        }
    }

    /// Takes a tensor out. The order of the others stays.
    pub fn remove(&mut self, name: &str) -> Option<Tensor> {
        let at = self.position.remove(name)?;
        self.position
            .values_mut()
            .filter(|p| **p > at)
            .for_each(|p| *p -= 1);
        Some(self.entries.remove(at).1)
    }

    /// Whether there is a tensor of that name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.position.contains_key(name)
    }

    /// How many tensors there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The names in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// Names and tensors in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.entries
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// The same names with tensors of their own, which later training does not change.
    #[track_caller]
    pub fn copy(&self) -> Result<StateDict> {
        let mut copy = StateDict::new();
        for (name, tensor) in self.iter() {
            copy.insert(name, tensor.copy()?.detach());
        }
        Ok(copy)
    }
}

impl FromIterator<(String, Tensor)> for StateDict {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(entries: I) -> StateDict {
        let mut state = StateDict::new();
        for (name, tensor) in entries {
            state.insert(name, tensor);
        }
        state
    }
}

impl IntoIterator for StateDict {
    type Item = (String, Tensor);
    type IntoIter = std::vec::IntoIter<(String, Tensor)>;
    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl fmt::Debug for StateDict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self.iter().map(|(name, t)| (name, (t.shape(), t.dtype())));
        f.debug_map().entries(types).finish()
    }
}

/// The keys that a lenient load left alone. PyTorch: what `load_state_dict` returns.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct IncompatibleKeys {
    /// Keys of the module that the state dict lacks.
    pub missing: Vec<String>,
    /// Keys of the state dict that the module lacks.
    pub unexpected: Vec<String>,
}

/// Copies `source` into the tensors of `target` in place; `what` is said first in an error.
///
/// Everything is checked before anything is written. Missing and unexpected keys are errors if `strict`; a wrong shape always is, and so is
/// a dtype of another class (a float for an integer): between floats the elements are converted, as PyTorch does.
#[track_caller]
pub(crate) fn load(
    what: &str,
    target: &StateDict,
    source: &StateDict,
    strict: bool,
) -> Result<IncompatibleKeys> {
    let missing: Vec<_> = target
        .keys()
        .filter(|k| !source.contains_key(k))
        .map(str::to_owned)
        .collect();
    let unexpected: Vec<_> = source
        .keys()
        .filter(|k| !target.contains_key(k))
        .map(str::to_owned)
        .collect();
    let both = || {
        target
            .iter()
            .filter_map(|(name, to)| Some((name, to, source.get(name)?)))
    };
    let mut faults = Vec::new();
    if strict {
        faults.extend(fault(&missing, "missing"));
        faults.extend(fault(&unexpected, "unexpected"));
    }
    let misshaped: Vec<_> = both()
        .filter(|(_, to, from)| to.shape() != from.shape())
        .map(|(name, to, from)| {
            format!(
                "{name}: {:?} here, {:?} in the state dict",
                to.shape(),
                from.shape()
            )
        })
        .collect();
    let mistyped: Vec<_> = both()
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
        return Err(Error::state(format!("{what}: {}", faults.join("; "))));
    }
    let _no_grad = rushlight_tensor::GradMode::set(false);
    // All of them are brought to their device before the first is written: if one does not fit there, nothing has changed.
    let mut writes = Vec::with_capacity(target.len());
    for (_, to, from) in both() {
        let mut from = from.detach().to((to.dtype(), to.device()))?;
        // A source that lies in another target's memory is read before that is written.
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
