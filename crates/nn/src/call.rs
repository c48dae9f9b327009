//! Calling a module: `forward` is what a layer computes, `call` is what surrounds it.
//!
//! `call` runs the hooks and, when something fails, adds where in the model it happened. Names cost nothing while all goes well: the
//! failing child is found by its address among its parent's children, and only then.

use crate::hooks::{HookHandle, PostHook, PreHook};
use crate::summary;
use crate::{CopyMemo, Module, ModuleState, Visitor};
use rushlight_tensor::{Error, Frame, Result, Tensor};
use std::cell::Cell;
use std::panic::Location;
use std::sync::Arc;

/// What a module computes, from an `In` (a tensor unless said otherwise).
///
/// Implement this one method, and call the module with [`Call::call`]. A module of several inputs takes a tuple of tensors, which are
/// cheap to clone, as in `impl Forward<(Tensor, Tensor)> for Net`, or has a method of its own that goes through
/// [`ModuleExt::call_forward`](crate::ModuleExt::call_forward).
///
/// ```
/// use rushlight::nn::{Call, Forward, Linear, Module};
/// use rushlight::{Result, Tensor};
///
/// #[derive(Module)]
/// struct SimpleNetwork { layer1: Linear, layer2: Linear }
///
/// impl Forward for SimpleNetwork {
///     type Output = Tensor;
///     fn forward(&self, x: &Tensor) -> Result<Tensor> {
///         let x = self.layer1.call(x)?.relu()?;
///         self.layer2.call(&x)
///     }
/// }
///
/// let model = SimpleNetwork { layer1: Linear::new(10, 20)?, layer2: Linear::new(20, 1)? };
/// assert_eq!(model.call(&Tensor::zeros([32, 10], ())?)?.shape(), [32, 1]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no forward from `{In}`",
    note = "implement it: `impl Forward for {Self} {{ type Output = Tensor; fn forward(&self, x: &Tensor) -> Result<Tensor> {{ .. }} }}`",
    note = "Forward takes a Tensor unless said otherwise, as in `impl Forward<(Tensor, Tensor)> for {Self}`"
)]
pub trait Forward<In: ?Sized = Tensor>: Module {
    /// What comes out.
    type Output: 'static;

    /// Computes the output. Call modules through [`Call::call`], which adds hooks and error context.
    fn forward(&self, input: &In) -> Result<Self::Output>;
}

impl<In: ?Sized, M: Forward<In> + ?Sized> Forward<In> for Box<M> {
    type Output = M::Output;
    #[inline]
    fn forward(&self, input: &In) -> Result<M::Output> {
        (**self).forward(input)
    }
}

/// A module from one tensor to one tensor, as a trait object: what [`Sequential`](crate::Sequential) holds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer, that is a module from one tensor to one tensor",
    note = "derive Module for it and implement Forward<Tensor, Output = Tensor>",
    note = "a constructor that draws weights returns a Result, which `?` turns into the layer: `Linear::new(4, 8)?`"
)]
pub trait Layer: Forward<Tensor, Output = Tensor> {
    /// The copy that [`Module::copy_with`] makes, in a box again.
    #[doc(hidden)]
    fn copy_layer(&self, memo: &mut CopyMemo) -> Result<Box<dyn Layer>>;
}

impl<M: Forward<Tensor, Output = Tensor>> Layer for M {
    fn copy_layer(&self, memo: &mut CopyMemo) -> Result<Box<dyn Layer>> {
        Ok(Box::new(self.copy_with(memo)?))
    }
}

