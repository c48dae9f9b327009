//! PyTorch's free functions with their defaults: `float32`, on the CPU. `Tensor::zeros` and the like take a dtype and a device.

use crate::{Int, Ints, Operand, Result, Scalar, Tensor};

pub use rushlight_nn::functional::{cdist, cosine_similarity};

/// Zeros. PyTorch: `torch.zeros`.
///
/// ```
/// assert_eq!(rushlight::zeros([2, 3])?.shape(), [2, 3]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn zeros(shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::zeros(shape, ())
}

/// Ones. PyTorch: `torch.ones`.
#[track_caller]
pub fn ones(shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::ones(shape, ())
}

/// One number everywhere, in the dtype that it has. PyTorch: `torch.full`.
#[track_caller]
pub fn full(shape: impl Into<Ints>, value: impl Into<Scalar>) -> Result<Tensor> {
    Tensor::full(shape, value, ())
}

/// The identity matrix. PyTorch: `torch.eye`.
#[track_caller]
pub fn eye(n: impl Into<Int>) -> Result<Tensor> {
    Tensor::eye(n, ())
}

/// `start, start + step, …` up to but without `end`. PyTorch: `torch.arange`.
#[track_caller]
pub fn arange(
    start: impl Into<Scalar>,
    end: impl Into<Scalar>,
    step: impl Into<Scalar>,
) -> Result<Tensor> {
    Tensor::arange(start, end, step, ())
}

/// `steps` numbers from `start` to `end`, both included. PyTorch: `torch.linspace`.
#[track_caller]
pub fn linspace<'a, 'b>(
    start: impl Into<Operand<'a>>,
    end: impl Into<Operand<'b>>,
    steps: impl Into<Int>,
) -> Result<Tensor> {
    Tensor::linspace(start, end, steps, ())
}

/// Numbers drawn evenly from `[0, 1)`. PyTorch: `torch.rand`.
#[track_caller]
pub fn rand(shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::rand(shape, ())
}

/// Numbers drawn from the standard normal distribution. PyTorch: `torch.randn`.
#[track_caller]
pub fn randn(shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::randn(shape, ())
}

/// Integers drawn evenly from `low` to before `high`, as `int64`. PyTorch: `torch.randint`.
#[track_caller]
pub fn randint(low: i64, high: i64, shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::randint(low, high, shape, ())
}

/// The numbers `0..n` in random order, as `int64`. PyTorch: `torch.randperm`.
#[track_caller]
pub fn randperm(n: impl Into<Int>) -> Result<Tensor> {
    Tensor::randperm(n, ())
}

/// Tensors joined along a dimension. PyTorch: `torch.cat`.
#[track_caller]
pub fn cat<T: AsRef<Tensor>>(tensors: &[T], dim: isize) -> Result<Tensor> {
    Tensor::cat(tensors, dim)
}

/// Tensors of one shape along a new dimension. PyTorch: `torch.stack`.
#[track_caller]
pub fn stack<T: AsRef<Tensor>>(tensors: &[T], dim: isize) -> Result<Tensor> {
    Tensor::stack(tensors, dim)
}

/// The matrix product. PyTorch: `torch.matmul`.
#[track_caller]
pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.matmul(b)
}
