//! Norms, and what is measured or scaled by them.

use crate::parameters::dim_of;
use crate::{Ints, Tensor};
use rushlight_backend::{Axes, Category, DType, Error, Reduce, Result};

impl Tensor {
    /// `√Σ x²` of all elements. PyTorch: `torch.linalg.vector_norm`.
    #[track_caller]
    pub fn norm(&self) -> Result<Tensor> {
        self.norm_dim(2.0, (), false)
    }

    /// `(Σ |x|ᵖ)^(1/p)` along some dimensions, all if none is given; the largest or smallest magnitude for `p = ±∞`, the number of
    /// non-zeros for 0. Floats only. The gradient at 0 is 0. PyTorch: `torch.norm(p, dim, keepdim)`, `torch.linalg.vector_norm`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([[3.0, -4.0], [0.0, 2.0]]);
    /// assert_eq!(x.norm_dim(2.0, 1, false)?.to_vec::<f32>()?, [5.0, 2.0]);
    /// assert_eq!(x.norm_dim(f64::INFINITY, (), false)?.item::<f32>()?, 4.0);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
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
                "norm: with p = {p} no element has no norm, and a dimension of shape {:?} is empty",
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
            return self.ne(0)?.to(self.dtype())?.sum_dim(dims, keepdim);
        }
        if p == 1.0 {
            return self.abs()?.sum_dim(dims, keepdim);
        }
        let powers = if p == 2.0 {
            self.square()?
        } else if p > 1.0 {
            self.abs()?.pow(p)?
        } else {
            // The slope of the power at 0 is infinite; PyTorch takes 0 there.
            let zero = self.eq(0)?;
            let safe = zero.where_cond(1.0, &self.abs()?)?;
            zero.where_cond(0f64.powf(p), &safe.pow(p)?)?
        };
        let total = powers.sum_dim(dims, keepdim)?;
        // So it is for the root where the norm is 0.
        let zero = total.eq(if p > 0.0 { 0.0 } else { f64::INFINITY })?;
        let safe = zero.where_cond(1.0, &total)?;
        let root = if p == 2.0 {
            safe.sqrt()?
        } else {
            safe.pow(1.0 / p)?
        };
        zero.where_cond(0.0, &root)
    }

    /// The `p`-norm of the difference of two tensors, which broadcast. Floats only. PyTorch: `torch.dist`.
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
        self.sub(other)?.norm_dim(p, (), false)
    }

    /// The slices along `dim` with a `p`-norm above `maxnorm` scaled down to it. Floats of at least two dimensions.
    /// PyTorch: `torch.renorm`.
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
        let others: Vec<usize> = (0..self.ndim()).filter(|&d| d != keep).collect();
        let norm = self.norm_dim(p, others, true)?;
        // PyTorch's guard against a division by 0; a slice that is scaled ends just below the limit.
        let scale = norm.add(1e-7)?.rdiv(maxnorm)?;
        self.mul(&norm.gt(maxnorm)?.where_cond(&scale, 1.0)?)
    }
}
