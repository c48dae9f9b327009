//! Norms, distances, and scaling by norms.

use crate::parameters::dim_of;
use crate::{GradMode, Half, Ints, Tensor, apply};
use rushlight_backend::{Axes, Category, DType, Dims, Error, Fused, Op, Reduce, Result};
use std::sync::Arc;

impl Tensor {
    /// The Euclidean norm `√Σ x²` of all elements: `[*] → []`. Floats only. The gradient at 0 is 0. PyTorch: `torch.linalg.vector_norm`,
    /// `torch.norm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[3.0], [4.0]]).norm()?.item::<f32>()?, 5.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point.
    #[track_caller]
    pub fn norm(&self) -> Result<Tensor> {
        self.norm_dim(2.0, (), false)
    }

    /// `(Σ |x|ᵖ)^(1/p)` along some dimensions, all if none is given; the largest or smallest magnitude for `p = ±∞`, the number of
    /// non-zeros for 0. Floats only. The gradient at 0 is 0. PyTorch: `torch.norm(p, dim, keepdim)`, `torch.linalg.vector_norm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[3.0, -4.0], [0.0, 2.0]]);
    /// assert_eq!(x.norm_dim(2.0, 1, false)?.to_vec::<f32>()?, [5.0, 2.0]);
    /// assert_eq!(x.norm_dim(f64::INFINITY, (), false)?.item::<f32>()?, 4.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point, a dimension is out of range or appears twice, or the norm of zero elements is undefined for `p`.
    #[track_caller]
    pub fn norm_dim(&self, p: f64, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
        let axes = self.axes("norm", dims.into())?;
        if self.dtype().category() != Category::Float {
            return Err(Error::dtype(format!(
                "norm: not defined for {}; convert to a floating-point dtype first",
                self.dtype()
            )));
        }
        if (p < 0.0 || p == f64::INFINITY) && axes.iter().any(|d| self.shape().get(d) == Some(&0)) {
            return Err(Error::shape(format!(
                "norm: with p = {p} the norm of zero elements is undefined, and a dimension of shape {:?} is empty",
                self.shape()
            )));
        }
        self.norm_of(p, axes, keepdim)
    }

    #[track_caller]
    fn norm_of(&self, p: f64, axes: Axes, keepdim: bool) -> Result<Tensor> {
        let dims: Vec<usize> = axes.iter().collect();
        if p == f64::INFINITY {
            return self.abs()?.reduce(Reduce::Max, axes, keepdim);
        }
        if p == f64::NEG_INFINITY {
            return self.abs()?.reduce(Reduce::Min, axes, keepdim);
        }
        if p == 0.0 {
            // Recorded with a gradient of 0, as in PyTorch.
            let flat = self.sign()?.mul(0)?;
            let counted = self.ne(0)?.to(self.dtype())?;
            return counted.add(&flat)?.sum_dim(dims, keepdim);
        }
        if p == 1.0 {
            return self.abs()?.sum_dim(dims, keepdim);
        }
        self.fused_norm(p, axes, false, keepdim)
    }

    #[track_caller]
    fn fused_norm(&self, p: f64, axes: Axes, mean: bool, keepdim: bool) -> Result<Tensor> {
        let kept = apply(Op::Fused(Arc::new(Fused::Norm { p, axes, mean })), &[self])?;
        if keepdim || self.ndim() == 0 {
            return Ok(kept);
        }
        let shape = self.shape().iter().enumerate();
        let outer: Dims = shape
            .filter_map(|(d, &n)| (!axes.contains(d)).then_some(n))
            .collect();
        kept.reshape(&outer)
    }

    /// `√(Σ x² / n)` along some dimensions, all if none is given; correct even if the squares overflow or underflow. Floats only. The gradient
    /// at 0 is 0. PyTorch has no such function: `x.square().mean(dim, keepdim).sqrt()`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([3e25, 4e25]);
    /// assert_eq!(x.root_mean_square((), false)?.item::<f32>()?, 3.5355338e25);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point, or a dimension is out of range or appears twice.
    #[track_caller]
    pub fn root_mean_square(&self, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
        const NAME: &str = "root_mean_square";
        let axes = self.axes(NAME, dims.into())?;
        if self.dtype().category() != Category::Float {
            return Err(Error::dtype(format!(
                "{NAME}: not defined for {}; convert to a floating-point dtype first",
                self.dtype()
            )));
        }
        self.fused_norm(2.0, axes, true, keepdim)
    }

    /// The `p`-norm of `x - y`, over all elements: `[*] → []`. Shapes broadcast, dtypes are promoted; at least one of them is floating-point and
    /// none `bool`. PyTorch: `torch.dist`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (x, y) = (tensor!([1.0, 5.0]), tensor!([4.0, 1.0]));
    /// assert_eq!(x.dist(&y, 2.0)?.item::<f32>()?, 5.0);
    /// assert_eq!(x.dist(&y, 1.0)?.item::<f32>()?, 7.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, neither dtype is floating-point, or one is `bool`.
    #[track_caller]
    pub fn dist(&self, other: &Tensor, p: f64) -> Result<Tensor> {
        let dtypes = [self.dtype(), other.dtype()];
        if dtypes.contains(&DType::Bool) || !dtypes.iter().any(|d| d.is_float()) {
            return Err(Error::dtype(format!(
                "dist: not defined for {} and {}; convert to a floating-point dtype first",
                self.dtype(),
                other.dtype()
            )));
        }
        if let Some(half) = Half::among([self, other]) {
            return half.round(half.widen(self)?.dist(&half.widen(other)?, p)?);
        }
        self.sub(other)?.norm_dim(p, (), false)
    }

