//! `ModuleDict`: a dictionary of modules.

use crate::{CopyMemo, Layer, Module, ModuleState, Node, Visitor, VisitorMut};
use rushlight_tensor::{Error, Result};
use std::fmt;

/// A dictionary of modules, ordered by insertion. PyTorch: `nn.ModuleDict`.
///
/// ```
/// use rushlight::nn::{Linear, ModuleDict, ModuleExt};
/// let mut heads = ModuleDict::new();
/// heads.insert("mean", Linear::new(8, 1)?)?;
/// heads.insert("scale", Linear::new(8, 1)?)?;
/// assert_eq!(heads.named_parameters()[2].0, "scale.weight");
/// assert_eq!(heads.require("mean")?.weight.shape(), [1, 8]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct ModuleDict<M = Box<dyn Layer>> {
    modules: Vec<(String, M)>,
    state: ModuleState,
}

impl<M: Module> ModuleDict<M> {
    /// Creates an empty dictionary.
    pub fn new() -> ModuleDict<M> {
        ModuleDict::default()
    }

    /// Adds a module, or replaces the module of that name and returns it. A name must not be empty and must not contain dots.
    #[track_caller]
    pub fn insert(&mut self, name: &str, module: M) -> Result<Option<M>> {
        if name.is_empty() || name.contains('.') {
            return Err(Error::value(format!(
                "ModuleDict: {name:?} is not a valid name: a name must not be empty and must not contain dots"
            )));
        }
        match self.modules.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => Ok(Some(std::mem::replace(old, module))),
            None => {
                self.modules.push((name.to_owned(), module));
                Ok(None)
            }
        }
    }

    /// Returns the module of that name, if there is one.
    pub fn get(&self, name: &str) -> Option<&M> {
        self.modules.iter().find(|(n, _)| n == name).map(|(_, m)| m)
    }

    /// Returns the module of that name, or an error that lists the names.
    #[track_caller]
    pub fn require(&self, name: &str) -> Result<&M> {
        match self.get(name) {
            Some(module) => Ok(module),
            None => {
                let names: Vec<_> = self.keys().collect();
                Err(Error::value(format!(
                    "ModuleDict: no module {name:?}; the modules are {names:?}"
                )))
            }
        }
    }

    /// Removes the module of that name and returns it.
    pub fn remove(&mut self, name: &str) -> Option<M> {
        let at = self.modules.iter().position(|(n, _)| n == name)?;
        Some(self.modules.remove(at).1)
    }

    /// Returns whether there is a module of that name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Returns the names in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.modules.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the modules in order.
    pub fn values(&self) -> impl Iterator<Item = &M> {
        self.modules.iter().map(|(_, module)| module)
    }

    /// Returns the names and modules in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &M)> {
        self.modules
            .iter()
            .map(|(name, module)| (name.as_str(), module))
    }

    /// Returns the number of modules.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Returns whether the dictionary is empty.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }
}

impl<M> Default for ModuleDict<M> {
    fn default() -> Self {
        ModuleDict {
            modules: Vec::new(),
            state: ModuleState::default(),
        }
    }
}

impl<M: Module> Module for ModuleDict<M> {
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>) {
        self.modules
            .iter()
            .for_each(|(name, module)| module.visit_node(name, visitor));
        self.state.visit_node("", visitor);
    }
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()> {
        self.modules
            .iter_mut()
            .try_for_each(|(name, module)| module.visit_node_mut(name, visitor))?;
        self.state.visit_node_mut("", visitor)
    }
    fn state(&self) -> Option<&ModuleState> {
        Some(&self.state)
    }
    fn state_mut(&mut self) -> Option<&mut ModuleState> {
        Some(&mut self.state)
    }
    fn type_name(&self) -> &'static str {
        "ModuleDict"
    }
    fn copy_with(&self, memo: &mut CopyMemo) -> Result<Self> {
        let copy = |(name, module): &(String, M)| Ok((name.clone(), module.copy_node(memo)?));
        Ok(ModuleDict {
            modules: self.modules.iter().map(copy).collect::<Result<_>>()?,
            state: self.state.copy_node(memo)?,
        })
    }
    fn as_module(&self) -> &dyn Module {
        self
    }
    fn as_module_mut(&mut self) -> &mut dyn Module {
        self
    }
}

impl<M: Module> fmt::Display for ModuleDict<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_module(), f)
    }
}

impl<M: Module> fmt::Debug for ModuleDict<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_module(), f)
    }
}
