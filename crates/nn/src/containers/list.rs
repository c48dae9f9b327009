//! `ModuleList`: a list of modules, which the network calls itself.

use crate::{CopyMemo, Layer, Module, ModuleState, Node, Visitor, VisitorMut};
use rushlight_tensor::Result;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A list of modules, of one type or boxed layers, which dereferences to a slice. PyTorch: `nn.ModuleList`.
///
/// ```
/// use rushlight::nn::{Linear, ModuleExt, ModuleList};
/// let sizes = [10, 20, 15, 1];
/// let layers: ModuleList<Linear> = sizes.windows(2).map(|s| Linear::new(s[0], s[1])).collect::<Result<_, _>>()?;
/// assert_eq!((layers.len(), layers[2].weight.shape()), (3, &[1, 15][..]));
/// assert_eq!(layers.named_parameters()[2].0, "1.weight");
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct ModuleList<M = Box<dyn Layer>> {
    modules: Vec<M>,
    state: ModuleState,
}

impl<M: Module> ModuleList<M> {
    /// Creates an empty list.
    pub fn new() -> ModuleList<M> {
        ModuleList::default()
    }

    /// Appends a module. PyTorch: `append`.
    pub fn push(&mut self, module: M) {
        self.modules.push(module);
    }

    /// Inserts a module before the one at `position`, or at the end if there is none.
    pub fn insert(&mut self, position: usize, module: M) {
        self.modules
            .insert(position.min(self.modules.len()), module);
    }

    /// Removes the last module and returns it.
    pub fn pop(&mut self) -> Option<M> {
        self.modules.pop()
    }
}

impl<M> Default for ModuleList<M> {
    fn default() -> Self {
        ModuleList {
            modules: Vec::new(),
            state: ModuleState::default(),
        }
    }
}

impl<M> From<Vec<M>> for ModuleList<M> {
    fn from(modules: Vec<M>) -> Self {
        ModuleList {
            modules,
            state: ModuleState::default(),
        }
    }
}

impl<M> FromIterator<M> for ModuleList<M> {
    fn from_iter<I: IntoIterator<Item = M>>(modules: I) -> Self {
        modules.into_iter().collect::<Vec<M>>().into()
    }
}

impl<M> Extend<M> for ModuleList<M> {
    fn extend<I: IntoIterator<Item = M>>(&mut self, modules: I) {
        self.modules.extend(modules);
    }
}

impl<M> Deref for ModuleList<M> {
    type Target = [M];
    fn deref(&self) -> &[M] {
        &self.modules
    }
}

impl<M> DerefMut for ModuleList<M> {
    fn deref_mut(&mut self) -> &mut [M] {
        &mut self.modules
    }
}

impl<'a, M> IntoIterator for &'a ModuleList<M> {
    type Item = &'a M;
    type IntoIter = std::slice::Iter<'a, M>;
    fn into_iter(self) -> Self::IntoIter {
        self.modules.iter()
    }
}

impl<M: Module> Module for ModuleList<M> {
    fn visit<'a>(&'a self, visitor: &mut dyn Visitor<'a>) {
        for (i, module) in self.modules.iter().enumerate() {
            module.visit_node(&i.to_string(), visitor);
        }
        self.state.visit_node("", visitor);
    }
    fn visit_mut(&mut self, visitor: &mut dyn VisitorMut) -> Result<()> {
        for (i, module) in self.modules.iter_mut().enumerate() {
            module.visit_node_mut(&i.to_string(), visitor)?;
        }
        self.state.visit_node_mut("", visitor)
    }
    fn state(&self) -> Option<&ModuleState> {
        Some(&self.state)
    }
    fn state_mut(&mut self) -> Option<&mut ModuleState> {
        Some(&mut self.state)
    }
    fn type_name(&self) -> &'static str {
        "ModuleList"
    }
    fn copy_with(&self, memo: &mut CopyMemo) -> Result<Self> {
        Ok(ModuleList {
            modules: self.modules.copy_node(memo)?,
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

impl<M: Module> fmt::Display for ModuleList<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_module(), f)
    }
}

impl<M: Module> fmt::Debug for ModuleList<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_module(), f)
    }
}
