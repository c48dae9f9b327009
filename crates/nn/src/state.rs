//! The state of a module in addition to its own fields: the training flag, hooks, and tensors registered at run time.

use crate::hooks::Hooks;
use crate::tree::Contents;
use crate::{Buffer, CopyMemo, Module, Node, Parameter, Visitor, VisitorMut};
use rushlight_tensor::{Error, Result};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The training flag, the hooks and the run-time parameters and buffers of a module. A module with a field of this type has all three.
///
/// A new state is in training mode and holds no hooks or tensors. Every layer of this crate has one.
#[derive(Default)]
pub struct ModuleState {
    // The flag is stored inverted, so that the default is training mode.
    evaluating: AtomicBool,
    hooks: OnceLock<Arc<Hooks>>,
    registered: Option<Box<Registered>>,
}

#[derive(Default)]
struct Registered {
    parameters: Vec<(String, Parameter)>,
    buffers: Vec<(String, Buffer)>,
}

impl ModuleState {
    /// Whether the module is in training mode.
    #[inline]
    pub fn is_training(&self) -> bool {
        !self.evaluating.load(Ordering::Relaxed)
    }

    /// Sets the mode of this module only; `ModuleExt::train` sets the mode of a whole tree.
    pub fn set_training(&self, training: bool) {
        self.evaluating.store(!training, Ordering::Relaxed);
    }

    /// Adds a parameter. PyTorch: `register_parameter`.
    ///
    /// # Errors
    /// If the name is empty, contains a dot, or is already registered.
    #[track_caller]
    pub fn register_parameter(&mut self, name: &str, parameter: Parameter) -> Result<()> {
        self.check_free("register_parameter", name)?;
        self.registered
            .get_or_insert_default()
            .parameters
            .push((name.to_owned(), parameter));
        Ok(())
    }

    /// Adds a buffer. PyTorch: `register_buffer`.
    ///
    /// # Errors
    /// If the name is empty, contains a dot, or is already registered.
    #[track_caller]
    pub fn register_buffer(&mut self, name: &str, buffer: Buffer) -> Result<()> {
        self.check_free("register_buffer", name)?;
        self.registered
            .get_or_insert_default()
            .buffers
            .push((name.to_owned(), buffer));
        Ok(())
    }

    /// Returns the parameter that was registered under `name`.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        find(&self.registered.as_deref()?.parameters, name)
    }

    /// Returns the buffer that was registered under `name`.
    pub fn buffer(&self, name: &str) -> Option<&Buffer> {
        find(&self.registered.as_deref()?.buffers, name)
    }

    /// The state of `module`, for registering `name` in it; `what` is the method that does.
    #[track_caller]
    pub(crate) fn with_room<'a>(
        what: &str,
        module: &'a mut dyn Module,
        name: &str,
    ) -> Result<&'a mut ModuleState> {
        let type_name = module.type_name();
        if Contents::of(module).contains(name) {
            return Err(Error::value(format!(
                "{what}: {type_name} already has a member named {name:?}"
            )));
        }
        match module.state_mut() {
            Some(state) => Ok(state),
            None => Err(no_state(what, type_name)),
        }
    }

    #[track_caller]
    fn check_free(&self, what: &str, name: &str) -> Result<()> {
        if name.is_empty() || name.contains('.') {
            return Err(Error::value(format!(
                "{what}: invalid name {name:?}: a name must not be empty and must not contain dots"
            )));
        }
        if self.parameter(name).is_some() || self.buffer(name).is_some() {
            return Err(Error::value(format!(
                "{what}: {name:?} is already registered"
            )));
        }
        Ok(())
    }

    /// The hooks, if one was ever registered.
    #[inline]
    pub(crate) fn hooks(&self) -> Option<&Arc<Hooks>> {
        self.hooks.get()
    }

    pub(crate) fn hooks_or_new(&self) -> &Arc<Hooks> {
        self.hooks.get_or_init(Default::default)
    }
}

/// The error of a method that needs the state of a module without one.
#[cold]
#[track_caller]
pub(crate) fn no_state(what: &str, type_name: &str) -> Error {
    Error::value(format!(
        "{what}: {type_name} has no ModuleState; add a field `state: ModuleState`"
    ))
}

fn find<'a, T>(among: &'a [(String, T)], name: &str) -> Option<&'a T> {
    among.iter().find(|(n, _)| n == name).map(|(_, t)| t)
}

impl Node for ModuleState {
    fn visit_node<'a>(&'a self, _name: &str, visitor: &mut dyn Visitor<'a>) {
        let Some(registered) = &self.registered else {
            return;
        };
        registered
            .parameters
            .iter()
            .for_each(|(name, p)| visitor.parameter(name, p));
        registered
            .buffers
            .iter()
            .for_each(|(name, b)| visitor.buffer(name, b));
    }
    fn visit_node_mut(&mut self, _name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        let Some(registered) = &mut self.registered else {
            return Ok(());
        };
        registered
            .parameters
            .iter_mut()
            .try_for_each(|(name, p)| visitor.parameter(name, p))?;
        registered
            .buffers
            .iter_mut()
            .try_for_each(|(name, b)| visitor.buffer(name, b))
    }
    /// Copies the flag and the registered tensors. Hooks are not copied, because the values that they captured belong to the original.
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        let registered = match self.registered.as_deref() {
            None => None,
            Some(Registered {
                parameters,
                buffers,
            }) => Some(Box::new(Registered {
                parameters: parameters
                    .iter()
                    .map(|(name, p)| Ok((name.clone(), memo.parameter(p)?)))
                    .collect::<Result<_>>()?,
                buffers: buffers
                    .iter()
                    .map(|(name, b)| Ok((name.clone(), memo.buffer(b)?)))
                    .collect::<Result<_>>()?,
            })),
        };
        Ok(ModuleState {
            evaluating: AtomicBool::new(!self.is_training()),
            hooks: OnceLock::new(),
            registered,
        })
    }
}

impl fmt::Debug for ModuleState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModuleState {{ training: {} }}", self.is_training())
    }
}
