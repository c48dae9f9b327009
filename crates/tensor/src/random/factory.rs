//! Constructors of random tensors: `rand`, `randn`, `randint`, `randperm`, and sampling by probabilities.

use super::default_generator;
use super::distribution::{Distribution, memory_order};
use super::draw;
use super::generator::check_weights;
use super::integers::bounded;
use crate::history::GradMode;
use crate::{Int, Ints, Operand, Options, Tensor};
use half::{bf16, f16};
use rushlight_backend::{DType, Error, Result, broadcast, room};

impl Tensor {
    /// Uniform numbers in `[0, 1)`; `float32` by default. PyTorch: `torch.rand`.
    ///
    /// Drawn from the default generator, as all of these are; [`Generator::scope`](crate::Generator::scope) replaces it.
    ///
    /// ```
    /// use rushlight::{Tensor, manual_seed};
    /// manual_seed(0);
    /// assert_eq!(Tensor::rand([2], ())?.to_vec::<f32>()?, [0.49625659, 0.7682218]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn rand(shape: impl Into<Ints>, options: impl Into<Options>) -> Result<Tensor> {
        let unit = Distribution::Uniform {
            low: 0.0,
            high: 1.0,
        };
        new(unit, "rand", shape.into(), options.into(), DType::F32)
    }

    /// Standard normal numbers; `float32` by default. PyTorch: `torch.randn`.
    ///
    /// ```
    /// # use rushlight::{DType, Tensor};
    /// let x = Tensor::randn([2, 3], DType::F64)?;
    /// assert_eq!((x.shape(), x.dtype()), (&[2, 3][..], DType::F64));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not of floating point or a size is negative.
    #[track_caller]
    pub fn randn(shape: impl Into<Ints>, options: impl Into<Options>) -> Result<Tensor> {
        let standard = Distribution::Normal {
            mean: 0.0,
            std: 1.0,
        };
        new(standard, "randn", shape.into(), options.into(), DType::F32)
    }

    /// Normal numbers around `mean`; `float32` by default. PyTorch: `torch.normal(mean, std, size)`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::normal(5.0, 0.0, [2], ())?.to_vec::<f32>()?, [5.0, 5.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `std` is negative, the dtype is not of floating point, or a size is negative.
    #[track_caller]
    pub fn normal(
        mean: f64,
        std: f64,
        shape: impl Into<Ints>,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        new(
            Distribution::Normal { mean, std },
            "normal",
            shape.into(),
            options.into(),
            DType::F32,
        )
    }

    /// Normal numbers, one for each mean and standard deviation, of which one at least is a tensor; they broadcast. The dtype is the
    /// mean's, or that of the deviation for a mean that is a number. PyTorch: `torch.normal(mean, std)`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// assert_eq!(Tensor::normal_from(&tensor!([0.0, 9.0]), 1.0)?.shape(), [2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn normal_from<'a, 'b>(
        mean: impl Into<Operand<'a>>,
        std: impl Into<Operand<'b>>,
    ) -> Result<Tensor> {
        let (mean, std) = (mean.into(), std.into());
        match std {
            Operand::Number(s) => check_deviation(s.to_f64())?,
            Operand::Tensor(t) if t.numel() > 0 => {
                check_deviation(t.detach().to(DType::F64)?.min()?.item()?)?;
            }
            Operand::Tensor(_) => {}
        }
        let (shape, like) = match (mean, std) {
            (Operand::Tensor(m), Operand::Tensor(s)) => {
                (broadcast("normal", m.shape(), s.shape())?, m)
            }
            (Operand::Tensor(t), _) | (_, Operand::Tensor(t)) => (*t.layout().shape(), t),
            (Operand::Number(m), Operand::Number(s)) => {
                return Tensor::normal(m.to_f64(), s.to_f64(), (), ());
            }
        };
        let _off = GradMode::set(false);
        let out = like.new_empty(&shape)?;
        out.normal_(0.0, 1.0)?;
        out.mul(std)?.add(mean)?.to(like.dtype())
    }

    /// Integers from `low` up to but not including `high`; `int64` by default. PyTorch: `torch.randint`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let labels = Tensor::randint(0, 2, [100], ())?;
    /// assert!(labels.to_vec::<i64>()?.iter().all(|x| (0..2).contains(x)));
    /// assert!(Tensor::randint(3, 3, [100], ()).is_err());
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn randint(
        low: i64,
        high: i64,
        shape: impl Into<Ints>,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let options = options.into();
        let dtype = options.dtype.unwrap_or(DType::I64);
        let integers = bounded("randint", low, high, dtype)?;
        new(integers, "randint", shape.into(), options, dtype)
    }

    /// The numbers `0..n` in random order; `int64` by default. PyTorch: `torch.randperm`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let mut order = Tensor::randperm(4, ())?.to_vec::<i64>()?;
    /// order.sort();
    /// assert_eq!(order, [0, 1, 2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `n` is negative or the dtype cannot hold all numbers below it.
    #[track_caller]
    pub fn randperm(n: impl Into<Int>, options: impl Into<Options>) -> Result<Tensor> {
        let n = n.into().size("randperm", "count")?;
        let options = options.into();
        let dtype = options.dtype.unwrap_or(DType::I64);
        // A float holds every integer only up to 2^digits.
        let exact = match dtype {
            DType::F16 => 2049.0,
            DType::BF16 => 257.0,
            DType::F32 => 16_777_217.0,
            DType::F64 => 9_007_199_254_740_992.0,
            _ => dtype.largest_finite() + 1.0,
        };
        if n as f64 > exact {
            return Err(Error::value(format!(
                "randperm: {dtype} cannot hold all numbers below {n}"
            )));
        }
        new(
            Distribution::Permutation,
            "randperm",
            n.into(),
            options,
            dtype,
        )
    }

    /// Uniform numbers in `[0, 1)` in this tensor's shape, dtype and device. PyTorch: `torch.rand_like`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1.0, 2.0]).rand_like()?.to_vec::<f32>()?;
    /// assert!(x.iter().all(|x| (0.0..1.0).contains(x)));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not of floating point.
    #[track_caller]
    pub fn rand_like(&self) -> Result<Tensor> {
        like(
            Distribution::Uniform {
                low: 0.0,
                high: 1.0,
            },
            "rand_like",
            self,
        )
    }

    /// Standard normal numbers in this tensor's shape, dtype and device. PyTorch: `torch.randn_like`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1.0, 2.0]]).randn_like()?.shape(), [1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not of floating point.
    #[track_caller]
    pub fn randn_like(&self) -> Result<Tensor> {
        like(
            Distribution::Normal {
                mean: 0.0,
                std: 1.0,
            },
            "randn_like",
            self,
        )
    }

    /// Integers in `low..high` in this tensor's shape, dtype and device. PyTorch: `torch.randint_like`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1.0, 2.0]).randint_like(3, 4)?.to_vec::<f32>()?, [3.0, 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no integer in `low..high`, or the dtype cannot hold one of them.
    #[track_caller]
    pub fn randint_like(&self, low: i64, high: i64) -> Result<Tensor> {
        like(
            bounded("randint_like", low, high, self.dtype())?,
            "randint_like",
            self,
        )
    }

    /// One where a draw with the probability in this tensor succeeds, zero elsewhere; same shape and dtype. PyTorch: `torch.bernoulli`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([0.0, 1.0]).bernoulli()?.to_vec::<f32>()?, [0.0, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a probability is not in `[0, 1]`, or the dtype is not of floating point.
    #[track_caller]
    pub fn bernoulli(&self) -> Result<Tensor> {
        let out = self.detach().copy()?.contiguous()?;
        out.bernoulli_(self)?;
        Ok(out)
    }

    /// Indices drawn with probabilities proportional to the weights in each row: `[categories] → [n]`, `[rows, categories] → [rows, n]`,
    /// `int64`. PyTorch: `torch.multinomial`.
    ///
    /// Weights need not sum to one; they must be finite, not negative, and not all zero.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let drawn = tensor!([0.0, 0.0, 3.0]).multinomial(2, true)?;
    /// assert_eq!(drawn.to_vec::<i64>()?, [2, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the weights are not of floating point, not of one or two dimensions, not finite, negative or all zero, or too few
    /// are positive for `n` draws without replacement.
    #[track_caller]
    pub fn multinomial(&self, n: impl Into<Int>, replacement: bool) -> Result<Tensor> {
        let n = n.into().size("multinomial", "number of samples")?;
        if !self.dtype().is_float() {
            return Err(Error::dtype(format!(
                "multinomial: the weights must be floating-point, not {}",
                self.dtype()
            )));
        }
        let (rows, categories) = match *self.shape() {
            [categories] => (1, categories),
            [rows, categories] => (rows, categories),
            ref other => {
                return Err(Error::shape(format!(
                    "multinomial: expected weights of 1 or 2 dimensions, got shape {other:?}"
                )));
            }
        };
        let weights = self.detach().to(DType::F64)?.to_vec::<f64>()?;
        let row = |r: usize| &weights[r * categories..(r + 1) * categories];
        for r in 0..rows {
            check_weights(row(r), n, replacement)?;
        }
        let generator = default_generator();
        let state = &mut *generator.lock();
        let mut drawn = room("multinomial", rows.checked_mul(n))?;
        for r in 0..rows {
            let p = row(r).iter();
            // Weights are compared in the precision that the tensor has; sums of halves run in f32.
            let new = match self.dtype() {
                DType::F64 => draw::multinomial(state, row(r), n, replacement),
                DType::F16 if !replacement || n == 1 => draw::multinomial(
                    state,
                    &p.map(|&w| f16::from_f64(w)).collect::<Vec<_>>(),
                    n,
                    replacement,
                ),
                DType::BF16 if !replacement || n == 1 => draw::multinomial(
                    state,
                    &p.map(|&w| bf16::from_f64(w)).collect::<Vec<_>>(),
                    n,
                    replacement,
                ),
                _ => draw::multinomial(
                    state,
                    &p.map(|&w| w as f32).collect::<Vec<_>>(),
                    n,
                    replacement,
                ),
            };
            drawn.extend(new?);
        }
        match self.ndim() {
            1 => Tensor::from_slice_on(&drawn, n, self.device()),
            _ => Tensor::from_slice_on(&drawn, [rows, n], self.device()),
        }
    }
}

