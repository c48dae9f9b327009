//! PyTorch's functions of the root module with their defaults: `float32`, on the CPU. `Tensor::zeros` and the others take a dtype and a device.

use crate::{Int, Ints, Operand, Result, Scalar, Tensor};

pub use rushlight_nn::functional::{cdist, cosine_similarity};

/// A tensor of zeros. PyTorch: `torch.zeros`.
///
/// ```
/// assert_eq!(rushlight::zeros([2, 3])?.shape(), [2, 3]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn zeros(shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::zeros(shape, ())
}

/// A tensor of ones. PyTorch: `torch.ones`.
#[track_caller]
pub fn ones(shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::ones(shape, ())
}

/// A tensor filled with `value`, in the dtype of the value. PyTorch: `torch.full`.
#[track_caller]
pub fn full(shape: impl Into<Ints>, value: impl Into<Scalar>) -> Result<Tensor> {
    Tensor::full(shape, value, ())
}

/// The identity matrix. PyTorch: `torch.eye`.
#[track_caller]
pub fn eye(n: impl Into<Int>) -> Result<Tensor> {
    Tensor::eye(n, ())
}

/// The numbers `start, start + step, …` below `end`. PyTorch: `torch.arange`.
#[track_caller]
pub fn arange(
    start: impl Into<Scalar>,
    end: impl Into<Scalar>,
    step: impl Into<Scalar>,
) -> Result<Tensor> {
    Tensor::arange(start, end, step, ())
}

/// `steps` evenly spaced numbers from `start` to `end`, both included. PyTorch: `torch.linspace`.
#[track_caller]
pub fn linspace<'a, 'b>(
    start: impl Into<Operand<'a>>,
    end: impl Into<Operand<'b>>,
    steps: impl Into<Int>,
) -> Result<Tensor> {
    Tensor::linspace(start, end, steps, ())
}

/// Random numbers from the uniform distribution on `[0, 1)`. PyTorch: `torch.rand`.
#[track_caller]
pub fn rand(shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::rand(shape, ())
}

/// Random numbers from the standard normal distribution. PyTorch: `torch.randn`.
#[track_caller]
pub fn randn(shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::randn(shape, ())
}

/// Random integers from the uniform distribution on `low..high`, as `int64`. PyTorch: `torch.randint`.
#[track_caller]
pub fn randint(low: i64, high: i64, shape: impl Into<Ints>) -> Result<Tensor> {
    Tensor::randint(low, high, shape, ())
}

/// The numbers `0..n` in random order, as `int64`. PyTorch: `torch.randperm`.
#[track_caller]
pub fn randperm(n: impl Into<Int>) -> Result<Tensor> {
    Tensor::randperm(n, ())
}

/// The concatenation of tensors along a dimension. PyTorch: `torch.cat`.
#[track_caller]
pub fn cat<T: AsRef<Tensor>>(tensors: &[T], dim: isize) -> Result<Tensor> {
    Tensor::cat(tensors, dim)
}

/// The concatenation of tensors of equal shape along a new dimension. PyTorch: `torch.stack`.
#[track_caller]
pub fn stack<T: AsRef<Tensor>>(tensors: &[T], dim: isize) -> Result<Tensor> {
    Tensor::stack(tensors, dim)
}

/// The matrix product of two tensors. PyTorch: `torch.matmul`.
#[track_caller]
pub fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.matmul(b)
}