/// Calling a module, and hooking its calls. Every [`Forward`] has it.
pub trait Call<In: ?Sized + ToOwned + 'static = Tensor>: Forward<In> {
    /// Pre-hooks, `forward`, post-hooks. An error says which module it passed through, and from which line. PyTorch: `model(x)`.
    #[track_caller]
    #[inline]
    fn call(&self, input: &In) -> Result<Self::Output> {
        surround(self.as_module(), input, |x| self.forward(x))
    }

    /// Runs `hook` before each forward: it sees the input and may give another. An error if the module has no [`ModuleState`].
    /// A hook that captured the module's own tensors keeps them alive until it is removed.
    #[track_caller]
    fn register_forward_pre_hook<F>(&self, hook: F) -> Result<HookHandle>
    where
        F: Fn(&dyn Module, &In) -> Result<Option<In::Owned>> + Send + Sync + 'static,
    {
        let state = hookable(self.as_module(), "register_forward_pre_hook")?;
        Ok(state
            .hooks_or_new()
            .add(Arc::new(PreHook::<In>(Box::new(hook))), true))
    }

    /// Runs `hook` after each forward: it sees input and output and may give another output. An error if the module has no [`ModuleState`].
    /// A hook that captured the module's own tensors keeps them alive until it is removed.
    #[track_caller]
    fn register_forward_hook<F>(&self, hook: F) -> Result<HookHandle>
    where
        F: Fn(&dyn Module, &In, &Self::Output) -> Result<Option<Self::Output>>
            + Send
            + Sync
            + 'static,
    {
        let state = hookable(self.as_module(), "register_forward_hook")?;
        Ok(state.hooks_or_new().add(
            Arc::new(PostHook::<In, Self::Output>(Box::new(hook))),
            false,
        ))
    }
}

impl<In: ?Sized + ToOwned + 'static, M: Forward<In> + ?Sized> Call<In> for M {}

/// What surrounds a module's own computation: its hooks for this kind of input, and its name on an error. Modules that take more than
/// one input call themselves through this, with the first; outside this crate it is [`ModuleExt::call_forward`](crate::ModuleExt).
#[track_caller]
#[inline]
pub(crate) fn surround<In: ?Sized + ToOwned + 'static, Out: 'static>(
    module: &dyn Module,
    input: &In,
    forward: impl FnOnce(&In) -> Result<Out>,
) -> Result<Out> {
    let at = Location::caller();
    let result = match module.state().and_then(ModuleState::hooks) {
        None => forward(input),
        Some(hooks) => hooks.around(module, input, forward),
    };
    match result {
        Ok(output) => {
            if summary::is_recording() {
                summary::record(module, &output);
            }
            Ok(output)
        }
        Err(error) => Err(passed_through(error, module, at)),
    }
}

#[track_caller]
pub(crate) fn hookable<'a>(module: &'a dyn Module, what: &str) -> Result<&'a ModuleState> {
    match module.state() {
        Some(state) => Ok(state),
        None => Err(Error::value(format!(
            "{what}: {} has nowhere to keep it; give it a field of type ModuleState",
            module.type_name()
        ))),
    }
}

thread_local! {
    /// Address and type of the module that the last failing call on this thread passed through.
    static LAST_FAILED: Cell<(usize, &'static str)> = const { Cell::new((0, "")) };
}

/// Adds `module` to the places of an error, and names the child it came from.
#[cold]
pub(crate) fn passed_through(
    mut error: Error,
    module: &dyn Module,
    at: &'static Location<'static>,
) -> Error {
    if error
        .frames()
        .last()
        .is_some_and(|frame| frame.name.is_empty())
        && let Some(name) = path_of(LAST_FAILED.get(), module)
    {
        error.name_last_module(&name);
    }
    LAST_FAILED.set((address(module), module.type_name()));
    let mut error = error.in_module(Frame {
        name: String::new(),
        module: module.description(),
        at,
    });
    error.relocate(at, |line| is_own(line));
    error
}

/// Whether a line is one of this crate, as in the forward of a layer: such a line says nothing to a program.
fn is_own(line: &Location<'_>) -> bool {
    let root = file!().strip_suffix("call.rs").unwrap_or(file!());
    line.file().starts_with(root)
}

fn address(module: &dyn Module) -> usize {
    (module as *const dyn Module).addr()
}

/// The dotted path of the module at an address of a type below `root`. Nothing has moved: the failed call borrowed the whole tree.
fn path_of(wanted: (usize, &'static str), root: &dyn Module) -> Option<String> {
    struct Find {
        wanted: (usize, &'static str),
        path: String,
        found: Option<String>,
    }
    impl<'a> Visitor<'a> for Find {
        fn module(&mut self, name: &str, module: &'a dyn Module) {
            if self.found.is_some() {
                return;
            }
            let length = self.path.len();
            self.path.push_str(name);
            if (address(module), module.type_name()) == self.wanted {
                self.found = Some(self.path.clone());
            } else {
                self.path.push('.');
                module.visit(self);
            }
            self.path.truncate(length);
        }
    }
    let mut find = Find {
        wanted,
        path: String::new(),
        found: None,
    };
    root.visit(&mut find);
    find.found
}
