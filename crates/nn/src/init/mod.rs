//! Starting values of parameters, in place and without history. PyTorch: `torch.nn.init`.
//!
//! For the same seed every function draws the numbers that PyTorch draws.
//!
//! ```
//! use rushlight::nn::{Linear, init};
//! let linear = Linear::new(10, 5)?;
//! init::xavier_uniform_(&linear.weight, 1.0)?;
//! init::zeros_(linear.bias.as_ref().unwrap())?;
//! # Ok::<(), rushlight::Error>(())
//! ```

mod fan;
mod orthogonal;
mod truncated;

pub use fan::{
    Fan, Nonlinearity, calculate_gain, kaiming_normal_, kaiming_uniform_, xavier_normal_,
    xavier_uniform_,
};
pub(crate) use fan::{default_bias_, default_weight_};
pub use orthogonal::orthogonal_;
pub use truncated::trunc_normal_;

use rushlight_tensor::{Error, GradMode, Result, Scalar, Tensor};

/// Uniform in `[low, high)`.
/// A floating-point tensor of any shape. PyTorch: `nn.init.uniform_`, with 0 and 1 by default.
///
/// ```
/// use rushlight::nn::init::uniform_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([2, 3], ())?;
/// uniform_(&weight, 2.0, 3.0)?;
/// assert!(weight.to_vec::<f32>()?.iter().all(|w| (2.0..=3.0).contains(w)));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the tensor is not of floating point, or the bounds are no interval.
#[track_caller]
pub fn uniform_(t: &Tensor, low: f64, high: f64) -> Result<()> {
    let _no_grad = GradMode::set(false);
    t.uniform_(low, high)
}

/// Normal with `mean` and standard deviation `std`.
/// A floating-point tensor of any shape. PyTorch: `nn.init.normal_`, with 0 and 1 by default.
///
/// ```
/// use rushlight::nn::init::normal_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([100, 100], ())?;
/// normal_(&weight, 5.0, 1.0)?;
/// let sum: f32 = weight.to_vec::<f32>()?.iter().sum();
/// assert!((sum / 10_000.0 - 5.0).abs() < 0.1);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the tensor is not of floating point, or `std` is negative.
#[track_caller]
pub fn normal_(t: &Tensor, mean: f64, std: f64) -> Result<()> {
    let _no_grad = GradMode::set(false);
    t.normal_(mean, std)
}

/// `value` everywhere.
/// Any shape and dtype. PyTorch: `nn.init.constant_`.
///
/// ```
/// use rushlight::nn::init::constant_;
/// use rushlight::Tensor;
/// let bias = Tensor::zeros(2, ())?;
/// constant_(&bias, 0.5)?;
/// assert_eq!(bias.to_vec::<f32>()?, [0.5, 0.5]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtype cannot hold the value, or the tensor cannot be written in place.
#[track_caller]
pub fn constant_(t: &Tensor, value: impl Into<Scalar>) -> Result<()> {
    let _no_grad = GradMode::set(false);
    t.fill_(value.into())
}

/// Zero everywhere.
/// Any shape and dtype. PyTorch: `nn.init.zeros_`.
///
/// ```
/// use rushlight::nn::init::zeros_;
/// use rushlight::tensor;
/// let bias = tensor!([1.0, 2.0]);
/// zeros_(&bias)?;
/// assert_eq!(bias.to_vec::<f32>()?, [0.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the tensor cannot be written in place.
#[track_caller]
pub fn zeros_(t: &Tensor) -> Result<()> {
    constant_(t, 0)
}

/// One everywhere.
/// Any shape and dtype. PyTorch: `nn.init.ones_`.
///
/// ```
/// use rushlight::nn::init::ones_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros(2, ())?;
/// ones_(&weight)?;
/// assert_eq!(weight.to_vec::<f32>()?, [1.0, 1.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the tensor cannot be written in place.
#[track_caller]
pub fn ones_(t: &Tensor) -> Result<()> {
    constant_(t, 1)
}

