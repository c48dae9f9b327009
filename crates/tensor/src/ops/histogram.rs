//! Histograms and counts of elements.

use crate::{SearchOptions, Tensor};
use rushlight_backend::{Category, DType, Error, MAX_RANK, Result};

/// The bins of a [`Tensor::histogram`].
#[derive(Clone, Copy)]
pub enum Bins<'a> {
    /// A number of bins of equal width.
    Count(usize),
    /// The edges of the bins: a vector in ascending order.
    Edges(&'a Tensor),
}

impl From<usize> for Bins<'_> {
    fn from(n: usize) -> Self {
        Bins::Count(n)
    }
}

impl<'a> From<&'a Tensor> for Bins<'a> {
    fn from(edges: &'a Tensor) -> Self {
        Bins::Edges(edges)
    }
}

impl Tensor {
    /// The number of occurrences of each integer from 0 to the largest in a vector, at least `minlength` counts in `int64`; or the sum of its
    /// weights, in their dtype if that is `float32` or `float64`, else in `float64`. No gradient. PyTorch: `torch.bincount`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([0, 2, 2]).bincount(None, 4)?.to_vec::<i64>()?, [1, 0, 2, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is not a vector of non-negative integers, or `weights` does not have its shape.
    #[track_caller]
    pub fn bincount(&self, weights: Option<&Tensor>, minlength: usize) -> Result<Tensor> {
        if self.ndim() != 1 {
            return Err(Error::shape(format!(
                "bincount: expected a vector, got shape {:?}",
                self.shape()
            )));
        }
        if self.dtype().category() != Category::Int {
            return Err(Error::dtype(format!(
                "bincount: defined for integers, not for {}",
                self.dtype()
            )));
        }
        if let Some(w) = weights
            && w.shape() != self.shape()
        {
            return Err(Error::shape(format!(
                "bincount: weights of shape {:?} do not fit input of shape {:?}",
                w.shape(),
                self.shape()
            )));
        }
        if self.numel() == 0 {
            return Tensor::zeros(minlength, (DType::I64, self.device()));
        }
        let (low, high) = self.aminmax()?;
        if low.item::<i64>()? < 0 {
            return Err(Error::value(format!(
                "bincount: the integers cannot be negative, the least is {}",
                low.item::<i64>()?
            )));
        }
        let largest = high.item::<i64>()?;
        // Not negative, by the check above.
        let length = minlength.max(largest.unsigned_abs() as usize + 1);
        let index = self.to(DType::I64)?;
        let ones = match weights {
            None => index.ones_like()?,
            Some(w) if matches!(w.dtype(), DType::F32 | DType::F64) => w.detach(),
            Some(w) => w.detach().to(DType::F64)?,
        };
        ones.new_zeros(length)?.index_add(0, &index, &ones)
    }

    /// Counts the elements in each of `bins` intervals of equal width between `min` and `max`, both included; between the least and the
    /// largest element if both bounds are equal. In the input's dtype; floats only. No gradient. PyTorch: `torch.histc`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let counts = tensor!([0.5, 1.0, 3.9, 7.0]).histc(4, 0.0, 4.0)?;
    /// assert_eq!(counts.to_vec::<f32>()?, [1.0, 1.0, 0.0, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point, `bins` is 0, or the range is not finite or its end precedes its start.
    #[track_caller]
    pub fn histc(&self, bins: usize, min: f64, max: f64) -> Result<Tensor> {
        let x = self.flat_floats("histc")?;
        let x = x.to(x.dtype().compute())?;
        let range = (min != max).then_some((min, max));
        let (low, high) = x.bounds("histc", bins, range, 1.0)?;
        countable("histc", &[bins])?;
        // Large numbers are scaled by a power of two, which is exact, because their difference, or `bins` times that, may be infinite.
        let largest = x.dtype().largest_finite() / 4.0 / bins as f64;
        let (part, x_part) = match low.abs().max(high.abs()) > largest {
            true => (2f64.powi(-66), x.mul(2f64.powi(-66))?),
            false => (1.0, x.clone()),
        };
        let (low_part, high_part) = (low * part, high * part);
        let bin = x_part.sub(low_part)?.mul(bins)?.div(high_part - low_part)?;
        let bin = bin.to(DType::I64)?.clamp_max(bins - 1)?;
        let inside = x.ge(low)?.logical_and(&x.le(high)?)?;
        tally(bins, &bin, &inside, &x.ones_like()?)?.to(self.dtype())
    }

