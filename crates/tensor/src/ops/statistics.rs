//! Variance, standard deviation, covariance and `logsumexp`, composed of reductions.

use super::overflow::{in_range, where_finite};
use crate::{Half, Ints, Tensor, is_grad_enabled};
use rushlight_backend::{Category, DType, Error, Result};

impl Tensor {
    /// The variance of all elements, `Σ (x - mean)² / (n - 1)`: `[*] → []`. Floats only. PyTorch: `torch.var`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1.0, 2.0, 3.0]).var()?.item::<f32>()?, 1.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point.
    #[track_caller]
    pub fn var(&self) -> Result<Tensor> {
        self.var_dim((), 1.0, false)
    }

    /// The standard deviation of all elements, the square root of [`Tensor::var`]: `[*] → []`. Floats only. PyTorch: `torch.std`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let std = tensor!([1.0, 3.0, 5.0]).std()?;
    /// assert_eq!(std.round_decimals(4)?.item::<f32>()?, 2.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point.
    #[track_caller]
    pub fn std(&self) -> Result<Tensor> {
        self.std_dim((), 1.0, false)
    }

    /// The variance `Σ (x - mean)² / max(0, n - correction)` along some dimensions, all if none is given; these are removed, or with `keepdim`
    /// have size 1. Floats only. PyTorch: `torch.var(dim, correction, keepdim)`, where `correction` is 1 by default.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1.0, 3.0], [2.0, 6.0]]);
    /// assert_eq!(x.var_dim(1, 1.0, false)?.to_vec::<f32>()?, [2.0, 8.0]);
    /// assert_eq!(x.var_dim(1, 0.0, false)?.to_vec::<f32>()?, [1.0, 4.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point, or a dimension is out of range or appears twice.
    #[track_caller]
    pub fn var_dim(&self, dims: impl Into<Ints>, correction: f64, keepdim: bool) -> Result<Tensor> {
        Ok(self.var_mean(dims, correction, keepdim)?.0)
    }

    /// The standard deviation along some dimensions: the square root of [`Tensor::var_dim`], correct even if the variance overflows or
    /// underflows. Floats only. PyTorch: `torch.std(dim, correction, keepdim)`, where `correction` is 1 by default.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1.0, 3.0], [2.0, 6.0]]);
    /// assert_eq!(x.std_dim(1, 0.0, false)?.to_vec::<f32>()?, [1.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::var_dim`].
    #[track_caller]
    pub fn std_dim(&self, dims: impl Into<Ints>, correction: f64, keepdim: bool) -> Result<Tensor> {
        Ok(self.std_mean(dims, correction, keepdim)?.0)
    }

    /// The standard deviation of [`Tensor::std_dim`] and the mean, both along some dimensions. The deviation's gradient where it is 0 is 0.
    /// PyTorch: `torch.std_mean`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (std, mean) = tensor!([1.0, 3.0]).std_mean((), 0.0, false)?;
    /// assert_eq!((std.item::<f32>()?, mean.item::<f32>()?), (1.0, 2.0));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::var_dim`].
    #[track_caller]
    pub fn std_mean(
        &self,
        dims: impl Into<Ints>,
        correction: f64,
        keepdim: bool,
    ) -> Result<(Tensor, Tensor)> {
        if let Some(half) = Half::among([self]) {
            return half.round_both(half.widen(self)?.std_mean(dims, correction, keepdim)?);
        }
        let dims = dims.into();
        let spread = self.spread("std", dims.clone(), correction)?;
        let std = spread.deviation(true)?;
        let std = in_range(std, |scale| {
            let spread = self.mul(scale)?.spread("std", dims, correction)?;
            spread.deviation(true)?.div(scale)
        })?;
        let std = match keepdim || self.ndim() == 0 {
            true => std,
            false => std.squeeze_dim(&spread.dims)?,
        };
        let mean = spread.mean_of(std.shape())?;
        Ok((std, mean))
    }

