//! Distributions as data: checked once, then sampled into a tensor of any dtype that can represent the samples.

use super::draw::{self, RandomFloat};
use super::generator::{State, default_generator};
use crate::{Device, Tensor};
use half::{bf16, f16};
use rushlight_backend::{Category, DType, Dims, Element, Error, Layout, Result, with_element};

/// A distribution to draw from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Distribution {
    Uniform {
        low: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        std: f64,
    },
    LogNormal {
        mean: f64,
        std: f64,
    },
    Exponential {
        lambda: f64,
    },
    Cauchy {
        median: f64,
        sigma: f64,
    },
    Geometric {
        p: f64,
    },
    Bernoulli {
        p: f64,
    },
    /// `range` integers from `low` on; 0 stands for all 2^64.
    Integers {
        low: i64,
        range: u64,
        wide: bool,
    },
    /// A random permutation of `0..n`.
    Permutation,
}

use Distribution::*;

impl Distribution {
    /// Returns an error if the parameters are invalid or `dtype` cannot represent the samples.
    #[track_caller]
    pub fn check(self, name: &str, dtype: DType) -> Result<()> {
        let continuous = match self {
            Uniform { .. }
            | Normal { .. }
            | LogNormal { .. }
            | Exponential { .. }
            | Cauchy { .. } => true,
            Geometric { .. } | Bernoulli { .. } | Integers { .. } | Permutation => false,
        };
        if continuous && !dtype.is_float() {
            return Err(Error::dtype(format!(
                "{name}: the numbers need a floating-point dtype, not {dtype}; convert with to(DType::F32) first"
            )));
        }
        if dtype == DType::Bool && matches!(self, Geometric { .. } | Permutation) {
            return Err(Error::dtype(format!(
                "{name}: bool cannot hold the numbers; use DType::I64"
            )));
        }
        match self.complaint(dtype) {
            None => Ok(()),
            Some(complaint) => Err(Error::value(format!("{name}: {complaint}"))),
        }
    }

    /// Describes an invalid parameter. The comparisons are written so that NaN is always invalid.
    fn complaint(self, dtype: DType) -> Option<String> {
        let positive = |x: f64| x > 0.0;
        match self {
            Uniform { low, high } if !(low..=high).contains(&low) => Some(format!(
                "the lower bound {low} is not below the upper bound {high}"
            )),
            Uniform { low, high } if ![low, high, high - low].iter().all(|&x| fits(x, dtype)) => {
                Some(format!("the range from {low} to {high} exceeds {dtype}"))
            }
            Normal { std, .. } if !(0.0..).contains(&std) => Some(format!(
                "the standard deviation must not be negative, got {std}"
            )),
            LogNormal { std, .. } if !positive(std) => Some(format!(
                "the standard deviation must be positive, got {std}"
            )),
            Exponential { lambda } if !positive(lambda) => {
                Some(format!("the rate lambda must be positive, got {lambda}"))
            }
            Cauchy { sigma, .. } if !positive(sigma) => {
                Some(format!("the scale sigma must be positive, got {sigma}"))
            }
            Geometric { p } if !(positive(p) && positive(1.0 - p)) => Some(format!(
                "the probability p must lie between 0 and 1, both excluded, got {p}"
            )),
            Bernoulli { p } if !(0.0..=1.0).contains(&p) => {
                Some(format!("the probability p must lie in [0, 1], got {p}"))
            }
            _ => None,
        }
    }

    /// A new tensor of such numbers, drawn from the default generator in row-major order.
    ///
    /// `dense` is whether the destination is contiguous; PyTorch draws different normal numbers for other tensors.
    #[track_caller]
    pub fn tensor(
        self,
        name: &str,
        shape: Dims,
        dtype: DType,
        device: &Device,
        dense: bool,
    ) -> Result<Tensor> {
        self.check(name, dtype)?;
        let generator = default_generator();
        let state = &mut *generator.lock();
        with_element!(dtype, T => {
            let mut numbers = host::<T>(name, &shape)?;
            self.fill(state, &mut numbers, dense);
            Tensor::from_slice_on(&numbers, &shape, device)
        })
    }

    fn fill<T: Number>(self, state: &mut State, out: &mut [T], dense: bool) {
        match self {
            Geometric { p } => draw::geometric(state, out, p),
            Bernoulli { p } => draw::bernoulli(state, out, p),
            Integers { low, range, wide } => draw::integers(state, out, low, range, wide),
            Permutation => draw::permutation(state, out),
            Uniform { .. }
            | Normal { .. }
            | LogNormal { .. }
            | Exponential { .. }
            | Cauchy { .. } => {
                T::continuous(self, state, out, dense);
            }
        }
    }

    fn fill_real<T: RandomFloat + Number>(self, state: &mut State, out: &mut [T], dense: bool) {
        match self {
            Uniform { low, high } => draw::uniform(state, out, low, high),
            Normal { mean, std } if dense => draw::normal(state, out, mean, std),
            Normal { mean, std } => draw::normal_one_by_one(state, out, mean, std),
            LogNormal { mean, std } => draw::log_normal(state, out, mean, std),
            Exponential { lambda } => draw::exponential(state, out, lambda),
            Cauchy { median, sigma } => draw::cauchy(state, out, median, sigma),
            Geometric { .. } | Bernoulli { .. } | Integers { .. } | Permutation => {
                self.fill(state, out, dense)
            }
        }
    }
}

/// An element that may or may not be able to hold a continuous distribution; those that cannot were refused by `check`.
trait Number: Element {
    fn continuous(_: Distribution, _: &mut State, _: &mut [Self], _dense: bool) {}
}

macro_rules! numbers {
    ($($t:ty),*; $($real:ty),*) => {
        $( impl Number for $t {} )*
        $( impl Number for $real {
            fn continuous(d: Distribution, state: &mut State, out: &mut [Self], dense: bool) {
                d.fill_real(state, out, dense);
            }
        } )*
    };
}

numbers!(bool, u8, i8, i16, i32, i64; f16, bf16, f32, f64);

/// Room for the elements of `shape` on the host.
#[track_caller]
pub(super) fn host<T: Element>(name: &str, shape: &[usize]) -> Result<Vec<T>> {
    let n = shape.iter().try_fold(1, |n: usize, &d| n.checked_mul(d));
    let mut numbers = Vec::new();
    match n {
        Some(n) if numbers.try_reserve_exact(n).is_ok() => {
            numbers.resize(n, T::default());
            Ok(numbers)
        }
        _ => Err(Error::out_of_memory(format!(
            "{name}: no memory for a tensor of shape {shape:?}"
        ))),
    }
}

/// Whether `x` is in the range of `dtype`.
pub(super) fn fits(x: f64, dtype: DType) -> bool {
    let most = dtype.largest_finite();
    let low = match dtype {
        DType::Bool | DType::U8 => 0.0,
        _ if dtype.category() == Category::Int => -most - 1.0,
        _ => -most,
    };
    (low..=most).contains(&x)
}

/// The order of dimensions in memory, outermost first: PyTorch fills a view in this order.
pub(super) fn memory_order(layout: &Layout) -> Vec<usize> {
    let mut order: Vec<usize> = (0..layout.shape().len()).collect();
    order.sort_by_key(|&d| std::cmp::Reverse(layout.strides()[d]));
    order
}
