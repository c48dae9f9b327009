//! Neural networks: modules, layers, activations, losses, initialization, optimizers, and saving and loading.
//!
//! A network is a struct. `#[derive(Module)]` finds its parameters, buffers and child modules and names them as PyTorch does;
//! [`Forward`] defines its computation; [`Call::call`] runs it. The methods that traverse a network are in [`ModuleExt`].
//!
//! ```
//! use rushlight::nn::{Call, Linear, ModuleExt, ReLU, sequential};
//! use rushlight::Tensor;
//!
//! let model = sequential![Linear::new(10, 20)?, ReLU::new(), Linear::new(20, 1)?];
//! assert_eq!(model.call(&Tensor::randn([32, 10], ())?)?.shape(), [32, 1]);
//! assert_eq!(model.state_dict().keys().collect::<Vec<_>>(), ["0.weight", "0.bias", "2.weight", "2.bias"]);
//! # Ok::<(), rushlight::Error>(())
//! ```
#![deny(missing_docs)]
#![forbid(unsafe_code)]

// The derive refers to this crate by its full path, also inside of the crate.
extern crate self as rushlight_nn;

mod call;
mod containers;
mod deep_copy;
#[doc(hidden)]
pub mod derived;
mod ext;
mod flatten_parameters;
pub mod functional;
mod hooks;
pub mod init;
mod layers;
mod loading;
mod loss;
pub mod lr_scheduler;
mod module;
mod moving;
mod operands;
pub mod optim;
mod parameter;
mod repr;
pub mod saving;
mod sequences;
mod state;
mod state_dict;
mod summary;
mod tree;

pub use call::{Call, Forward, Layer};
pub use containers::{ModuleDict, ModuleList, Sequential};
pub use deep_copy::CopyMemo;
pub use ext::ModuleExt;
pub use flatten_parameters::{parameters_to_vector, vector_to_parameters};
pub use hooks::HookHandle;
pub use layers::*;
pub use loading::{IncompatibleKeys, LoadOptions};
pub use loss::*;
pub use module::{Module, Node, Visitor, VisitorMut};
pub use parameter::{Buffer, Parameter};
pub use rushlight_derive::Module;
pub use rushlight_tensor::Result;
pub use saving::{TensorFile, load_tensors, save_tensors};
pub use sequences::{PaddingSide, pad_sequence, unpad_sequence};
pub use state::ModuleState;
pub use state_dict::StateDict;
pub use summary::{Summary, SummaryRow, summary, summary_of};
