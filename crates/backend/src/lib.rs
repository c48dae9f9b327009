//! The waist: what an operation *is*, apart from where it runs.
//!
//! Backends implement [`Backend`]; tensors speak only [`Op`]. Operations are data rather than trait methods because three readers need
//! the same list (two backends and the derivative table), and a `match` that misses one does not compile.
//!
//! An operation knows its name, the shape and dtype of its result ([`Op::infer`]) and what its derivative needs ([`Op::saves`]).
//! It knows nothing of memory; that is [`Storage`], and a [`View`] is a storage seen through a [`Layout`].
//!
//! ```
//! use rushlight_backend::{Binary, DType, Dims, Op, TensorType};
//!
//! let a = TensorType { shape: Dims::from([4, 1]), dtype: DType::I64 };
//! let b = TensorType { shape: Dims::from([3]), dtype: DType::F32 };
//! let sum = Op::from(Binary::Add).infer(&[a, b])?;
//! assert_eq!((&*sum.shape, sum.dtype), (&[4, 3][..], DType::F32));
//! # Ok::<(), rushlight_backend::Error>(())
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod backend;
mod check;
mod dims;
mod dtype;
mod error;
mod index_role;
mod layout;
mod op;
mod place;
pub mod plan;
mod room;
mod scalar;
mod storage;
mod view;

pub use backend::{Backend, Chunks, Done, StepViews};
pub use check::Check;
pub use dims::{Dims, MAX_RANK};
pub use dtype::{Category, DType, Element};
pub use error::{Error, ErrorKind, Frame, Result};
pub use index_role::{InRole, IndexRole};
pub use layout::{Layout, broadcast};
pub use op::{
    Arg, Axes, Binary, BinaryKind, Compare, Conv, ConvKind, Fused, IndexOp, Linalg, Map, Op,
    OptimizerStep, Pool, PoolKind, Reduce, Saved, Scan, ScatterMode, TensorType, Unary, UnaryKind,
    ViewOp, Windows, promote, update,
};
pub use place::{note_place, noted_place};
pub use room::room;
pub use scalar::Scalar;
pub use storage::{Buffer, Storage};
pub use view::{Output, Outputs, View};