    /// The variance of [`Tensor::var_dim`] and the mean, both along some dimensions. PyTorch: `torch.var_mean`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (var, mean) = tensor!([1.0, 3.0, 5.0]).var_mean((), 1.0, false)?;
    /// assert_eq!((var.item::<f32>()?, mean.item::<f32>()?), (4.0, 3.0));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::var_dim`].
    #[track_caller]
    pub fn var_mean(
        &self,
        dims: impl Into<Ints>,
        correction: f64,
        keepdim: bool,
    ) -> Result<(Tensor, Tensor)> {
        if let Some(half) = Half::among([self]) {
            return half.round_both(half.widen(self)?.var_mean(dims, correction, keepdim)?);
        }
        let spread = self.spread("var", dims.into(), correction)?;
        let squares = spread.centred.square()?;
        let total = squares.sum_dim(&spread.dims, keepdim)?;
        // The sum may overflow although the quotient does not.
        let var = where_finite(total.div(spread.divisor)?, || {
            let mean = squares.mean_dim(&spread.dims, keepdim)?;
            mean.mul(spread.count / spread.divisor)
        })?;
        let mean = spread.mean_of(var.shape())?;
        Ok((var, mean))
    }

    /// The elements minus their mean along `dims`.
    #[track_caller]
    fn spread(&self, name: &str, dims: Ints, correction: f64) -> Result<Spread> {
        if self.dtype().category() != Category::Float {
            return Err(Error::dtype(format!(
                "{name}: not defined for {}; convert to a floating-point dtype first",
                self.dtype()
            )));
        }
        let axes = self.axes(name, dims)?;
        let dims: Vec<isize> = axes.iter().map(|d| d as isize).collect();
        let n: usize = axes
            .iter()
            .filter(|&d| d < self.ndim())
            .map(|d| self.shape()[d])
            .product();
        let (mean, centred) = self.deviations(&dims)?;
        Ok(Spread {
            centred,
            mean,
            dims,
            count: n as f64,
            divisor: (n as f64 - correction).max(0.0),
        })
    }

    /// The mean along some dimensions, all if none is given, which stay with size 1; and `x - mean` without the rounding error of the
    /// mean.
    ///
    /// A mean of 12345.678 in `float32` is off by 10⁻³. The differences then have that error as their mean, which is small and therefore
    /// computed precisely. It is subtracted, so that equal elements differ from their mean by 0. PyTorch has no such function; variances and
    /// norms use it.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::full(10, 12345.678, ())?;
    /// assert_eq!(x.deviations(())?.1.to_vec::<f32>()?, [0.0; 10]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point, or a dimension is out of range or appears twice.
    #[track_caller]
    pub fn deviations(&self, dims: impl Into<Ints>) -> Result<(Tensor, Tensor)> {
        let dims = dims.into();
        let mean = self.mean_dim(dims.as_slice(), true)?;
        let rough = self.sub(&mean)?;
        // Not recorded, because the exact mean of the differences is 0 for every x.
        let rest = rough.detach().mean_dim(dims, true)?;
        rough.sub_(&rest)?;
        Ok((mean, rough))
    }