    /// The number of elements in each bin, and the edges of the bins. A bin includes its lower edge, the last one both.
    ///
    /// A number of bins divides `range`, or the range from the least to the largest element. `weight`, of the input's shape and dtype, is the
    /// weight of each element; with `density` the result is a probability density: its integral over all bins is 1.
    /// Floats only, edges of the same dtype. No gradient. PyTorch: `torch.histogram`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (counts, edges) = tensor!([1.0, 2.0, 2.5, 3.0]).histogram(2, None, None, false)?;
    /// assert_eq!(counts.to_vec::<f32>()?, [1.0, 3.0]);
    /// assert_eq!(edges.to_vec::<f32>()?, [1.0, 2.0, 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point, `weight` or the edges do not fit the input, there is no bin, or the range is not finite or its end
    /// precedes its start.
    #[track_caller]
    pub fn histogram<'a>(
        &self,
        bins: impl Into<Bins<'a>>,
        range: Option<(f64, f64)>,
        weight: Option<&Tensor>,
        density: bool,
    ) -> Result<(Tensor, Tensor)> {
        let x = self.flat_floats("histogram")?;
        let weight = self.weights("histogram", weight, x.numel())?;
        let ranges = range.map(|range| [range]);
        let ranges = ranges.as_ref().map(<[_; 1]>::as_slice);
        let (counts, mut edges) = binned(&[x], &[bins.into()], ranges, &weight, density)?;
        Ok((counts, edges.remove(0)))
    }

    /// [`Tensor::histogram`] of points, whose coordinates are along the last dimension: the number of points in each cell of a grid, and the
    /// edges along each of its dimensions. Bins and ranges are given for each coordinate, a weight for each point.
    /// PyTorch: `torch.histogramdd`.
    ///
    /// ```
    /// # use rushlight::{Bins, tensor};
    /// let points = tensor!([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]);
    /// let (counts, edges) = points.histogramdd(&[Bins::Count(2), Bins::Count(2)], None, None, false)?;
    /// assert_eq!(counts.to_vec2::<f32>()?, [[0.0, 1.0], [1.0, 1.0]]);
    /// assert_eq!(edges[0].to_vec::<f32>()?, [0.0, 1.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::histogram`], and if the tensor is a scalar or bins or ranges are not given for each coordinate.
    #[track_caller]
    pub fn histogramdd(
        &self,
        bins: &[Bins<'_>],
        ranges: Option<&[(f64, f64)]>,
        weight: Option<&Tensor>,
        density: bool,
    ) -> Result<(Tensor, Vec<Tensor>)> {
        let Some(&n) = self.shape().last() else {
            return Err(Error::shape("histogramdd: a scalar is not a point"));
        };
        if n != bins.len() || ranges.is_some_and(|r| r.len() != n) || !(1..=MAX_RANK).contains(&n) {
            return Err(Error::value(format!(
                "histogramdd: bins, and ranges if any, for each of the {n} coordinates (1 to {MAX_RANK}) are needed, {} and {:?} are given",
                bins.len(),
                ranges.map(<[_]>::len)
            )));
        }
        let x = self.flat_floats("histogramdd")?.reshape([-1, n as isize])?;
        let weight = self.weights("histogramdd", weight, x.shape()[0])?;
        binned(&x.unbind(1)?, bins, ranges, &weight, density)
    }

    /// The weights of `n` points in a vector: 1 if none are given.
    #[track_caller]
    fn weights(&self, name: &str, weight: Option<&Tensor>, n: usize) -> Result<Tensor> {
        let Some(w) = weight else {
            return self.new_ones(n);
        };
        if w.numel() != n || w.dtype() != self.dtype() {
            return Err(Error::shape(format!(
                "{name}: a weight of shape {:?} and dtype {} does not fit input of shape {:?} and dtype {}",
                w.shape(),
                w.dtype(),
                self.shape(),
                self.dtype()
            )));
        }
        w.detach().reshape(-1)
    }

    /// The edges of bins for the elements of this vector.
    #[track_caller]
    fn edges(&self, name: &str, bins: Bins<'_>, range: Option<(f64, f64)>) -> Result<Tensor> {
        match bins {
            Bins::Count(n) => {
                let (low, high) = self.bounds(name, n, range, 0.5)?;
                countable(name, &[n])?;
                Tensor::linspace(low, high, n + 1, (self.dtype(), self.device()))
            }
            Bins::Edges(edges)
                if edges.ndim() == 1 && edges.numel() >= 2 && edges.dtype() == self.dtype() =>
            {
                Ok(edges.detach())
            }
            Bins::Edges(edges) => Err(Error::shape(format!(
                "{name}: the edges must be a vector of at least 2 of {}, not of shape {:?} and dtype {}",
                self.dtype(),
                edges.shape(),
                edges.dtype()
            ))),
        }
    }

    #[track_caller]
    fn flat_floats(&self, name: &str) -> Result<Tensor> {
        if !self.dtype().is_float() {
            return Err(Error::dtype(format!(
                "{name}: defined for floating-point numbers, not for {}",
                self.dtype()
            )));
        }
        self.detach().reshape(-1)
    }

    /// The range to divide: the given one or the data's own, widened by `margin` on both sides where it is empty.
    #[track_caller]
    fn bounds(
        &self,
        name: &str,
        bins: usize,
        range: Option<(f64, f64)>,
        margin: f64,
    ) -> Result<(f64, f64)> {
        if bins == 0 {
            return Err(Error::value(format!("{name}: bins must be positive")));
        }
        let (low, high) = match range {
            Some(range) => range,
            None if self.numel() == 0 => (0.0, 1.0),
            None => {
                let (least, largest) = self.aminmax()?;
                (least.item()?, largest.item()?)
            }
        };
        if !low.is_finite() || !high.is_finite() {
            return Err(Error::value(format!(
                "{name}: the range from {low} to {high} is not finite"
            )));
        }
        if low > high {
            return Err(Error::value(format!(
                "{name}: the range starts at {low}, above its end {high}"
            )));
        }
        if low == high {
            return Ok((low - margin, high + margin));
        }
        Ok((low, high))
    }
}

