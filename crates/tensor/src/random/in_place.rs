//! In-place sampling: `uniform_`, `normal_` and related methods.
//!
//! As in PyTorch, a view is filled in memory order, so a transposed matrix gets the numbers of the matrix that it is a view of. These methods
//! are in-place operations: every view shows the change, and autograd records it.

use super::default_generator;
use super::distribution::{Distribution, host, memory_order};
use super::draw;
use super::integers::ranged;
use crate::{Operand, Tensor};
use rushlight_backend::{DType, Dims, Error, Result, with_element};
use std::ops::RangeBounds;

impl Tensor {
    /// Overwrites the elements with uniform numbers in `[low, high)`. Float dtypes. PyTorch: `Tensor.uniform_`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([10], ())?;
    /// x.uniform_(2.0, 3.0)?;
    /// assert!(x.to_vec::<f32>()?.iter().all(|x| (2.0..=3.0).contains(x)));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not of floating point, or `low` is above `high`.
    #[track_caller]
    pub fn uniform_(&self, low: f64, high: f64) -> Result<()> {
        self.overwrite("uniform_", Distribution::Uniform { low, high })
    }

    /// Overwrites the elements with normal numbers. Float dtypes. PyTorch: `Tensor.normal_`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([2], ())?;
    /// x.normal_(5.0, 0.0)?;
    /// assert_eq!(x.to_vec::<f32>()?, [5.0, 5.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not of floating point, or `std` is negative.
    #[track_caller]
    pub fn normal_(&self, mean: f64, std: f64) -> Result<()> {
        self.overwrite("normal_", Distribution::Normal { mean, std })
    }

    /// Overwrites the elements with numbers whose logarithm is normal. Float dtypes. PyTorch: `Tensor.log_normal_`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([10], ())?;
    /// x.log_normal_(0.0, 1.0)?;
    /// assert!(x.to_vec::<f32>()?.iter().all(|x| *x > 0.0));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not of floating point, or `std` is not positive.
    #[track_caller]
    pub fn log_normal_(&self, mean: f64, std: f64) -> Result<()> {
        self.overwrite("log_normal_", Distribution::LogNormal { mean, std })
    }

    /// Overwrites the elements with numbers of density `lambda e^(-lambda x)`. Float dtypes. PyTorch: `Tensor.exponential_`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([10], ())?;
    /// x.exponential_(1.0)?;
    /// assert!(x.to_vec::<f32>()?.iter().all(|x| *x >= 0.0));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not of floating point, or `lambda` is not positive.
    #[track_caller]
    pub fn exponential_(&self, lambda: f64) -> Result<()> {
        self.overwrite("exponential_", Distribution::Exponential { lambda })
    }

    /// Overwrites the elements with Cauchy numbers. Float dtypes. PyTorch: `Tensor.cauchy_`.
    /// The density is `sigma / (π (sigma² + (x - median)²))`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([10], ())?;
    /// x.cauchy_(0.0, 1.0)?;
    /// assert!(x.to_vec::<f32>()?.iter().all(|x| !x.is_nan()));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not of floating point, or `sigma` is not positive.
    #[track_caller]
    pub fn cauchy_(&self, median: f64, sigma: f64) -> Result<()> {
        self.overwrite("cauchy_", Distribution::Cauchy { median, sigma })
    }

    /// Overwrites each element with the number of trials until the first success, of probability `p`. PyTorch: `Tensor.geometric_`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([10], ())?;
    /// x.geometric_(0.5)?;
    /// assert!(x.to_vec::<f32>()?.iter().all(|x| *x >= 1.0));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `p` is not in `(0, 1)`.
    #[track_caller]
    pub fn geometric_(&self, p: f64) -> Result<()> {
        self.overwrite("geometric_", Distribution::Geometric { p })
    }

