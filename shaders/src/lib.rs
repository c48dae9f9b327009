//! Rushlight's compute shaders.
//!
//! A kernel is a WGSL file in `kernels/` that reads and runs as it stands, for `f32`. A [`Variant`] says how it differs for other dtypes and other
//! elementwise functions: the line `alias T` is another type, the lines that load and store a tensor are those of its dtype, constants
//! have other values. What a `load_` gives has the type that the kernel's line says: `T`, or `i32` for an index. The functions of `library/` that a kernel mentions are appended to it ([`Variant::source`]).
//!
//! ```
//! use rushlight_backend::DType;
//! use rushlight_shaders::{Compute, Variant, kernels};
//!
//! let variant = Variant::new(&kernels::UNARY_STRIDED, Compute::F32)
//!     .tensor("x", DType::U8)
//!     .tensor("y", DType::F32)
//!     .function("op_sqrt", "x");
//! let wgsl = variant.source()?;
//! assert!(wgsl.contains("fn op_sqrt("));
//! # Ok::<(), String>(())
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod access;
pub mod kernels;
mod library;
mod link;
mod parameters;
mod variant;

pub use access::{Compute, Stored};
pub use kernels::Kernel;
pub use library::{Group, declares};
pub use parameters::parameters;
pub use variant::{Access, Variant};