    /// `ln Σ eˣ` along some dimensions, all if none is given, computed without overflow; these are removed, or with `keepdim` have size 1. Floats
    /// keep their dtype, others give `float32`. PyTorch: `torch.logsumexp`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1000.0, 0.0], [0.0, 0.0]]);
    /// let y = x.logsumexp(1, false)?;
    /// assert_eq!(y.round_decimals(4)?.to_vec::<f32>()?, [1000.0, 0.6931]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice.
    #[track_caller]
    pub fn logsumexp(&self, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.logsumexp(dims, keepdim)?);
        }
        let x = if self.dtype().is_float() {
            self.clone()
        } else {
            self.float()?
        };
        let axes = x.axes("logsumexp", dims.into())?;
        let dims: Vec<isize> = axes.iter().map(|d| d as isize).collect();
        if x.numel() == 0 {
            return x.exp()?.sum_dim(&dims, keepdim)?.log();
        }
        let top = x.detach().amax(&dims, true)?;
        if is_grad_enabled() && x.may_have_meta() {
            let infinite = top.isinf()?;
            if !x.device().reads_at_once() || infinite.any()?.item()? {
                return x.recorded_logsumexp(&dims, keepdim, &top, &infinite);
            }
        }
        // An infinite maximum is replaced by the largest finite number, next to which finite elements are negligible.
        let largest = x.dtype().largest_finite();
        let top = top.clamp(-largest, largest)?;
        let total = x.sub(&top)?.exp()?.sum_dim(&dims, keepdim)?.log()?;
        let top = if keepdim || x.ndim() == 0 {
            top
        } else {
            top.reshape(total.shape())?
        };
        total.add(&top)
    }

    /// [`Tensor::logsumexp`] with the limits as gradients where the largest element is infinite: it receives the whole gradient, and equal
    /// infinities share it, as in a maximum. The formula for finite elements would give NaN there.
    #[track_caller]
    fn recorded_logsumexp(
        &self,
        dims: &[isize],
        keepdim: bool,
        top: &Tensor,
        infinite: &Tensor,
    ) -> Result<Tensor> {
        let top = infinite.where_cond(0.0, top)?;
        // Replaced where they are not used, or their derivative would be NaN.
        let finite = infinite.where_cond(0.0, self)?.sub(&top)?;
        let total = finite.exp()?.sum_dim(dims, true)?.log()?.add(&top)?;
        let total = infinite.where_cond(&self.amax(dims, true)?, &total)?;
        match keepdim || self.ndim() == 0 {
            true => Ok(total),
            false => total.squeeze_dim(dims),
        }
    }

    /// The covariance matrix of variables in the rows of `[variables, observations]`; a vector is one variable, and its variance the result.
    ///
    /// `C = (x - mean) diag(w) (x - mean)ᵀ / n` with the mean weighted by `w = fweights aweights`. `fweights` (integers) say how often each
    /// observation counts, `aweights` (floats) how much. `n` is `Σ w - correction`, or with `aweights`
    /// `Σ w - correction Σ (w aweights) / Σ w`, and 0 rather than negative. PyTorch: `torch.cov`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]);
    /// assert_eq!(x.cov(1.0, None, None)?.to_vec2::<f32>()?, [[1.0, -1.0], [-1.0, 1.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has more than two dimensions or is `bool`, or the weights are negative, not integers or floats respectively, or not one for
    /// each observation.
    #[track_caller]
    pub fn cov(
        &self,
        correction: f64,
        fweights: Option<&Tensor>,
        aweights: Option<&Tensor>,
    ) -> Result<Tensor> {
        if self.ndim() > 2 {
            return Err(Error::shape(format!(
                "cov: expected at most two dimensions, got shape {:?}",
                self.shape()
            )));
        }
        if self.dtype() == DType::Bool {
            return Err(Error::dtype("cov: not defined for bool"));
        }
        if let Some(half) = Half::among([Some(self), aweights]) {
            let aweights = half.widen_option(aweights)?;
            let x = half.widen(self)?;
            return half.round(x.cov(correction, fweights, aweights.as_ref())?);
        }
        let x = if self.ndim() < 2 {
            self.reshape([1, -1])?
        } else {
            self.clone()
        };
        let x = if x.dtype().is_float() { x } else { x.float()? };
        let n = x.shape()[1];
        if let Some(w) = fweights {
            weights("fweights", w, n, Category::Int)?;
        }
        if let Some(w) = aweights {
            weights("aweights", w, n, Category::Float)?;
        }
        let weight = match (fweights, aweights) {
            (Some(f), Some(a)) => Some(f.mul(a)?),
            (f, a) => f.or(a).cloned(),
        };
        let weighted = |x: &Tensor| weight.as_ref().map_or(Ok(x.clone()), |w| x.mul(w));
        let total = match &weight {
            Some(w) => w.sum()?,
            None => Tensor::scalar(n as i64, self.device())?,
        };
        if weight.is_some() && n > 0 && total.item_scalar()?.to_f64() == 0.0 {
            return Err(Error::value("cov: the weights sum to 0"));
        }
        let mean = |x: &Tensor| weighted(x)?.sum_dim(1, true)?.div(&total);
        let norm = match (&weight, aweights) {
            (Some(w), Some(a)) if correction != 0.0 => {
                total.sub(&w.mul(a)?.sum()?.div(&total)?.mul(correction)?)?
            }
            _ => total.sub(correction)?,
        };
        let x = x.sub(&mean(&x)?)?;
        // The rounding error of the mean, as in `deviations`.
        let x = x.sub(&mean(&x.detach())?)?;
        let products = x.matmul(&weighted(&x)?.to(x.dtype())?.t()?)?;
        products.div(&norm.clamp_min(0)?)?.squeeze()
    }

    /// The correlation coefficients of variables: `[variables, observations] → [variables, variables]`, and of a vector, which is one variable,
    /// `[]`. They are the covariances divided by the standard deviations of both variables, between -1 and 1; NaN for a variable that does not
    /// vary. Floats keep their dtype, integers give `float32`. PyTorch: `torch.corrcoef`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]);
    /// let y = x.corrcoef()?.round_decimals(4)?;
    /// assert_eq!(y.to_vec2::<f32>()?, [[1.0, -1.0], [-1.0, 1.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has more than two dimensions or is `bool`.
    #[track_caller]
    pub fn corrcoef(&self) -> Result<Tensor> {
        if self.ndim() > 2 {
            return Err(Error::shape(format!(
                "corrcoef: expected at most two dimensions, got shape {:?}",
                self.shape()
            )));
        }
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.corrcoef()?);
        }
        if self.dtype() == DType::Bool {
            return Err(Error::dtype("corrcoef: not defined for bool"));
        }
        let x = match self.dtype().is_float() {
            true => self.clone(),
            false => self.to(DType::F32)?,
        };
        let x = if x.ndim() < 2 { x.reshape([1, -1])? } else { x };
        // Differences of numbers near the ends of the range overflow. Products of unit vectors neither overflow nor underflow.
        let x = match x.numel() {
            0 => x,
            _ => {
                let most = x.detach().abs()?.amax(1, true)?;
                let most = most.clamp(f32::MIN_POSITIVE, 2f64.powi(127))?;
                x.div(&most.log2()?.floor()?.exp2()?)?
            }
        };
        let centred = x.deviations(1)?.1;
        let unit = centred.div(&centred.norm_dim(2.0, 1, true)?)?;
        let c = unit.matmul(&unit.t()?)?;
        if x.shape()[0] == 1 {
            return c.div(&c)?.reshape(());
        }
        c.clamp(-1, 1)
    }
}

