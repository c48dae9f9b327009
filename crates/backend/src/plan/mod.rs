//! Plans: the parameters and loops of a kernel, checked and derived once for all backends.
//!
//! There is one function for each method of [`crate::Backend`] that computes. It checks its operands by the rules of [`crate::Op::infer`] and
//! returns a [`Planned`], a plan together with its tensors, which the method takes. A [`View`](crate::View) proves that it is inside its
//! storage, and a [`Planned`] that the views of one call fit each other, so no safe program can make a kernel access memory outside of its
//! tensors.
//!
//! Outputs must not overlap each other or themselves, because threads write them in parts. An input may overlap an output in any way;
//! kernels that do not support that copy the input first.
//!
//! A plan is *canonical*: two calls that visit the same elements in the same order have the same plan, whatever their shapes. So kernels have
//! few cases, and backends share the derivation.

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
mod split;
mod step;

pub use conv::{ConvHalves, ConvPlan, Space, conv, points, volume};
pub use fill::{FillPlan, fill};
pub use fused::{FusedPlan, fused};
pub use index::{GatherPlan, IndexPlan, ScatterPlan, gather, scatter};
pub use linalg::{LinalgPlan, linalg};
pub use loops::Loops;
pub use map::{Instruction, MapPlan, map};
pub use planned::Planned;
pub use pool::{Planes, PoolPlan, PoolWindows, Span, pool};
pub use product::{ProductPlan, matmul};
pub use reduce::{ReduceLoops, ReducePlan, reduce};
pub use rows::{Order, Rows, RowsPlan, arg_reduce, argsort, scan};
pub use split::Split;
pub use step::{StepPlan, optimizer_step};