/// Ones on the diagonal of a matrix, zeros elsewhere.
/// `[rows, cols]`, any dtype. PyTorch: `nn.init.eye_`.
///
/// ```
/// use rushlight::nn::init::eye_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([2, 3], ())?;
/// eye_(&weight)?;
/// assert_eq!(weight.to_vec2::<f32>()?, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the tensor is not a matrix.
#[track_caller]
pub fn eye_(t: &Tensor) -> Result<()> {
    let &[rows, cols] = t.shape() else {
        return Err(Error::shape(format!(
            "eye_: takes a matrix, not {:?}",
            t.shape()
        )));
    };
    let _no_grad = GradMode::set(false);
    t.copy_(&Tensor::eye_rect(rows, cols, (t.dtype(), t.device()))?)
}

/// A convolution weight `[out, in, *kernel]` that passes its inputs on: one at the kernel's centre from channel to like channel, in each of
/// `groups` blocks of outputs.
/// PyTorch: `nn.init.dirac_`, with one group by default.
///
/// ```
/// use rushlight::nn::init::dirac_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([1, 2, 3], ())?;
/// dirac_(&weight, 1)?;
/// assert_eq!(weight.to_vec3::<f32>()?, [[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the weight does not have 3 to 5 dimensions, or its outputs do not divide into the groups.
#[track_caller]
pub fn dirac_(t: &Tensor, groups: usize) -> Result<()> {
    let (&[out, input, ..], 3..=5) = (t.shape(), t.ndim()) else {
        return Err(Error::shape(format!(
            "dirac_: takes 3, 4 or 5 dimensions, not {:?}",
            t.shape()
        )));
    };
    if groups == 0 || out % groups != 0 {
        return Err(Error::value(format!(
            "dirac_: {out} outputs do not divide into {groups} groups"
        )));
    }
    let _no_grad = GradMode::set(false);
    t.zero_()?;
    let block = out / groups;
    for o in 0..groups {
        for d in 0..block.min(input) {
            let mut tap = t
                .select(0, (o * block + d) as isize)?
                .select(0, d as isize)?;
            for &k in &t.shape()[2..] {
                tap = tap.select(0, k as isize / 2)?;
            }
            tap.fill_(1)?;
        }
    }
    Ok(())
}

/// Normal with standard deviation `std`, and in each column of a matrix a random `sparsity` of the elements zero.
/// The zeros of a column are `⌈sparsity rows⌉`. PyTorch: `nn.init.sparse_`, with a `std` of 0.01 by default.
///
/// ```
/// use rushlight::nn::init::sparse_;
/// use rushlight::Tensor;
/// let weight = Tensor::ones([4, 2], ())?;
/// sparse_(&weight, 0.5, 1.0)?;
/// assert_eq!(weight.to_vec::<f32>()?.iter().filter(|w| **w == 0.0).count(), 4);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the tensor is not a matrix, or `sparsity` is not in `[0, 1]`.
#[track_caller]
pub fn sparse_(t: &Tensor, sparsity: f64, std: f64) -> Result<()> {
    let &[rows, cols] = t.shape() else {
        return Err(Error::shape(format!(
            "sparse_: takes a matrix, not {:?}",
            t.shape()
        )));
    };
    if !(0.0..=1.0).contains(&sparsity) {
        return Err(Error::value(format!(
            "sparse_: a sparsity lies in [0, 1], not {sparsity}"
        )));
    }
    let _no_grad = GradMode::set(false);
    t.normal_(0.0, std)?;
    let zeros = (sparsity * rows as f64).ceil() as usize;
    for col in 0..cols {
        let order = Tensor::randperm(rows, ())?.to_vec::<i64>()?;
        for &row in &order[..zeros] {
            t.select(1, col as isize)?
                .select(0, row as isize)?
                .fill_(0)?;
        }
    }
    Ok(())
}
