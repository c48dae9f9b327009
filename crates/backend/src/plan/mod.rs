//! What a kernel needs to know of an operation and its tensors, checked and derived once for all backends.
//!
//! There is one function for each method of [`crate::Backend`] that computes. It checks what it is handed by the rules of [`crate::Op::infer`],
//! which here meet tensors that exist already, and gives a [`Planned`]: a plan together with the tensors that it was made for, which the
//! method takes. A [`View`](crate::View) proves that it lies inside its storage, a [`Planned`] that the views of one call fit each other, so that no
//! safe program makes a kernel leave its tensors.
//!
//! Outputs must not overlap each other or themselves, since threads write them in parts. An input may overlap an output in any way;
//! kernels that cannot bear it copy that input first.
//!
//! A plan is *canonical*: two calls that visit the same elements in the same way have the same plan, whatever shapes they were written with.
//! Kernels then have few cases, and a backend need not work out again what another has worked out.

mod conv;
mod fill;
mod fused;
mod index;
mod linalg;
mod loops;
mod map;
mod planned;
mod pool;
mod product;
mod reduce;
mod rows;
mod step;

pub use conv::{ConvHalves, ConvPlan, Space, conv, points, volume};
pub use fill::{FillPlan, fill};
pub use fused::{FusedPlan, fused};
pub use index::{GatherPlan, ScatterPlan, gather, scatter};
pub use linalg::{LinalgPlan, linalg};
pub use loops::{Loops, halves};
pub use map::{MapPlan, map};
pub use planned::Planned;
pub use pool::{PoolPlan, pool};
pub use product::{ProductPlan, matmul};
pub use reduce::{ReduceLoops, ReducePlan, reduce};
pub use rows::{Order, Rows, RowsPlan, arg_reduce, argsort, halves_between_rows, scan};
pub use step::{StepPlan, optimizer_step};