/// A histogram of points whose coordinates are vectors.
#[track_caller]
fn binned(
    coordinates: &[Tensor],
    bins: &[Bins<'_>],
    ranges: Option<&[(f64, f64)]>,
    weight: &Tensor,
    density: bool,
) -> Result<(Tensor, Vec<Tensor>)> {
    let name = match coordinates {
        [_] => "histogram",
        _ => "histogramdd",
    };
    let right = SearchOptions {
        right: true,
        ..SearchOptions::default()
    };
    let mut cell = Tensor::zeros(weight.shape(), (DType::I64, weight.device()))?;
    let mut inside = cell.eq(0)?;
    let (mut edges, mut sizes) = (Vec::new(), Vec::new());
    for (i, x) in coordinates.iter().enumerate() {
        let e = x.edges(name, bins[i], ranges.map(|r| r[i]))?;
        let n = e.numel() - 1;
        let within = x
            .ge(&e.select(0, 0)?)?
            .logical_and(&x.le(&e.select(0, -1)?)?)?;
        inside = inside.logical_and(&within)?;
        let bin = e.searchsorted(x, right)?.sub(1)?.clamp_max(n - 1)?;
        cell = cell.mul(n)?.add(&bin)?;
        edges.push(e);
        sizes.push(n);
        countable(name, &sizes)?;
    }
    // Sums of halves are rounded once, at the end.
    let (dtype, compute) = (weight.dtype(), weight.dtype().compute());
    let weight = weight.to(compute)?;
    let mut counts = tally(sizes.iter().product(), &cell, &inside, &weight)?.reshape(&sizes)?;
    if density {
        counts = counts.div(&counts.sum()?)?;
        for (i, e) in edges.iter().enumerate() {
            let mut along = vec![1; sizes.len()];
            along[i] = sizes[i];
            let widths = e.to(compute)?.diff(1, 0, None, None)?;
            counts = counts.div(&widths.reshape(along)?)?;
        }
    }
    Ok((counts.to(dtype)?, edges))
}

/// Checks that a histogram can have this many bins, plus one for the elements outside of all bins.
#[track_caller]
fn countable(name: &str, bins: &[usize]) -> Result<()> {
    let count = bins.iter().try_fold(1, |n: usize, &b| n.checked_mul(b));
    match count {
        Some(count) if count < isize::MAX as usize => Ok(()),
        _ => Err(Error::value(format!(
            "{name}: {bins:?} bins are more than can be counted"
        ))),
    }
}

/// The sum of the weights in each of `n` bins. Elements outside of all bins are summed in an extra bin, which is dropped.
#[track_caller]
fn tally(n: usize, bin: &Tensor, inside: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let index = inside.where_cond(bin, n)?;
    let sums = weight.new_zeros(n + 1)?.index_add(0, &index, weight)?;
    sums.narrow(0, 0, n)?.copy()
}
