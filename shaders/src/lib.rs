//! Rushlight's compute shaders.
//!
//! A kernel is a WGSL file in `kernels/` that is complete and valid for `f32`. A [`Variant`] adapts it to other dtypes and elementwise functions:
//! it replaces the type in the line `alias T`, the lines that load and store a tensor by those of its dtype, and the values of constants. A
//! function `load_…` returns the type in the kernel's line: `T`, or `i32` for an index. The functions of `library/` that a kernel uses are
//! appended to it ([`Variant::source`]).
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
