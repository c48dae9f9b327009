//! Automatic differentiation for Rushlight's tensors.
//!
//! Autograd watches, it does not wrap: tensors carry a cell that this crate fills, operations on tensors that require grad hand their
//! record to it, and [`Autograd`] adds the user's methods. What an operation's derivative is stands in one table, `rules`, written with
//! tensor methods, so that derivatives have derivatives.
//!
//! ```
//! use rushlight_autograd::Autograd;
//! use rushlight_tensor::tensor;
//!
//! let x = tensor!([1.0, 2.0, 3.0]).requires_grad_(true)?;
//! x.square()?.sum()?.backward()?;
//! assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [2.0, 4.0, 6.0]);
//! # Ok::<(), rushlight_tensor::Error>(())
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod anomaly;
mod engine;
mod function;
pub mod functional;
mod gradcheck;
mod hooks;
mod leaf;
mod mode;
mod node;
mod record;
mod rules;
mod surface;

pub use anomaly::{AnomalyMode, detect_anomaly};
pub use function::{Context, Function, function};
pub use gradcheck::{CheckOptions, Outputs, gradcheck, gradgradcheck};
pub use hooks::HookHandle;
pub use mode::{enable_grad, inference_mode, no_grad, set_grad_enabled};
pub use rushlight_tensor::{GradMode, is_grad_enabled};
pub use surface::{Autograd, Backward, GradOptions, grad};
