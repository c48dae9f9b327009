//! What can be done with a whole tree of modules: listing, switching, moving, loading.

use crate::saving::{load_tensors, save_tensors};
use crate::state_dict::{IncompatibleKeys, load};
use crate::{Buffer, Module, Parameter, StateDict, Visitor, VisitorMut};
use rushlight_autograd::Autograd;
use rushlight_tensor::{Error, Options, Result};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The methods of PyTorch's `nn.Module` that walk the tree. Every module has them, and so does `dyn Module`.
///
/// Lists are in PyTorch's order: of each module first its own parameters, then its children. What stands in two places (tied weights) is
/// listed once, under its first name.
pub trait ModuleExt: Module {
    /// Handles to all parameters, for an optimizer.
    fn parameters(&self) -> Vec<Parameter> {
        self.named_parameters()
            .into_iter()
            .map(|(_, p)| p)
            .collect()
    }

    /// Names of and handles to all parameters: `layer1.weight`.
    fn named_parameters(&self) -> Vec<(String, Parameter)> {
        let mut seen = Vec::new();
        let mut list = Vec::new();
        walk(self.as_module(), &mut |path, module| {
            for (name, p) in Contents::of(module).parameters {
                if !seen.contains(&p.identity()) {
                    seen.push(p.identity());
                    list.push((join(path, &name), p.clone()));
                }
            }
        });
        list
    }

    /// Names of and handles to all buffers: `bn.running_mean`.
    fn named_buffers(&self) -> Vec<(String, Buffer)> {
        let mut list = Vec::new();
        walk(self.as_module(), &mut |path, module| {
            list.extend(
                Contents::of(module)
                    .buffers
                    .into_iter()
                    .map(|(name, b)| (join(path, &name), b.clone())),
            );
        });
        list
    }

    /// Handles to all buffers.
    fn buffers(&self) -> Vec<Buffer> {
        self.named_buffers().into_iter().map(|(_, b)| b).collect()
    }

    /// All modules of the tree with their paths, this one first, under the empty name.
    fn named_modules(&self) -> Vec<(String, &dyn Module)> {
        let mut list = Vec::new();
        walk(self.as_module(), &mut |path, module| {
            list.push((path.to_owned(), module))
        });
        list
    }

    /// All modules of the tree, this one first.
    fn modules(&self) -> Vec<&dyn Module> {
        self.named_modules().into_iter().map(|(_, m)| m).collect()
    }

    /// The modules directly in this one, with their names.
    fn named_children(&self) -> Vec<(String, &dyn Module)> {
        Contents::of(self.as_module()).modules
    }

    /// The modules directly in this one.
    fn children(&self) -> Vec<&dyn Module> {
        self.named_children().into_iter().map(|(_, m)| m).collect()
    }

    /// The module at a dotted path: `encoder.0`. The empty path is this module.
    #[track_caller]
    fn get_submodule(&self, path: &str) -> Result<&dyn Module> {
        match self.named_modules().into_iter().find(|(p, _)| p == path) {
            Some((_, module)) => Ok(module),
            None => Err(Error::value(format!(
                "get_submodule: {} has no module {path:?}",
                self.type_name()
            ))),
        }
    }

    /// The parameter at a dotted path: `fc1.weight`.
    #[track_caller]
    fn get_parameter(&self, path: &str) -> Result<Parameter> {
        match self.named_parameters().into_iter().find(|(p, _)| p == path) {
            Some((_, parameter)) => Ok(parameter),
            None => Err(Error::value(format!(
                "get_parameter: {} has no parameter {path:?}",
                self.type_name()
            ))),
        }
    }

    /// The buffer at a dotted path: `bn.running_mean`.
    #[track_caller]
    fn get_buffer(&self, path: &str) -> Result<Buffer> {
        match self.named_buffers().into_iter().find(|(p, _)| p == path) {
            Some((_, buffer)) => Ok(buffer),
            None => Err(Error::value(format!(
                "get_buffer: {} has no buffer {path:?}",
                self.type_name()
            ))),
        }
    }