/// Elements minus their mean, and the divisor of the sum of their squares.
struct Spread {
    centred: Tensor,
    /// With the dimensions kept.
    mean: Tensor,
    dims: Vec<isize>,
    count: f64,
    divisor: f64,
}

impl Spread {
    #[track_caller]
    fn deviation(&self, keepdim: bool) -> Result<Tensor> {
        let root = self.centred.root_mean_square(&self.dims, keepdim)?;
        root.mul((self.count / self.divisor).sqrt())
    }

    #[track_caller]
    fn mean_of(&self, shape: &[usize]) -> Result<Tensor> {
        match self.mean.shape() == shape {
            true => Ok(self.mean.clone()),
            false => self.mean.reshape(shape),
        }
    }
}

/// Returns an error if the weights do not fit `n` observations.
#[track_caller]
fn weights(name: &str, w: &Tensor, n: usize, category: Category) -> Result<()> {
    if w.ndim() > 1 || w.numel() != n {
        return Err(Error::shape(format!(
            "cov: {name} of shape {:?} do not fit {n} observations; expected a vector of {n}",
            w.shape()
        )));
    }
    if w.dtype().category() != category {
        let wanted = match category {
            Category::Int => "integers",
            _ => "floating-point numbers",
        };
        return Err(Error::dtype(format!(
            "cov: {name} must be {wanted}, not {}",
            w.dtype()
        )));
    }
    if w.lt(0)?.any()?.item::<bool>()? {
        return Err(Error::value(format!("cov: {name} cannot be negative")));
    }
    Ok(())
}
