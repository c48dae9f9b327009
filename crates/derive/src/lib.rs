//! `#[derive(Module)]`, which implements the trait `Module` for a struct.
//!
//! PyTorch finds parameters and child modules when they are assigned to attributes. Here the fields are known at compile time, so the derive
//! generates the traversal. The trait `Node` decides which types are traversed, not the macro: a field whose type does not implement it is a
//! compile error that names the type and suggests a solution.
//!
//! ```ignore
//! #[derive(Module)]
//! struct Net {
//!     fc1: Linear,                 // child module `fc1`, with parameters `fc1.weight` and `fc1.bias`
//!     scale: Option<Parameter>,    // parameter `scale`, if it is present
//!     blocks: Vec<Block>,          // child modules `blocks.0`, `blocks.1`, …
//!     #[module(skip)]
//!     width: usize,                // plain data
//!     state: ModuleState,          // training flag and hooks
//! }
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod attributes;
mod expand;

/// Implements `Module` and `Display` for a struct whose fields are modules, parameters and buffers.
///
/// Calling `is_training()` on a struct without a `ModuleState` does not compile: the derive generates a method of that name for such a
/// struct, which therefore cannot define its own method of that name.
///
/// Attributes of fields:
///
/// - `#[module(skip)]` excludes plain data, which `deep_copy` clones.
/// - `#[module(name = "0")]` sets a name other than the field's.
/// - `#[module(state)]` marks a `ModuleState` whose type is written under another name.
///
/// Attributes of the struct:
///
/// - `#[module(type_name = path)]` sets a function `fn(&Self) -> &'static str` that returns the name of the type.
/// - `#[module(repr = path)]` sets a function `fn(&Self) -> String` that returns the text in the parentheses of the printed form.
/// - `#[module(describe = path)]` sets a function `fn(&Self) -> String` that returns the short description in error messages.
/// - `#[module(no_display)]` does not implement `Display`.
/// - `#[module(crate = path)]` sets the path of `rushlight_nn`, if neither it nor `rushlight` is a dependency.
#[proc_macro_derive(Module, attributes(module))]
pub fn module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::module(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