    /// Adds a parameter to this module at run time; it is listed, saved and moved like any other.
    ///
    /// An error if the name is taken, or if the module has no [`ModuleState`](crate::ModuleState) to hold it.
    #[track_caller]
    fn register_parameter(&mut self, name: &str, parameter: Parameter) -> Result<()> {
        check_free("register_parameter", self.as_module(), name)?;
        match self.state_mut() {
            Some(state) => state.register_parameter(name, parameter),
            None => Err(no_state("register_parameter", self.type_name())),
        }
    }

    /// Adds a buffer to this module at run time; as [`ModuleExt::register_parameter`].
    #[track_caller]
    fn register_buffer(&mut self, name: &str, buffer: Buffer) -> Result<()> {
        check_free("register_buffer", self.as_module(), name)?;
        match self.state_mut() {
            Some(state) => state.register_buffer(name, buffer),
            None => Err(no_state("register_buffer", self.type_name())),
        }
    }

    /// Puts the whole tree in training mode. PyTorch: `train()`.
    fn train(&self) {
        self.set_training(true);
    }

    /// Puts the whole tree in evaluation mode: dropout passes everything, batch norm uses its running statistics.
    fn eval(&self) {
        self.set_training(false);
    }

    /// Sets the mode of the whole tree. PyTorch: `train(mode)`.
    fn set_training(&self, training: bool) {
        walk(self.as_module(), &mut |_, module| {
            if let Some(state) = module.state() {
                state.set_training(training);
            }
        });
    }

    /// Whether the module is in training mode; without a [`ModuleState`](crate::ModuleState), whether every module in it is.
    fn is_training(&self) -> bool {
        let module = self.as_module();
        match module.state() {
            Some(state) => state.is_training(),
            None => Contents::of(module)
                .modules
                .iter()
                .all(|(_, child)| child.is_training()),
        }
    }

    /// Moves all parameters and buffers to a device, or converts the floating-point ones to a dtype, or both.
    ///
    /// What changes becomes a new [`Parameter`]: move a model before making its optimizer. Tied weights stay tied. PyTorch: `model.to(…)`.
    #[track_caller]
    fn to(&mut self, target: impl Into<Options>) -> Result<()> {
        let target = target.into();
        if let Some(dtype) = target.dtype
            && !dtype.is_float()
        {
            return Err(Error::dtype(format!(
                "to: a module's parameters are floating-point, they cannot become {dtype}"
            )));
        }
        self.as_module_mut().visit_mut(&mut Move {
            target,
            moved: HashMap::new(),
        })
    }

    /// Calls `f` on every module of the tree, children first. PyTorch: `apply`.
    ///
    /// ```
    /// use rushlight_nn::{Linear, ModuleExt, init};
    /// let model = Linear::new(3, 2)?;
    /// model.apply(|m| match m.downcast_ref::<Linear>() {
    ///     Some(linear) => init::zeros_(&linear.weight),
    ///     None => Ok(()),
    /// })?;
    /// assert_eq!(model.weight.to_vec::<f32>()?, [0.0; 6]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    fn apply(&self, mut f: impl FnMut(&dyn Module) -> Result<()>) -> Result<()> {
        apply(self.as_module(), &mut f)
    }

    /// Forgets the gradients of all parameters. PyTorch: `zero_grad`.
    fn zero_grad(&self) {
        self.parameters()
            .iter()
            .for_each(|p| p.tensor().zero_grad());
    }

    /// Freezes all parameters, or thaws them. PyTorch: `requires_grad_`.
    #[track_caller]
    fn requires_grad_(&self, requires_grad: bool) -> Result<()> {
        for p in self.parameters() {
            p.tensor().requires_grad_(requires_grad)?;
        }
        Ok(())
    }

    /// How many numbers the parameters hold, those that are frozen included.
    fn num_parameters(&self) -> usize {
        self.parameters().iter().map(|p| p.numel()).sum()
    }

    /// All parameters and persistent buffers by name. The tensors share the module's memory; [`StateDict::copy`] separates them.
    fn state_dict(&self) -> StateDict {
        let mut state = StateDict::new();
        walk(self.as_module(), &mut |path, module| {
            let contents = Contents::of(module);
            for (name, p) in contents.parameters {
                state.insert(join(path, &name), p.detach());
            }
            for (name, b) in contents
                .buffers
                .into_iter()
                .filter(|(_, b)| b.is_persistent())
            {
                state.insert(join(path, &name), b.detach());
            }
        });
        state
    }

    /// Copies a state dict into the module's own tensors, so that optimizers keep their parameters.
    ///
    /// One error lists everything that does not fit: keys of another shape or kind of dtype and, if `strict`, missing and unexpected ones;
    /// nothing is changed then. Without `strict` the keys left alone are returned.
    #[track_caller]
    fn load_state_dict(&self, state: &StateDict, strict: bool) -> Result<IncompatibleKeys> {
        load(
            &format!("load_state_dict of {}", self.type_name()),
            &self.state_dict(),
            state,
            strict,
        )
    }

    /// Writes the state dict to a safetensors file, which is replaced as a whole or not at all.
    #[track_caller]
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        save_tensors(path, &self.state_dict(), &BTreeMap::new())
    }

    /// Reads a state dict from a safetensors file, strictly: every key must fit. PyTorch: `load_state_dict(torch.load(path))`.
    #[track_caller]
    fn load(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let saved = load_tensors(path)?;
        load(
            &format!("load {path:?} into {}", self.type_name()),
            &self.state_dict(),
            &saved.tensors,
            true,
        )?;
        Ok(())
    }
}

