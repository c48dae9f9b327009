//! Variance, norms and the like: compositions of reductions.

use crate::{Ints, Tensor};
use rushlight_backend::{Category, Error, Result};

impl Tensor {
    /// `Σ (x - mean)² / (n - correction)` of all elements, with correction 1. PyTorch: `torch.var`.
    #[track_caller]
    pub fn var(&self) -> Result<Tensor> {
        self.var_dim((), 1.0, false)
    }

    /// The root of [`Tensor::var`]. PyTorch: `torch.std`.
    #[track_caller]
    pub fn std(&self) -> Result<Tensor> {
        self.std_dim((), 1.0, false)
    }

    /// `Σ (x - mean)² / max(0, n - correction)` along some dimensions, all if none is given. PyTorch: `torch.var(dim, correction, keepdim)`.
    #[track_caller]
    pub fn var_dim(&self, dims: impl Into<Ints>, correction: f64, keepdim: bool) -> Result<Tensor> {
        Ok(self.var_mean(dims, correction, keepdim)?.0)
    }

    /// The root of [`Tensor::var_dim`]. PyTorch: `torch.std(dim, correction, keepdim)`.
    #[track_caller]
    pub fn std_dim(&self, dims: impl Into<Ints>, correction: f64, keepdim: bool) -> Result<Tensor> {
        let var = self.var_dim(dims, correction, keepdim)?;
        if !var.may_have_meta() {
            return var.sqrt();
        }
        // The root's slope at 0 is infinite; PyTorch takes 0 there.
        let zero = var.eq(0)?;
        let root = zero.where_cond(1.0, &var)?.sqrt()?;
        zero.where_cond(0.0, &root)
    }

    /// Variance and mean. PyTorch: `torch.var_mean`.
    #[track_caller]
    pub fn var_mean(
        &self,
        dims: impl Into<Ints>,
        correction: f64,
        keepdim: bool,
    ) -> Result<(Tensor, Tensor)> {
        if self.dtype().category() != Category::Float {
            return Err(Error::dtype(format!(
                "var: not defined for {}; convert to a floating-point dtype first",
                self.dtype()
            )));
        }
        let axes = self.axes("torch.var", dims.into())?;
        let dims: Vec<isize> = axes.iter().map(|d| d as isize).collect();
        let n: usize = axes
            .iter()
            .filter(|&d| d < self.ndim())
            .map(|d| self.shape()[d])
            .product();
        let mean = self.mean_dim(&dims, true)?;
        let total = self.sub(&mean)?.square()?.sum_dim(&dims, keepdim)?;
        let var = total.div((n as f64 - correction).max(0.0))?;
        let mean = if keepdim || self.ndim() == 0 {
            mean
        } else {
            mean.reshape(var.shape())?
        };
        Ok((var, mean))
    }

    /// `√Σ x²` of all elements. PyTorch: `torch.linalg.vector_norm`.
    #[track_caller]
    pub fn norm(&self) -> Result<Tensor> {
        self.norm_dim(2.0, (), false)
    }

    /// `(Σ |x|ᵖ)^(1/p)` along some dimensions; the largest or smallest magnitude for `p = ±∞`, the number of non-zeros for 0.
    /// The gradient at 0 is 0. PyTorch: `torch.linalg.vector_norm`.
    #[track_caller]
    pub fn norm_dim(&self, p: f64, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
        let dims = dims.into();
        if self.dtype().category() != Category::Float {
            return Err(Error::dtype(format!(
                "norm: not defined for {}; convert to a floating-point dtype first",
                self.dtype()
            )));
        }
        if p == f64::INFINITY {
            return self.abs()?.amax(dims, keepdim);
        }
        if p == f64::NEG_INFINITY {
            return self.abs()?.amin(dims, keepdim);
        }
        if p == 0.0 {
            return self.ne(0)?.to(self.dtype())?.sum_dim(dims, keepdim);
        }
        if p == 1.0 {
            return self.abs()?.sum_dim(dims, keepdim);
        }
        let total = if p == 2.0 {
            self.square()?
        } else {
            self.abs()?.pow(p)?
        }
        .sum_dim(dims, keepdim)?;
        // The root's slope at 0 is infinite; PyTorch takes the subgradient 0 there.
        let zero = total.eq(0)?;
        let safe = zero.where_cond(1.0, &total)?;
        let root = if p == 2.0 {
            safe.sqrt()?
        } else {
            safe.pow(1.0 / p)?
        };
        zero.where_cond(if p > 0.0 { 0.0 } else { f64::INFINITY }, &root)
    }

    /// `ln Σ eˣ` along some dimensions, without overflow. PyTorch: `torch.logsumexp`.
    #[track_caller]
    pub fn logsumexp(&self, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
        let x = if self.dtype().is_float() {
            self.clone()
        } else {
            self.float()?
        };
        let axes = x.axes("torch.logsumexp", dims.into())?;
        let dims: Vec<isize> = axes.iter().map(|d| d as isize).collect();
        if x.numel() == 0 {
            return x.exp()?.sum_dim(&dims, keepdim)?.log();
        }
        let top = x.detach().amax(&dims, true)?;
        let top = top.isinf()?.where_cond(0.0, &top)?;
        let total = x.sub(&top)?.exp()?.sum_dim(&dims, keepdim)?.log()?;
        let top = if keepdim || x.ndim() == 0 {
            top
        } else {
            top.reshape(total.shape())?
        };
        total.add(&top)
    }

    /// The middle element along a dimension (the lower of two) and its position; NaN if any is. PyTorch: `torch.median`.
    #[track_caller]
    pub fn median_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        if self.ndim() == 0 {
            return Ok((self.copy()?, self.argmax()?));
        }
        let n = self.size(dim)?;
        if n == 0 {
            return Err(Error::shape(format!(
                "median: dimension {dim} of shape {:?} is empty",
                self.shape()
            )));
        }
        let order = self.argsort(dim, false)?;
        let last = order.narrow(dim, n - 1, 1)?;
        let middle = order.narrow(dim, (n - 1) / 2, 1)?;
        // NaN sorts last; where there is one, it is the median.
        let index = match self.dtype().is_float() {
            true => self
                .gather(dim, &last)?
                .isnan()?
                .where_cond(&last, &middle)?,
            false => middle.copy()?,
        };
        let values = self.gather(dim, &index)?;
        if keepdim {
            Ok((values, index))
        } else {
            Ok((values.squeeze_dim(dim)?, index.squeeze_dim(dim)?))
        }
    }

    /// The middle of all elements (the lower of two). PyTorch: `torch.median`.
    #[track_caller]
    pub fn median(&self) -> Result<Tensor> {
        Ok(self.reshape(-1)?.median_dim(0, false)?.0)
    }
}
