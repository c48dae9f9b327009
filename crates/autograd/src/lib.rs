//! Automatic differentiation for Rushlight's tensors.
//!
//! Autograd does not wrap tensors: a tensor has a cell for its history, which this crate fills when an operation on tensors that require grad
//! is recorded. [`Autograd`] adds the user's methods. The derivatives of all operations are in one table, `rules`, written with tensor methods, so
//! that they are differentiable themselves.
//!
//! ```
//! use rushlight::autograd::Autograd;
//! use rushlight::tensor;
//!
//! let x = tensor!([1.0, 2.0, 3.0]).requires_grad_(true)?;
//! x.square()?.sum()?.backward()?;
//! assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [2.0, 4.0, 6.0]);
//! # Ok::<(), rushlight::Error>(())
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod anomaly;
mod engine;
mod function;
pub mod functional;
mod grad;
mod gradcheck;
mod hooks;
mod leaf;
mod mode;
mod node;
mod record;
mod rules;
mod surface;
mod tensor_list;

pub use anomaly::{AnomalyMode, detect_anomaly};
pub use function::{Context, Function, function};
pub use grad::{GradOptions, grad};
pub use gradcheck::{CheckOptions, Outputs, gradcheck, gradgradcheck};
pub use hooks::HookHandle;
pub use mode::{
    enable_grad, enable_grad_guard, inference_mode, inference_mode_guard, no_grad, no_grad_guard,
    set_grad_enabled,
};
pub use rushlight_tensor::{GradMode, is_grad_enabled};
pub use surface::{Autograd, Backward};
pub use tensor_list::TensorList;
