//! **Rushlight** is PyTorch's core in Rust: tensors, autograd, modules, optimizers and data loading.
//!
//! A rushlight is the simplest torch there is. Names are PyTorch's, errors are values, views share memory, and a seed gives the numbers
//! that PyTorch gives for it.
//!
//! Gradients of what is computed from tensors:
//!
//! ```
//! use rushlight::prelude::*;
//!
//! # fn main() -> rushlight::Result<()> {
//! let x = tensor!(2.0).requires_grad_(true)?;
//! let y = tensor!(3.0).requires_grad_(true)?;
//! let z = x.pow(2)? + y.pow(3)?;
//! z.backward()?;
//! assert_eq!(x.grad().unwrap().item::<f32>()?, 4.0);
//! assert_eq!(y.grad().unwrap().item::<f32>()?, 27.0);
//! # Ok(())
//! # }
//! ```
//!
//! A network, its loss and its training:
//!
//! ```
//! use rushlight::nn::{Linear, Loss, MSELoss, ReLU, sequential};
//! use rushlight::optim::Adam;
//! use rushlight::prelude::*;
//!
//! # fn main() -> rushlight::Result<()> {
//! manual_seed(110);
//! let x = Tensor::randn([256, 4], ())?;
//! let y = x.square()?.sum_dim(1, true)?;
//!
//! let model = sequential![Linear::new(4, 32)?, ReLU::new(), Linear::new(32, 1)?];
//! let criterion = MSELoss::new();
//! let mut optimizer = Adam::new(model.parameters(), 0.01)?;
//! for _step in 0..200 {
//!     optimizer.zero_grad();
//!     criterion.call(&model.call(&x)?, &y)?.backward()?;
//!     optimizer.step()?;
//! }
//! let loss = no_grad(|| criterion.call(&model.call(&x)?, &y))?;
//! assert!(loss.item::<f32>()? < 1.0);
//! # Ok(())
//! # }
//! ```
//!
//! The guide in the folder `docs/guide` of the repository continues from here: custom layers and data sets, checkpoints, fine-tuning,
//! threads and seeds, GPUs, accuracy.
//!
//! | module | contents | crate |
//! | --- | --- | --- |
//! | the root | [`Tensor`], [`Device`], [`DType`], creation, [`manual_seed`] | `rushlight-tensor` |
//! | `cpu` | memory of the CPU: `cpu::memory()`, `cpu::empty_cache()` | `rushlight-cpu` |
//! | `gpu` (feature `gpu`, on by default) | the GPUs of this machine: `gpu::is_available()`, `Device::gpu(0)` | `rushlight-wgpu` |
//! | [`linalg`], [`fft`] | solutions, decompositions, norms of matrices; Fourier transforms | `rushlight-tensor` |
//! | [`signal`] | window functions | `rushlight-tensor` |
//! | [`testing`] | comparison of tensors in tests | `rushlight-tensor` |
//! | [`autograd`] | gradients: [`prelude::Autograd`], [`no_grad`], custom functions, gradcheck | `rushlight-autograd` |
//! | [`nn`] | modules, layers, losses, initialization, saving | `rushlight-nn` |
//! | [`optim`], [`lr_scheduler`] | optimizers and learning-rate schedules | `rushlight-nn` |
//! | [`data`] | data sets, loaders, tables, preprocessing | `rushlight-data` |
//!
//! Metrics, progress bars and learning curves are in the crate `rushlight-train`.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod functions;

/// The program of the README, as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use functions::*;
pub use rushlight_autograd::{enable_grad, no_grad, no_grad_guard};
pub use rushlight_nn::{lr_scheduler, optim};
pub use rushlight_tensor::cpu::{get_num_threads, set_num_threads};
#[cfg(feature = "gpu")]
pub use rushlight_tensor::gpu;
pub use rushlight_tensor::{
    AvgPoolOptions, Backend, Category, ConvOptions, DType, Device, Dims, Element, Ellipsis, Error,
    ErrorKind, Generator, Index, Int, Ints, Layout, List, MaxPoolOptions, MaxUnpoolOptions,
    NewAxis, Op, Operand, Options, PadMode, Padding, Readable, Result, Scalar, ScatterReduce,
    Tensor, is_grad_enabled, manual_seed, random, signal, step, tensor,
};
pub use rushlight_tensor::{Bins, QuantileInterpolation, SearchOptions, Spacing, Unique};
pub use rushlight_tensor::{PrintOptions, get_printoptions, set_printoptions};
pub use rushlight_tensor::{cpu, fft, linalg, testing};

// The crates are modules here, not crates that are re-exported under another name: in messages the compiler uses the original name of a
// re-exported crate (`rushlight::rushlight_nn::Linear`), which a program cannot write.

/// Gradients: the graph, `backward`, custom functions, gradcheck. The crate `rushlight-autograd`.
pub mod autograd {
    #[doc(inline)]
    pub use rushlight_autograd::*;
}

/// The trait that a device implements, and the operations that it computes. The crate `rushlight-backend`.
pub mod backend {
    #[doc(inline)]
    pub use rushlight_tensor::backend::*;
}

/// Data sets, samplers, loaders, tables and preprocessing. The crate `rushlight-data`.
pub mod data {
    #[doc(inline)]
    pub use rushlight_data::*;
}

/// Modules, layers, functional forms, losses, initialization and saving. The crate `rushlight-nn`.
pub mod nn {
    #[doc(inline)]
    pub use rushlight_nn::*;
}

/// The names that most programs use, to be imported with one `use`.
pub mod prelude {
    pub use crate::autograd::{Autograd, no_grad, no_grad_guard};
    pub use crate::lr_scheduler::LRScheduler;
    pub use crate::nn::{
        Buffer, Call, Forward, Layer, Loss, Module, ModuleExt, ModuleState, Parameter,
    };
    pub use crate::optim::Optimizer;
    pub use crate::{DType, Device, Tensor, manual_seed, tensor};
}