/// Written so that NaN is an error.
#[track_caller]
fn check_deviation(std: f64) -> Result<()> {
    if std >= 0.0 {
        return Ok(());
    }
    Err(Error::value(format!(
        "normal: no standard deviation may be negative, got {std}"
    )))
}

#[track_caller]
fn new(
    d: Distribution,
    name: &str,
    shape: Ints,
    options: Options,
    default: DType,
) -> Result<Tensor> {
    let dtype = options.dtype.unwrap_or(default);
    d.tensor(name, shape.shape(name)?, dtype, &options.device(), true)
}

/// Random numbers in the shape of `x`, drawn and stored in the memory order of `x`.
#[track_caller]
fn like(d: Distribution, name: &str, x: &Tensor) -> Result<Tensor> {
    let order = memory_order(x.layout());
    let shape = order.iter().map(|&i| x.shape()[i]).collect();
    let dense = order.is_sorted();
    let out = d.tensor(name, shape, x.dtype(), x.device(), dense)?;
    if dense {
        return Ok(out);
    }
    let mut back = vec![0; order.len()];
    for (to, &from) in order.iter().enumerate() {
        back[from] = to;
    }
    let layout = out.layout().permute(&back);
    Ok(Tensor::own(
        out.0.storage.clone(),
        layout,
        out.dtype(),
        out.device().clone(),
    ))
}
