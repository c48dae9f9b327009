//! Differences of neighbours, slopes and areas from samples.

use crate::parameters::dim_of;
use crate::{Ints, Operand, Tensor};
use rushlight_backend::{DType, Error, Result};

/// Where the samples of a [`Tensor::gradient`] lie.
#[derive(Clone, Copy, Debug)]
pub enum Spacing<'a> {
    /// At this distance from each other, along every dimension.
    Equal(f64),
    /// At these distances, one for each dimension.
    Steps(&'a [f64]),
    /// At these coordinates, a vector for each dimension.
    Coordinates(&'a [&'a Tensor]),
}

impl Tensor {
    /// The differences of neighbours along a dimension, `n` times over: `yᵢ = xᵢ₊₁ - xᵢ`; of booleans whether they differ.
    /// `prepend` and `append` are joined to the input first. PyTorch: `torch.diff`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// assert_eq!(tensor!([1, 4, 9, 16]).diff(2, 0, None, None)?.to_vec::<i64>()?, [2, 2]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
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
                    "diff: {name} of shape {:?} cannot be joined to shape {:?} along dimension {dim}",
                    t.shape(),
                    self.shape()
                )));
            }
        }
        if n == 0 {
            return self.copy();
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

    /// The slope of the samples along each of some dimensions, all if none is given: a tensor of the input's shape for each.
    ///
    /// Inside it is the second-order estimate from both neighbours, `(xᵢ₊₁ - xᵢ₋₁) / 2h` at equal distances; at the ends it is that of a
    /// line (`edge_order` 1) or a parabola (2) through the last samples. Integers give `float32`. PyTorch: `torch.gradient`.
    ///
    /// ```
    /// # use rushlight_tensor::{Spacing, tensor};
    /// let slopes = tensor!([1.0, 4.0, 9.0, 16.0]).gradient(Spacing::Equal(1.0), (), 1)?;
    /// assert_eq!(slopes[0].to_vec::<f32>()?, [3.0, 4.0, 6.0, 7.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn gradient(
        &self,
        spacing: Spacing<'_>,
        dims: impl Into<Ints>,
        edge_order: usize,
    ) -> Result<Vec<Tensor>> {
        let dims = self.sampled(dims.into(), edge_order)?;
        let given = match spacing {
            Spacing::Equal(_) => dims.len(),
            Spacing::Steps(steps) => steps.len(),
            Spacing::Coordinates(vectors) => vectors.len(),
        };
        if given != dims.len() {
            return Err(Error::value(format!(
                "gradient: a spacing for each of {} dimensions is needed, {given} are given",
                dims.len()
            )));
        }
        let mut slopes = Vec::with_capacity(dims.len());
        for (i, &d) in dims.iter().enumerate() {
            let gaps = match spacing {
                Spacing::Equal(h) => self.equal_gaps(d, h)?,
                Spacing::Steps(steps) => self.equal_gaps(d, steps[i])?,
                Spacing::Coordinates(vectors) => self.gaps(d, vectors[i])?,
            };
            slopes.push(self.slope(d as isize, &gaps, edge_order)?);
        }
        Ok(slopes)
    }

    /// The dimensions of a gradient.
    #[track_caller]
    fn sampled(&self, dims: Ints, edge_order: usize) -> Result<Vec<usize>> {
        if matches!(self.dtype(), DType::U8 | DType::Bool) {
            return Err(Error::dtype(format!(
                "gradient: not defined for {}, which has no negative numbers",
                self.dtype()
            )));
        }
        if !matches!(edge_order, 1 | 2) {
            return Err(Error::value(format!(
                "gradient: edge_order must be 1 or 2, not {edge_order}"
            )));
        }
        let mut list = Vec::new();
        for &dim in dims.as_slice() {
            let d = dim_of("gradient", dim, self.ndim())?;
            if list.contains(&d) {
                return Err(Error::value(format!(
                    "gradient: dimension {dim} appears more than once in {:?}",
                    dims.as_slice()
                )));
            }
            list.push(d);
        }
        if list.is_empty() {
            list.extend(0..self.ndim());
        }
        match list
            .iter()
            .find(|&&d| self.shape().get(d).is_none_or(|&n| n <= edge_order))
        {
            None => Ok(list),
            Some(d) => Err(Error::shape(format!(
                "gradient: edge_order {edge_order} needs at least {} samples, dimension {d} of shape {:?} has fewer",
                edge_order + 1,
                self.shape()
            ))),
        }
    }

    /// The distances of neighbours along a dimension, in a shape that broadcasts.
    #[track_caller]
    fn equal_gaps(&self, d: usize, h: f64) -> Result<Tensor> {
        let dtype = if self.dtype().is_float() {
            self.dtype()
        } else {
            DType::F32
        };
        let mut shape = vec![1; self.ndim()];
        shape[d] = self.shape()[d] - 1;
        Tensor::full((), h, (dtype, self.device()))?.expand(shape)
    }

    #[track_caller]
    fn gaps(&self, d: usize, coordinates: &Tensor) -> Result<Tensor> {
        if coordinates.shape() != [self.shape()[d]] {
            return Err(Error::shape(format!(
                "gradient: coordinates of shape {:?} for the {} samples along dimension {d}; expected a vector of as many",
                coordinates.shape(),
                self.shape()[d]
            )));
        }
        let mut shape = vec![1; self.ndim()];
        shape[d] = self.shape()[d] - 1;
        coordinates.diff(1, 0, None, None)?.reshape(shape)
    }

    /// The slope along one dimension, of samples `gaps` apart.
    #[track_caller]
    fn slope(&self, dim: isize, gaps: &Tensor, edge_order: usize) -> Result<Tensor> {
        let n = self.size(dim)?;
        let at = |i: usize| self.narrow(dim, i, 1);
        let gap = |i: usize| gaps.narrow(dim, i, 1);
        let line = |i: usize| at(i + 1)?.sub(&at(i)?)?.div(&gap(i)?);
        // The slope of a parabola through three samples at its ends is that of one side, led on by the change from one side to the other.
        let bend = |i: usize| {
            let change = line(i + 1)?.sub(&line(i)?)?;
            change.div(&gap(i)?.add(&gap(i + 1)?)?)
        };
        let (first, last) = match edge_order {
            1 => (line(0)?, line(n - 2)?),
            _ => (
                line(0)?.sub(&bend(0)?.mul(&gap(0)?)?)?,
                line(n - 2)?.add(&bend(n - 3)?.mul(&gap(n - 2)?)?)?,
            ),
        };
        if n == 2 {
            return Tensor::cat(&[&first, &last], dim);
        }
        // The slopes of both sides, each weighted with the other's length.
        let lines = self.diff(1, dim, None, None)?.div(gaps)?;
        let (before, after) = (gaps.narrow(dim, 0, n - 2)?, gaps.narrow(dim, 1, n - 2)?);
        let left = lines.narrow(dim, 0, n - 2)?.mul(&after)?;
        let right = lines.narrow(dim, 1, n - 2)?.mul(&before)?;
        let inner = left.add(&right)?.div(&before.add(&after)?)?;
        Tensor::cat(&[&first, &inner, &last], dim)
    }

    /// The area under samples along a dimension, by trapezoids: `Σ (yᵢ + yᵢ₊₁) hᵢ / 2`.
    ///
    /// `x` is a number, the distance of the samples, or a tensor of their coordinates: a vector, or a tensor that broadcasts. Integers
    /// give `float32`. PyTorch: `torch.trapezoid`, `torch.trapz`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let y = tensor!([1.0, 5.0, 10.0]);
    /// assert_eq!(y.trapezoid(1, -1)?.item::<f32>()?, 10.5);
    /// assert_eq!(y.trapezoid(&tensor!([1.0, 3.0, 6.0]), -1)?.item::<f32>()?, 28.5);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn trapezoid<'a>(&self, x: impl Into<Operand<'a>>, dim: isize) -> Result<Tensor> {
        let (areas, dim) = self.trapezoids("trapezoid", x.into(), dim)?;
        areas.sum_dim(dim, false)
    }

    /// [`Tensor::trapezoid`] up to each sample after the first. PyTorch: `torch.cumulative_trapezoid`.
    #[track_caller]
    pub fn cumulative_trapezoid<'a>(
        &self,
        x: impl Into<Operand<'a>>,
        dim: isize,
    ) -> Result<Tensor> {
        let (areas, dim) = self.trapezoids("cumulative_trapezoid", x.into(), dim)?;
        areas.cumsum(dim)
    }

    /// The areas between neighbours along a dimension, and which it is in them, counted from the end.
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
        let gaps = match x {
            Operand::Number(h) => Err(h.to_f64()),
            Operand::Tensor(x) => {
                let x = match x.ndim() {
                    1 => {
                        let mut shape = vec![1; self.ndim() - d];
                        shape[0] = x.numel();
                        x.reshape(shape)?
                    }
                    _ => x.clone(),
                };
                // Coordinates that broadcast have the samples' size along the dimension itself.
                if x.ndim() < self.ndim() - d || x.size(back)? != n {
                    return Err(Error::shape(format!(
                        "{name}: coordinates of shape {:?} for samples of shape {:?}; one for each of the {n} samples along dimension {dim} is needed",
                        x.shape(),
                        self.shape()
                    )));
                }
                Ok(x.diff(1, back, None, None)?)
            }
        };
        let between = n.saturating_sub(1);
        let pairs =
            self.narrow(dim, 0, between)?
                .add(&self.narrow(dim, n - between, between)?)?;
        let areas = match gaps {
            Err(h) => pairs.mul(h / 2.0)?,
            Ok(gaps) => pairs.mul(&gaps)?.div(2.0)?,
        };
        Ok((areas, back))
    }
}
