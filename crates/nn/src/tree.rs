//! Traversal of a tree of modules: the contents of one module, and all modules with their paths.

use crate::{Buffer, Module, Parameter, Visitor};

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

pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
