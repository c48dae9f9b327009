//! What the tests of kernels share.

mod numbers;
mod tensor;
mod threads;

pub use numbers::*;
pub use tensor::*;
pub use threads::*;