impl<M: Module + ?Sized> ModuleExt for M {}

/// What is directly in one module, sorted by kind: a module's own tensors come before its children's.
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

/// Shows every module of a tree with its path, parents first.
fn walk<'a>(root: &'a dyn Module, f: &mut dyn FnMut(&str, &'a dyn Module)) {
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

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn apply(module: &dyn Module, f: &mut dyn FnMut(&dyn Module) -> Result<()>) -> Result<()> {
    for (_, child) in Contents::of(module).modules {
        apply(child, f)?;
    }
    f(module)
}

#[track_caller]
fn check_free(what: &str, module: &dyn Module, name: &str) -> Result<()> {
    let Contents {
        parameters,
        buffers,
        modules,
    } = Contents::of(module);
    let taken = parameters
        .iter()
        .map(|p| &p.0)
        .chain(buffers.iter().map(|b| &b.0))
        .chain(modules.iter().map(|m| &m.0));
    match taken.into_iter().any(|taken| taken == name) {
        true => Err(Error::value(format!(
            "{what}: {} has something named {name:?} already",
            module.type_name()
        ))),
        false => Ok(()),
    }
}

#[cold]
#[track_caller]
fn no_state(what: &str, module: &str) -> Error {
    Error::value(format!(
        "{what}: {module} has nowhere to keep it; give it a field of type ModuleState"
    ))
}

struct Move {
    target: Options,
    /// What has been moved already, so that tied weights stay one parameter. Holds the old ones too, so that no identity is reused.
    moved: HashMap<usize, (Parameter, Parameter)>,
}

impl VisitorMut for Move {
    fn parameter(&mut self, _name: &str, parameter: &mut Parameter) -> Result<()> {
        if let Some((_, new)) = self.moved.get(&parameter.identity()) {
            *parameter = new.clone();
            return Ok(());
        }
        let old = parameter.clone();
        let tensor = old.detach();
        let new = tensor.to(self.target.clone())?;
        let same = new.dtype() == tensor.dtype() && new.device() == tensor.device();
        if same {
            return Ok(());
        }
        parameter.replace(new)?;
        if let Some(grad) = old.grad() {
            parameter.set_grad(Some(grad.to(self.target.clone())?))?;
        }
        self.moved.insert(old.identity(), (old, parameter.clone()));
        Ok(())
    }

    fn buffer(&mut self, _name: &str, buffer: &mut Buffer) -> Result<()> {
        let mut target = self.target.clone();
        if !buffer.dtype().is_float() {
            target.dtype = None;
        }
        buffer.replace(buffer.tensor().to(target)?);
        Ok(())
    }

    fn module(&mut self, _name: &str, module: &mut dyn Module) -> Result<()> {
        module.visit_mut(self)
    }
}
