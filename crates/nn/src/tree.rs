//! Traversal of a tree of modules: the contents of one module, and all modules with their paths.

use crate::{Buffer, Module, Parameter, Visitor};
use rushlight_tensor::Result;
use std::any::{Any, TypeId};

/// The contents of one module by kind, so that a module's own tensors can be listed before those of its children.
#[derive(Default)]
pub(crate) struct Contents<'a> {
    pub parameters: Vec<(String, &'a Parameter)>,
    pub buffers: Vec<(String, &'a Buffer)>,
    pub modules: Vec<(String, &'a dyn Module)>,
}

impl<'a> Contents<'a> {
    pub fn of(module: &'a dyn Module) -> Contents<'a> {
        let mut contents = Contents::default();
        module.visit(&mut contents);
        contents
    }
}

impl Contents<'_> {
    /// Whether a parameter, a buffer or a child has this name.
    pub fn contains(&self, name: &str) -> bool {
        self.parameters.iter().any(|(other, _)| other == name)
            || self.buffers.iter().any(|(other, _)| other == name)
            || self.modules.iter().any(|(other, _)| other == name)
    }
}

impl<'a> Visitor<'a> for Contents<'a> {
    fn parameter(&mut self, name: &str, parameter: &'a Parameter) {
        self.parameters.push((name.to_owned(), parameter));
    }
    fn buffer(&mut self, name: &str, buffer: &'a Buffer) {
        self.buffers.push((name.to_owned(), buffer));
    }
    fn module(&mut self, name: &str, module: &'a dyn Module) {
        self.modules.push((name.to_owned(), module));
    }
}

/// Calls `f` with the path of every module of a tree and the module, parents first.
pub(crate) fn walk<'a>(root: &'a dyn Module, f: &mut dyn FnMut(&str, &'a dyn Module)) {
    struct Walk<'f, 'a> {
        path: String,
        f: &'f mut dyn FnMut(&str, &'a dyn Module),
    }
    impl<'a> Visitor<'a> for Walk<'_, 'a> {
        fn module(&mut self, name: &str, module: &'a dyn Module) {
            let length = self.path.len();
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            (self.f)(&self.path, module);
            module.visit(self);
            self.path.truncate(length);
        }
    }
    f("", root);
    root.visit(&mut Walk {
        path: String::new(),
        f,
    });
}

/// The address and the type of a module, by which a call finds its module in the tree: a struct and its first field may have the same
/// address. It is valid while the tree is borrowed. Several modules without fields may have one key.
pub(crate) type Key = (usize, TypeId);

pub(crate) fn key(module: &dyn Module) -> Key {
    let any: &dyn Any = module;
    ((module as *const dyn Module).addr(), any.type_id())
}

/// Calls `f` with every module of a tree, children before their parents.
pub(crate) fn children_first(
    module: &dyn Module,
    f: &mut dyn FnMut(&dyn Module) -> Result<()>,
) -> Result<()> {
    for (_, child) in Contents::of(module).modules {
        children_first(child, f)?;
    }
    f(module)
}

pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
