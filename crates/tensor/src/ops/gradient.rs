//! Numerical gradients from samples: `torch.gradient`.

use crate::parameters::dim_of;
use crate::{Half, Ints, Tensor};
use rushlight_backend::{DType, Error, Result};

/// The positions of the samples of a [`Tensor::gradient`].
#[derive(Clone, Copy, Debug)]
pub enum Spacing<'a> {
    /// Equal spacing, the same along every dimension.
    Equal(f64),
    /// Equal spacing, one for each dimension.
    Steps(&'a [f64]),
    /// Coordinates: a vector for each dimension.
    Coordinates(&'a [&'a Tensor]),
}

impl Tensor {
    /// The slope of the samples along each of some dimensions, all if none is given: a tensor of the input's shape for each.
    ///
    /// At inner samples it is the second-order estimate from both neighbours, `(xᵢ₊₁ - xᵢ₋₁) / 2h` at equal distances; at the ends it is that of
    /// a line (`edge_order` 1) or a parabola (2) through the last samples. Integers give `float32`. PyTorch: `torch.gradient`.
    ///
    /// ```
    /// # use rushlight::{Spacing, tensor};
    /// let slopes = tensor!([1.0, 4.0, 9.0, 16.0]).gradient(Spacing::Equal(1.0), (), 1)?;
    /// assert_eq!(slopes[0].to_vec::<f32>()?, [3.0, 4.0, 6.0, 7.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is `bool` or `uint8`, `edge_order` is neither 1 nor 2, a dimension is out of range, appears twice or has too few samples, or
    /// the spacing does not fit.
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
        if let Some(half) = Half::among([self]) {
            let (vectors, wide): (Vec<Tensor>, Vec<&Tensor>);
            let spacing = match spacing {
                Spacing::Coordinates(given) => {
                    vectors = half.widen_all(given)?;
                    wide = vectors.iter().collect();
                    Spacing::Coordinates(&wide)
                }
                other => other,
            };
            let slopes = half.widen(self)?.gradient(spacing, dims, edge_order)?;
            return slopes.into_iter().map(|t| half.round(t)).collect();
        }
        let mut slopes = Vec::with_capacity(dims.len());
        for (i, &d) in dims.iter().enumerate() {
            slopes.push(match spacing {
                Spacing::Equal(h) => self.even_slope(d, h, edge_order)?,
                Spacing::Steps(steps) => self.even_slope(d, steps[i], edge_order)?,
                Spacing::Coordinates(vectors) => {
                    let gaps = self.gaps(d, vectors[i])?;
                    let inner = self.inner_slope(d as isize, &gaps)?;
                    self.slope(d as isize, &gaps, inner, edge_order)?
                }
            });
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

    /// The slope along one dimension of samples at distance `h`.
    #[track_caller]
    fn even_slope(&self, d: usize, h: f64, edge_order: usize) -> Result<Tensor> {
        let (n, dim) = (self.shape()[d], d as isize);
        let dtype = if self.dtype().is_float() {
            self.dtype()
        } else {
            DType::F32
        };
        let mut shape = vec![1; self.ndim()];
        shape[d] = n - 1;
        let gaps = Tensor::full((), h, (dtype, self.device()))?.expand(shape)?;
        let (before, after) = (self.narrow(dim, 0, n - 2)?, self.narrow(dim, 2, n - 2)?);
        self.slope(dim, &gaps, after.sub(&before)?.div(2.0 * h)?, edge_order)
    }

    /// The distances of neighbouring samples along a dimension, in a shape that broadcasts.
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

    /// The slopes at inner samples: those of both sides, each weighted with the distance on the other side.
    #[track_caller]
    fn inner_slope(&self, dim: isize, gaps: &Tensor) -> Result<Tensor> {
        let n = self.size(dim)?;
        let slopes = self.diff(1, dim, None, None)?.div(gaps)?;
        let (before, after) = (gaps.narrow(dim, 0, n - 2)?, gaps.narrow(dim, 1, n - 2)?);
        let left = slopes.narrow(dim, 0, n - 2)?.mul(&after)?;
        let right = slopes.narrow(dim, 1, n - 2)?.mul(&before)?;
        left.add(&right)?.div(&before.add(&after)?)
    }

    /// The slope along one dimension: `inner`, and at the ends estimates from the first and last samples, which are `gaps` apart.
    #[track_caller]
    fn slope(&self, dim: isize, gaps: &Tensor, inner: Tensor, edge_order: usize) -> Result<Tensor> {
        let n = self.size(dim)?;
        let at = |i: usize| self.narrow(dim, i, 1);
        let gap = |i: usize| gaps.narrow(dim, i, 1);
        let secant = |i: usize| at(i + 1)?.sub(&at(i)?)?.div(&gap(i)?);
        // The slope of a parabola at the first of three samples: the first difference quotient, extrapolated with the second one.
        let bend = |i: usize| {
            let change = secant(i + 1)?.sub(&secant(i)?)?;
            change.div(&gap(i)?.add(&gap(i + 1)?)?)
        };
        let (first, last) = match edge_order {
            1 => (secant(0)?, secant(n - 2)?),
            _ => (
                secant(0)?.sub(&bend(0)?.mul(&gap(0)?)?)?,
                secant(n - 2)?.add(&bend(n - 3)?.mul(&gap(n - 2)?)?)?,
            ),
        };
        Tensor::cat(&[&first, &inner, &last], dim)
    }
}