    /// A copy in which each slice along `dim` whose `p`-norm is above `maxnorm` is scaled down to that norm. Same shape and floating-point dtype.
    /// PyTorch: `torch.renorm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([[3.0, 4.0], [0.3, 0.4]]).renorm(2.0, 0, 1.0)?;
    /// assert!(y.allclose(&tensor!([[0.6, 0.8], [0.3, 0.4]]), 1e-5, 0.0)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions or is not floating-point, the dimension is out of range, `p` is not positive, or `maxnorm` is
    /// negative.
    #[track_caller]
    pub fn renorm(&self, p: f64, dim: isize, maxnorm: f64) -> Result<Tensor> {
        if self.ndim() < 2 {
            return Err(Error::shape(format!(
                "renorm: at least two dimensions are needed, not shape {:?}",
                self.shape()
            )));
        }
        let keep = dim_of("renorm", dim, self.ndim())?;
        if p.is_nan() || p <= 0.0 || maxnorm.is_nan() || maxnorm < 0.0 {
            return Err(Error::value(format!(
                "renorm: p must be positive and maxnorm not negative, they are {p} and {maxnorm}"
            )));
        }
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.renorm(p, dim, maxnorm)?);
        }
        let others: Vec<usize> = (0..self.ndim()).filter(|&d| d != keep).collect();
        let norm = self.norm_dim(p, others, true)?;
        let over = norm.gt(maxnorm)?;
        // PyTorch's guard against a division by 0; a slice that is scaled ends just below the limit. Elements are divided by their norm
        // before they are multiplied: `maxnorm / norm²`, the derivative of the factor, underflows for norms around 10²⁵.
        let norm = over.where_cond(&norm.add(1e-7)?, 1.0)?;
        let limit = norm.detach().ones_like()?.masked_fill(&over, maxnorm)?;
        self.div(&norm)?.mul(&limit)
    }
}

/// A norm as the product of two numbers, the norm divided by a scale and the scale. The norm may overflow the dtype; neither factor does.
#[derive(Clone, Debug)]
pub struct NormParts {
    /// The norm divided by the scale.
    pub digits: Tensor,
    /// The scale: a power of two if `p` is 2, else the dominant element.
    pub scale: Tensor,
}

impl Tensor {
    /// The norm `(Σ |x|ᵖ)^(1/p)` of all elements as a product of two numbers, neither of which overflows even if the norm does; `p` is finite and
    /// not 0. Both are `float32`, or `float64` if that is the dtype. Used to clip gradients; not recorded for the gradient. PyTorch has no such
    /// function: `torch.linalg.vector_norm` overflows.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([3e38, 3e38]).norm_parts(2.0)?;
    /// assert!(parts.digits.item::<f32>()? < 4.0);
    /// assert!(parts.digits.mul(&parts.scale)?.item::<f32>()?.is_infinite());
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is empty or does not hold numbers.
    #[track_caller]
    pub fn norm_parts(&self, p: f64) -> Result<NormParts> {
        let _off = GradMode::set(false);
        let x = self.reshape(-1)?;
        norm_parts(&x, p, Axes::one(0), Reduce::Sum)
    }
}

/// [`Fused::Norm`] in terms of the other operations: elements are divided by the dominant one, so that no power overflows or underflows.
#[track_caller]
pub(crate) fn scaled_norm(x: &Tensor, p: f64, axes: Axes, mean: bool) -> Result<Tensor> {
    let sum = if mean { Reduce::Mean } else { Reduce::Sum };
    if axes.iter().any(|d| x.shape().get(d) == Some(&0)) {
        return x.abs()?.reduce(sum, axes, true);
    }
    let NormParts { digits, scale } = norm_parts(x, p, axes, sum)?;
    digits.mul(&scale)?.to(x.dtype())
}

/// The norm of the elements divided by the dominant one, and that divisor. No dimension of `axes` is empty.
#[track_caller]
fn norm_parts(x: &Tensor, p: f64, axes: Axes, sum: Reduce) -> Result<NormParts> {
    let size = x.to(x.dtype().compute())?.abs()?;
    let extreme = if p > 0.0 { Reduce::Max } else { Reduce::Min };
    let most = size.reduce(extreme, axes, true)?;
    if p == 2.0 {
        // Division by a power of two does not round.
        let (low, high) = exponents(size.dtype());
        let scale = most.log2()?.floor()?.clamp(low, high)?.exp2()?;
        let squares = size.div(&scale)?.square()?;
        let digits = squares.reduce(sum, axes, true)?.sqrt()?;
        return Ok(NormParts { digits, scale });
    }
    let plain = most.gt(0.0)?.logical_and(&most.isfinite()?)?;
    let scale = plain.where_cond(&most, 1.0)?;
    let powers = size.div(&scale)?.pow(p)?;
    let digits = powers.reduce(sum, axes, true)?.pow(1.0 / p)?;
    Ok(NormParts { digits, scale })
}

/// The exponents of the smallest and the largest power of two that is a normal number.
fn exponents(dtype: DType) -> (f64, f64) {
    match dtype {
        DType::F64 => (-1022.0, 1023.0),
        _ => (-126.0, 127.0),
    }
}