    /// Overwrites the elements with integers of a range: `x.random_(0..10)?`. Every dtype. PyTorch: `Tensor.random_`.
    ///
    /// `..` draws from 0 up to the largest integer of the dtype (for floats, up to 2^digits), `low..` from `low` on.
    ///
    /// ```
    /// use rushlight::{DType, Tensor};
    /// let dice = Tensor::empty([100], DType::U8)?;
    /// dice.random_(1..=6)?;
    /// assert!(dice.to_vec::<u8>()?.iter().all(|x| (1..=6).contains(x)));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn random_(&self, range: impl RangeBounds<i64>) -> Result<()> {
        let integers = ranged(
            "random_",
            (range.start_bound(), range.end_bound()),
            self.dtype(),
        )?;
        self.overwrite("random_", integers)
    }

    /// Overwrites the elements with one, with probability `p`, or zero. Every dtype. PyTorch: `Tensor.bernoulli_`.
    ///
    /// `p` is a number or a float tensor that broadcasts to this one.
    ///
    /// ```
    /// # use rushlight::{DType, Tensor, tensor};
    /// let x = Tensor::zeros([2], DType::I64)?;
    /// x.bernoulli_(&tensor!([0.0, 1.0]))?;
    /// assert_eq!(x.to_vec::<i64>()?, [0, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a probability is not in `[0, 1]`, or the tensor of them is not of floating point or does not broadcast.
    #[track_caller]
    pub fn bernoulli_<'a>(&self, p: impl Into<Operand<'a>>) -> Result<()> {
        match p.into() {
            Operand::Number(p) => {
                self.overwrite("bernoulli_", Distribution::Bernoulli { p: p.to_f64() })
            }
            Operand::Tensor(p) => self.bernoulli_each(p),
        }
    }

    #[track_caller]
    fn bernoulli_each(&self, p: &Tensor) -> Result<()> {
        if !p.dtype().is_float() {
            return Err(Error::dtype(format!(
                "bernoulli: the probabilities must be floating-point, not {}",
                p.dtype()
            )));
        }
        let order = memory_order(self.layout());
        let axes: Vec<isize> = order.iter().map(|&d| d as isize).collect();
        let p = p.detach().expand(self.shape())?.permute(axes)?;
        let generator = default_generator();
        let numbers = with_element!(self.dtype(), T => {
            let mut out = host::<T>("bernoulli_", p.shape())?;
            let state = &mut *generator.lock();
            // f64 probabilities meet 53 random bits, all others 24.
            if p.dtype() == DType::F64 {
                let p64 = p.to_vec::<f64>()?;
                check_probabilities(p64.iter().copied())?;
                draw::bernoulli_each(state, &mut out, &p64);
            } else {
                let p32 = p.to(DType::F32)?.to_vec::<f32>()?;
                check_probabilities(p32.iter().map(|&p| f64::from(p)))?;
                draw::bernoulli_each(state, &mut out, &p32);
            }
            Tensor::from_slice_on(&out, p.shape(), self.device())?
        });
        self.lay_down(&numbers, &order)
    }

    #[track_caller]
    fn overwrite(&self, name: &str, d: Distribution) -> Result<()> {
        let order = memory_order(self.layout());
        let shape: Dims = order.iter().map(|&i| self.shape()[i]).collect();
        let numbers = d.tensor(
            name,
            shape,
            self.dtype(),
            self.device(),
            self.is_contiguous(),
        )?;
        self.lay_down(&numbers, &order)
    }

    /// Overwrites the elements with `numbers`, whose dimensions are this tensor's in the order `order`.
    #[track_caller]
    fn lay_down(&self, numbers: &Tensor, order: &[usize]) -> Result<()> {
        if order.is_sorted() {
            return self.copy_(numbers);
        }
        let mut back = vec![0isize; order.len()];
        for (to, &from) in order.iter().enumerate() {
            back[from] = to as isize;
        }
        self.copy_(&numbers.permute(back)?)
    }
}

#[track_caller]
fn check_probabilities(mut p: impl Iterator<Item = f64>) -> Result<()> {
    match p.find(|p| !(0.0..=1.0).contains(p)) {
        None => Ok(()),
        Some(p) => Err(Error::value(format!(
            "bernoulli: the probabilities must lie in [0, 1], got {p}"
        ))),
    }
}
