//! What the code that `#[derive(Module)]` writes calls. Not for programs.

use rushlight_tensor::{Error, Result};
use std::any::type_name;

/// The bound of `is_training` of a derived struct without a `ModuleState`, which no such struct fulfils.
///
/// The derive gives these structs an inherent `is_training` that takes precedence over `ModuleExt`'s, so that asking for a flag that
/// `eval()` cannot set does not compile. The lifetime defers the check from the method to its callers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` asks whether it is training, but has nowhere to keep it: eval() cannot reach it",
    label = "always true without a ModuleState",
    note = "add a field `state: ModuleState`"
)]
pub trait HasModuleState<'a> {}

/// A field marked `#[module(skip)]`, when its struct is copied: cloned if its type is known to be `Clone`, else an error.
///
/// The compiler prefers the inherent method where its bound holds, and takes the trait's where it does not.
pub struct Skipped<'a, T>(pub &'a T);

impl<T: Clone> Skipped<'_, T> {
    /// The clone.
    pub fn copied(&self, _module: &str, _field: &str) -> Result<T> {
        Ok(self.0.clone())
    }
}

/// What a [`Skipped`] field does whose type is not known to be `Clone`.
pub trait NotClone<T> {
    /// An error that names the module, the field and its type.
    fn copied(&self, module: &str, field: &str) -> Result<T>;
}

impl<T> NotClone<T> for Skipped<'_, T> {
    fn copied(&self, module: &str, field: &str) -> Result<T> {
        Err(Error::unsupported(format!(
            "deep_copy: field {field} of {module} is skipped and so has to be cloned, and {} is not known to be Clone",
            type_name::<T>()
        )))
    }
}
