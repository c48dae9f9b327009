//! State dicts: the tensors of a module by name, for saving and loading.

use rushlight_tensor::{Error, Result, Tensor};
use std::collections::HashMap;
use std::fmt;

/// Tensors by name, in the order in which they were added. The keys are PyTorch's, so that weights can be exchanged without renaming.
///
/// ```
/// use rushlight::nn::{Linear, ModuleExt};
/// let state = Linear::new(2, 1)?.state_dict();
/// assert_eq!(state.keys().collect::<Vec<_>>(), ["weight", "bias"]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct StateDict {
    entries: Vec<(String, Tensor)>,
    position: HashMap<String, usize>,
}

impl StateDict {
    /// Creates an empty state dict.
    pub fn new() -> StateDict {
        StateDict::default()
    }

    /// Adds a tensor, or replaces and returns the tensor of that name.
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

    /// Returns the tensor of a name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.position.get(name).map(|&at| &self.entries[at].1)
    }

    /// Returns the tensor of a name.
    ///
    /// # Errors
    /// Returns an error if no tensor has this name.
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

    /// Removes and returns a tensor. The order of the others is kept.
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

    /// The number of tensors.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no tensors.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Iterates over the names in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// Iterates over the names and tensors in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.entries
            .iter()
            .map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Returns a copy whose tensors have their own memory, so that further training does not change them.
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
