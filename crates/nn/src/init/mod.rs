//! Initialization of parameters, in place and without recording history. PyTorch: `torch.nn.init`.
//!
//! With the same seed, every function draws the same numbers as PyTorch. The functions take a `&Tensor` or a `&Parameter`; a bias that a layer
//! may lack is an `Option<Parameter>`.
//!
//! ```
//! use rushlight::nn::{Linear, init};
//! let linear = Linear::new(10, 5)?;
//! init::xavier_uniform_(&linear.weight, 1.0)?;
//! if let Some(bias) = &linear.bias {
//!     init::zeros_(bias)?;
//! }
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

/// Fills a floating-point tensor of any shape with uniform values in `[low, high)`.
/// PyTorch: `nn.init.uniform_`, with 0 and 1 by default.
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
/// If the dtype is not a floating-point one, or if the bounds are not an interval.
#[track_caller]
pub fn uniform_(t: &Tensor, low: f64, high: f64) -> Result<()> {
    let _no_grad = GradMode::set(false);
    t.uniform_(low, high)
}

/// Fills a floating-point tensor of any shape with normal values of mean `mean` and standard deviation `std`.
/// PyTorch: `nn.init.normal_`, with 0 and 1 by default.
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
/// If the dtype is not a floating-point one, or if `std` is negative.
#[track_caller]
pub fn normal_(t: &Tensor, mean: f64, std: f64) -> Result<()> {
    let _no_grad = GradMode::set(false);
    t.normal_(mean, std)
}

/// Fills a tensor of any shape and dtype with `value`. PyTorch: `nn.init.constant_`.
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
/// If the dtype cannot represent the value, or if the tensor cannot be written in place.
#[track_caller]
pub fn constant_(t: &Tensor, value: impl Into<Scalar>) -> Result<()> {
    let _no_grad = GradMode::set(false);
    t.fill_(value.into())
}

/// Fills a tensor of any shape and dtype with zeros. PyTorch: `nn.init.zeros_`.
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

/// Fills a tensor of any shape and dtype with ones. PyTorch: `nn.init.ones_`.
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

/// Fills a matrix `[rows, cols]` of any dtype with ones on the diagonal and zeros elsewhere. PyTorch: `nn.init.eye_`.
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
            "eye_: expected a matrix, got shape {:?}",
            t.shape()
        )));
    };
    let _no_grad = GradMode::set(false);
    t.copy_(&Tensor::eye_rect(rows, cols, (t.dtype(), t.device()))?)
}

/// Fills a convolution weight `[out, in, *kernel]` so that the convolution preserves its inputs: in each of `groups` blocks of output
/// channels, the centre of the kernel from an input channel to the output channel of the same index is 1, and all other elements are 0.
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
/// If the weight does not have 3 to 5 dimensions, or if the number of output channels is not divisible by `groups`.
#[track_caller]
pub fn dirac_(t: &Tensor, groups: usize) -> Result<()> {
    let (&[out, input, ..], 3..=5) = (t.shape(), t.ndim()) else {
        return Err(Error::shape(format!(
            "dirac_: expected 3, 4 or 5 dimensions, got shape {:?}",
            t.shape()
        )));
    };
    if groups == 0 || out % groups != 0 {
        return Err(Error::value(format!(
            "dirac_: {out} output channels are not divisible by {groups} groups"
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

/// Fills a matrix with normal values of mean 0 and standard deviation `std`, and sets `⌈sparsity rows⌉` random elements of each column to 0.
/// PyTorch: `nn.init.sparse_`, with a `std` of 0.01 by default.
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
/// If the tensor is not a matrix, or if `sparsity` is not in `[0, 1]`.
#[track_caller]
pub fn sparse_(t: &Tensor, sparsity: f64, std: f64) -> Result<()> {
    let &[rows, cols] = t.shape() else {
        return Err(Error::shape(format!(
            "sparse_: expected a matrix, got shape {:?}",
            t.shape()
        )));
    };
    if !(0.0..=1.0).contains(&sparsity) {
        return Err(Error::value(format!(
            "sparse_: sparsity must be in [0, 1], got {sparsity}"
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
