//! Functions for the code that `#[derive(Module)]` generates. Programs do not call them.

use crate::{Buffer, CopyMemo, Parameter};
use rushlight_tensor::{Error, Result, Tensor};
use std::any::{Any, type_name};

/// The bound on the `is_training` of a derived struct without a `ModuleState`. No such struct satisfies it.
///
/// The derive generates an inherent `is_training` for these structs that takes precedence over the method of `ModuleExt`, so that a program
/// that reads a flag that `eval()` cannot set does not compile. The lifetime defers the check from the method to its callers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` asks whether it is training, but has nowhere to keep it: eval() cannot reach it",
    label = "always true without a ModuleState",
    note = "add a field `state: ModuleState`"
)]
pub trait HasModuleState<'a> {}

/// A field marked `#[module(skip)]` of a struct that is copied. The field is cloned if its type is known to be `Clone`; otherwise the copy is
/// an error. A tensor, parameter or buffer is copied through the memo like other fields, because a clone would share the original's memory.
///
/// The compiler prefers the inherent method if its bound holds, and uses the method of the trait otherwise.
pub struct Skipped<'a, T>(pub &'a T);

impl<T: Clone + 'static> Skipped<'_, T> {
    /// Returns the copy.
    pub fn copied(&self, memo: &mut CopyMemo, _module: &str, _field: &str) -> Result<T> {
        let any: &dyn Any = self.0;
        let copy: Box<dyn Any> = if let Some(parameter) = any.downcast_ref::<Parameter>() {
            Box::new(memo.parameter(parameter)?)
        } else if let Some(buffer) = any.downcast_ref::<Buffer>() {
            Box::new(memo.buffer(buffer)?)
        } else if let Some(tensor) = any.downcast_ref::<Tensor>() {
            Box::new(memo.tensor(tensor)?)
        } else {
            return Ok(self.0.clone());
        };
        Ok(copy
            .downcast()
            .map_or_else(|_| self.0.clone(), |copy| *copy))
    }
}

/// The copy of a [`Skipped`] field whose type is not known to be `Clone`.
pub trait NotClone<T> {
    /// Returns an error that names the module, the field and its type.
    fn copied(&self, memo: &mut CopyMemo, module: &str, field: &str) -> Result<T>;
}

impl<T> NotClone<T> for Skipped<'_, T> {
    fn copied(&self, _memo: &mut CopyMemo, module: &str, field: &str) -> Result<T> {
        Err(Error::unsupported(format!(
            "deep_copy: field {field} of {module} is skipped and therefore must be cloned, but {} is not known to be Clone",
            type_name::<T>()
        )))
    }
}
