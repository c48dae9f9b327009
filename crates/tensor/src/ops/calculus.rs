//! Finite differences and integrals by the trapezoidal rule.

use crate::parameters::dim_of;
use crate::{Half, Operand, Tensor};
use rushlight_backend::{DType, Error, Result};

impl Tensor {
    /// The `n`-th differences of neighbouring elements along a dimension, `yᵢ = xᵢ₊₁ - xᵢ` taken `n` times: size `s` becomes `s - n`, at least 0.
    /// Of booleans, whether the neighbours differ. `prepend` and `append` are concatenated with the input along `dim` first. PyTorch:
    /// `torch.diff`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 4, 9, 16]).diff(2, 0, None, None)?.to_vec::<i64>()?, [2, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is a scalar, the dimension is out of range, or `prepend` or `append` cannot be concatenated with it.
    #[track_caller]
    pub fn diff(
        &self,
        n: usize,
        dim: isize,
        prepend: Option<&Tensor>,
        append: Option<&Tensor>,
    ) -> Result<Tensor> {
        let d = dim_of("diff", dim, self.ndim())?;
        if self.ndim() == 0 {
            return Err(Error::shape("diff: a scalar has no neighbours"));
        }
        for (name, t) in [("prepend", prepend), ("append", append)] {
            let Some(t) = t else { continue };
            let fits = t.ndim() == self.ndim()
                && (0..self.ndim()).all(|i| i == d || t.shape()[i] == self.shape()[i]);
            if !fits {
                return Err(Error::shape(format!(
                    "diff: {name} of shape {:?} cannot be concatenated with shape {:?} along dimension {dim}",
                    t.shape(),
                    self.shape()
                )));
            }
        }
        if n == 0 {
            return self.copy();
        }
        if let Some(half) = Half::among([prepend, Some(self), append]).filter(|_| n > 1) {
            let (prepend, append) = (half.widen_option(prepend)?, half.widen_option(append)?);
            let x = half.widen(self)?;
            return half.round(x.diff(n, dim, prepend.as_ref(), append.as_ref())?);
        }
        let parts: Vec<&Tensor> = [prepend, Some(self), append]
            .into_iter()
            .flatten()
            .collect();
        let mut x = match parts[..] {
            [x] => x.clone(),
            _ => Tensor::cat(&parts, dim)?,
        };
        let size = x.shape()[d];
        if n >= size {
            return x.narrow(dim, 0, 0)?.copy();
        }
        for left in (size - n..size).rev() {
            let (after, before) = (x.narrow(dim, 1, left)?, x.narrow(dim, 0, left)?);
            x = if x.dtype() == DType::Bool {
                after.ne(&before)?
            } else {
                after.sub(&before)?
            };
        }
        Ok(x)
    }

    /// The integral of samples along a dimension by the trapezoidal rule, `Σ (yᵢ + yᵢ₊₁) hᵢ / 2`; the dimension is removed.
    ///
    /// `x` is the distance between the samples, a number, or a tensor of their coordinates: a vector, or a tensor that broadcasts with the
    /// samples. Floats keep their dtype, integers give `float32`. PyTorch: `torch.trapezoid`, `torch.trapz`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([1.0, 5.0, 10.0]);
    /// assert_eq!(y.trapezoid(1, -1)?.item::<f32>()?, 10.5);
    /// assert_eq!(y.trapezoid(&tensor!([1.0, 3.0, 6.0]), -1)?.item::<f32>()?, 28.5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is a scalar or `bool`, the dimension is out of range, or there is not one coordinate for each sample.
    #[track_caller]
    pub fn trapezoid<'a>(&self, x: impl Into<Operand<'a>>, dim: isize) -> Result<Tensor> {
        let x = x.into();
        if let Some(half) = Half::among([Some(self), x.tensor()]) {
            let y = half.widen(self)?;
            return half.round(y.trapezoid(&half.widen_operand(x)?, dim)?);
        }
        let (areas, dim) = self.trapezoids("trapezoid", x, dim)?;
        areas.sum_dim(dim, false)
    }

    /// The integrals of [`Tensor::trapezoid`] from the first sample to each of the others: size `n` of the dimension becomes `n - 1`. PyTorch:
    /// `torch.cumulative_trapezoid`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([1.0, 5.0, 10.0]);
    /// assert_eq!(y.cumulative_trapezoid(1, -1)?.to_vec::<f32>()?, [3.0, 10.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::trapezoid`].
    #[track_caller]
    pub fn cumulative_trapezoid<'a>(
        &self,
        x: impl Into<Operand<'a>>,
        dim: isize,
    ) -> Result<Tensor> {
        let x = x.into();
        if let Some(half) = Half::among([Some(self), x.tensor()]) {
            let y = half.widen(self)?;
            return half.round(y.cumulative_trapezoid(&half.widen_operand(x)?, dim)?);
        }
        let (areas, dim) = self.trapezoids("cumulative_trapezoid", x, dim)?;
        areas.cumsum(dim)
    }

    /// The integrals between neighbouring samples along a dimension, and that dimension, counted from the end.
    #[track_caller]
    fn trapezoids(&self, name: &str, x: Operand<'_>, dim: isize) -> Result<(Tensor, isize)> {
        if self.dtype() == DType::Bool {
            return Err(Error::dtype(format!("{name}: not defined for bool")));
        }
        let d = dim_of(name, dim, self.ndim())?;
        let Some(&n) = self.shape().get(d) else {
            return Err(Error::shape(format!("{name}: a scalar has no area")));
        };
        let back = d as isize - self.ndim() as isize;
        let (gaps, half) = match x {
            Operand::Number(h) => (None, h.to_f64() / 2.0),
            Operand::Tensor(x) => (Some(self.sample_gaps(name, x, d)?), 0.5),
        };
        let between = n.saturating_sub(1);
        let sums_of = |y: &Tensor| {
            y.narrow(dim, 0, between)?
                .add(&y.narrow(dim, n - between, between)?)
        };
        // Half of each float first, since the sum of two may be infinite; integers are summed exactly.
        let heights = match self.dtype().is_float() {
            true => sums_of(&self.mul(half)?)?,
            false => sums_of(self)?.mul(half)?,
        };
        let areas = match gaps {
            None => heights,
            Some(gaps) => heights.mul(&gaps)?,
        };
        Ok((areas, back))
    }

    /// The distances of samples along dimension `d` from their coordinates.
    #[track_caller]
    fn sample_gaps(&self, name: &str, coordinates: &Tensor, d: usize) -> Result<Tensor> {
        let (n, behind) = (self.shape()[d], self.ndim() - d);
        let mut x = coordinates.clone();
        if x.ndim() == 1 {
            let mut shape = vec![1; behind];
            shape[0] = x.numel();
            x = x.reshape(shape)?;
        }
        // Coordinates that broadcast have the samples' size along the dimension itself.
        let dim = -(behind as isize);
        if x.ndim() > self.ndim() || x.ndim() < behind || x.size(dim)? != n {
            return Err(Error::shape(format!(
                "{name}: coordinates of shape {:?} for samples of shape {:?}; one for each of the {n} samples along dimension {d} is needed",
                coordinates.shape(),
                self.shape()
            )));
        }
        x.diff(1, dim, None, None)
    }
}
