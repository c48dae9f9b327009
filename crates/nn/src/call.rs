//! Calling a module: `forward` implements a layer's computation, and `call` runs it with the hooks and the error context.
//!
//! If a call fails, `call` adds the position of the module in the model to the error. A successful call does not pay for names: only after a
//! failure is the child found among its parent's children, by its address.

use crate::hooks::{HookHandle, PostHook, PreHook};
use crate::state::no_state;
use crate::summary;
use crate::tree::{Key, key};
use crate::{CopyMemo, Module, ModuleState, Visitor};
use rushlight_tensor::{Error, Frame, Result, Tensor};
use std::cell::Cell;
use std::panic::Location;
use std::sync::Arc;

/// The computation of a module, with an input of type `In`, which is a tensor by default.
///
/// Implement this one method, and call the module with [`Call::call`]. A module with several inputs takes a tuple of tensors, which are
/// cheap to clone, as in `impl Forward<(Tensor, Tensor)> for Net`, or has its own method that calls
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
    /// The type of the output.
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

/// A module that maps one tensor to one tensor, as a trait object. [`Sequential`](crate::Sequential) holds layers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer, that is a module from one tensor to one tensor",
    note = "derive Module for it and implement Forward<Tensor, Output = Tensor>",
    note = "a constructor that draws weights returns a Result, which `?` turns into the layer: `Linear::new(4, 8)?`"
)]
pub trait Layer: Forward<Tensor, Output = Tensor> {
    /// Returns the copy that [`Module::copy_with`] makes, in a box.
    #[doc(hidden)]
    fn copy_layer(&self, memo: &mut CopyMemo) -> Result<Box<dyn Layer>>;
}

impl<M: Forward<Tensor, Output = Tensor>> Layer for M {
    fn copy_layer(&self, memo: &mut CopyMemo) -> Result<Box<dyn Layer>> {
        Ok(Box::new(self.copy_with(memo)?))
    }
}

/// Calls a module and registers hooks on its calls. Every type that implements [`Forward`] implements this trait.
pub trait Call<In: ?Sized + ToOwned + 'static = Tensor>: Forward<In> {
    /// Runs the pre-hooks, `forward` and the hooks. PyTorch: `model(x)`.
    ///
    /// # Errors
    /// Those of `forward` and of the hooks. The error names the module and the line of the call.
    #[track_caller]
    #[inline]
    fn call(&self, input: &In) -> Result<Self::Output> {
        surround(self.as_module(), input, |x| self.forward(x))
    }

    /// Registers a hook that runs before each forward. It receives the input and may return another one.
    /// A hook that captures the module's own tensors keeps them alive until it is removed.
    ///
    /// # Errors
    /// If the module has no [`ModuleState`].
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

    /// Registers a hook that runs after each forward. It receives the input and the output and may return another output.
    /// A hook that captures the module's own tensors keeps them alive until it is removed.
    ///
    /// # Errors
    /// If the module has no [`ModuleState`].
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

/// Runs `forward` with the module's hooks for this type of input, and adds the module to an error. Modules with more than one input use
/// this with the first one; outside of this crate it is [`ModuleExt::call_forward`](crate::ModuleExt).
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
        None => Err(no_state(what, module.type_name())),
    }
}

thread_local! {
    /// The module that the last failing call on this thread passed through.
    static LAST_FAILED: Cell<Option<Key>> = const { Cell::new(None) };
}

/// Adds `module` to the frames of an error, and names the child that the error came from.
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
        && let Some(failed) = LAST_FAILED.get()
        && let Some(name) = path_of(failed, module)
    {
        error.name_last_module(&name);
    }
    LAST_FAILED.set(Some(key(module)));
    let mut error = error.in_module(Frame {
        name: String::new(),
        module: module.description(),
        at,
    });
    error.relocate(at, |line| is_own(line));
    error
}

/// Whether a line belongs to this crate, for example to the forward of a layer. Such a line does not help the user of a program.
fn is_own(line: &Location<'_>) -> bool {
    let root = file!().strip_suffix("call.rs").unwrap_or(file!());
    line.file().starts_with(root)
}

/// The dotted path of the module below `root` with an address and a type. The address is still valid, because the failed call borrowed the
/// whole tree.
fn path_of(wanted: Key, root: &dyn Module) -> Option<String> {
    struct Find {
        wanted: Key,
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
            if key(module) == self.wanted {
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
