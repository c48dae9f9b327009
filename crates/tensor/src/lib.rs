//! The tensor of Rushlight: dynamic shape and dtype, cheap to clone, on any backend.
//!
//! Every method of a tensor ends in [`apply`] or [`apply_in_place`]. These infer the result's shape and dtype from the operation
//! ([`Op`]), run it on the backend, and let autograd record it. The crate contains no kernel and no derivative.
//!
//! ```
//! use rushlight::{Tensor, tensor};
//!
//! let x = tensor!([[1, 2, 3], [4, 5, 6]]);
//! assert_eq!((x.shape(), x.ndim(), x.numel()), (&[2, 3][..], 2, 6));
//! assert_eq!(x.sum()?.item::<i64>()?, 21);
//!
//! let view = x.view([3, 2])?;
//! view.set((0, 0), 99)?;
//! assert_eq!(x.to_vec::<i64>()?, [99, 2, 3, 4, 5, 6]);
//! # Ok::<(), rushlight::Error>(())
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]

// The macros of `options` name this crate by its full path, here too.
extern crate self as rushlight_tensor;

mod apply;
mod arange;
mod assemble;
mod check;
pub(crate) use apply::track;
mod compose;
pub mod cpu;
mod create;
mod device;
mod dispatch;
mod display;
mod elementwise;
pub mod fft;
mod fresh;
#[cfg(feature = "gpu")]
pub mod gpu;
mod halves;
mod history;
pub mod linalg;
mod literal;
mod ops;
mod optimizer;
#[doc(hidden)]
pub mod options;
mod parameters;
mod print_options;
pub mod random;
mod read;
pub mod signal;
mod tensor;
pub mod testing;

pub use apply::{apply, apply_if_fused, apply_in_place, apply_with_aux};
pub use compose::composed;
pub use device::Device;
pub use halves::{Half, WideOperand};
pub use history::{GradMeta, GradMode, Record, Recorder, is_grad_enabled};
pub use literal::Literal;
pub(crate) use ops::scaled_norm;
pub use ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions, MaxUnpoolOptions, PadMode, Padding};
pub use ops::{Bins, QuantileInterpolation, SearchOptions, Spacing, Unique};
pub use ops::{Ellipsis, Index, Indices, NewAxis, step};
pub use ops::{NormParts, ScatterReduce};
pub use optimizer::{StepTensors, check_optimizer_step, optimizer_step};
pub use parameters::{Int, Ints, Operand, Options};
pub use print_options::{PrintOptions, get_printoptions, set_printoptions};
pub use random::{Generator, manual_seed};
pub use read::List;
pub use rushlight_backend::{
    Backend, Category, Check, DType, Dims, Element, Error, ErrorKind, Frame, Layout, Op,
    OptimizerStep, Readable, Result, Scalar, update,
};
pub use tensor::Tensor;

/// The crate below this one, with operations and the trait of backends: for derivative rules and backends.
pub use rushlight_backend as backend;
