//! `#[derive(Module)]`: the structure of a network, read off its struct.
//!
//! PyTorch finds parameters and child modules when they are assigned to attributes; here the fields are known at compile time, so the
//! derive writes the walk over them. What it walks over is decided by the trait `Node`, not by the macro: a field whose type is no node
//! is a compile error that names the type and says what to do.
//!
//! ```ignore
//! #[derive(Module)]
//! struct Net {
//!     fc1: Linear,                 // child module `fc1`, with parameters `fc1.weight` and `fc1.bias`
//!     scale: Option<Parameter>,    // parameter `scale`, if it is there
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
/// A struct without a `ModuleState` cannot be asked `is_training()`: the derive gives it a method of that name whose use does not compile
/// (so it can have no method of that name of its own).
///
/// On fields: `#[module(skip)]` leaves plain data out, which `deep_copy` clones; `#[module(name = "0")]` gives a name that is not the field's;
/// `#[module(state)]` marks a `ModuleState` whose type is written under another name.
///
/// On the struct: `#[module(type_name = path)]` takes the name from `fn(&Self) -> &'static str`; `#[module(repr = path)]` takes what stands in the parentheses of the printed form from `fn(&Self) -> String`;
/// `#[module(describe = path)]` the short description in error messages; `#[module(no_display)]` leaves `Display` to you;
/// `#[module(crate = path)]` says where `rushlight_nn` is, if it is neither a dependency nor reached through `rushlight`.
#[proc_macro_derive(Module, attributes(module))]
pub fn module(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::module(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
