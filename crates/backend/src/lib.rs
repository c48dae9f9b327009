//! The interface between tensors and backends: operations as data ([`Op`]), and the trait that computes them ([`Backend`]).
//!
//! Operations are data rather than trait methods because three parts of the project read the same list (two backends and the table of
//! derivatives), and a `match` that misses an operation does not compile.
//!
//! An operation has a name, infers the shape and dtype of its result ([`Op::infer`]) and lists the values that its derivative needs
//! ([`Op::saves`]). It does not refer to memory: a [`Storage`] is a block of memory, a [`Layout`] describes a tensor in it, and a [`View`] is
//! both together.
//!
//! ```
//! use rushlight::backend::{Binary, DType, Dims, Op, TensorType};
//!
//! let a = TensorType { shape: Dims::from([4, 1]), dtype: DType::I64 };
//! let b = TensorType { shape: Dims::from([3]), dtype: DType::F32 };
//! let sum = Op::from(Binary::Add).infer(&[a, b])?;
//! assert_eq!((&*sum.shape, sum.dtype), (&[4, 3][..], DType::F32));
//! # Ok::<(), rushlight::backend::Error>(())
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
mod location;
mod op;
pub mod plan;
mod readable;
mod room;
mod scalar;
mod storage;
mod view;

pub use backend::{Backend, Chunks, Done, StepViews};
pub use check::Check;
pub use dims::{Dims, MAX_RANK};
pub use dtype::{Category, DType, Element};
pub use error::{Error, ErrorKind, Frame, Result};
#[doc(hidden)]
pub use half;
pub use index_role::{InRole, IndexRole};
pub use layout::{Layout, broadcast};
pub use location::{note_location, noted_location};
pub use op::{
    Arg, Axes, Binary, BinaryKind, Compare, Conv, ConvKind, Fused, IndexOp, Linalg, Map, Op,
    OptimizerStep, Pool, PoolKind, Recurrent, RecurrentCell, Reduce, Saved, Scan, ScatterMode,
    SparseRows, TensorType, Unary, UnaryKind, ViewOp, Windows, promote, update,
};
pub use readable::Readable;
pub use room::room;
pub use scalar::Scalar;
pub use storage::{Buffer, Storage};
pub use view::{Output, Outputs, View};
