//! How many elements there are of each kind.

use crate::{SearchOptions, Tensor};
use rushlight_backend::{Category, DType, Error, Result};

/// The bins of a [`Tensor::histogram`].
#[derive(Clone, Copy)]
pub enum Bins<'a> {
    /// So many of equal width.
    Count(usize),
    /// Between these edges: a vector in ascending order.
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
    /// How often each integer from 0 to the largest occurs in a vector of them, at least `minlength` counts in `int64`; or the sum of its
    /// weights, in their dtype if that is `float32` or `float64`, else in `float64`. No gradient. PyTorch: `torch.bincount`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// assert_eq!(tensor!([0, 2, 2]).bincount(None, 4)?.to_vec::<i64>()?, [1, 0, 2, 0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
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
        let length = minlength.max(high.item::<i64>()? as usize + 1);
        let index = self.to(DType::I64)?;
        let ones = match weights {
            None => index.ones_like()?,
            Some(w) if matches!(w.dtype(), DType::F32 | DType::F64) => w.detach(),
            Some(w) => w.detach().to(DType::F64)?,
        };
        ones.new_zeros(length)?.index_add(0, &index, &ones)
    }

    /// How many elements lie in each of `bins` intervals of equal width between `min` and `max`, both included; between the least and the
    /// largest element if both bounds are equal. In the input's dtype; floats only. No gradient. PyTorch: `torch.histc`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let counts = tensor!([0.5, 1.0, 3.9, 7.0]).histc(4, 0.0, 4.0)?;
    /// assert_eq!(counts.to_vec::<f32>()?, [1.0, 1.0, 0.0, 1.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn histc(&self, bins: usize, min: f64, max: f64) -> Result<Tensor> {
        let x = self.flat_floats("histc")?;
        let range = (min != max).then_some((min, max));
        let (low, high) = x.bounds("histc", bins, range, 1.0)?;
        let place = x.sub(low)?.mul(bins)?.div(high - low)?;
        x.tally(bins, low, high, &place, None)
    }

    /// How many elements lie in each bin, and the edges of the bins. A bin includes its lower edge, the last one both.
    ///
    /// A number of bins divides `range`, or the range from the least to the largest element. `weight`, of the input's shape and dtype, says how
    /// much each element counts; with `density` the result is a probability density: its integral over all bins is 1.
    /// Floats only, edges of the same dtype. No gradient. PyTorch: `torch.histogram`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let (counts, edges) = tensor!([1.0, 2.0, 2.5, 3.0]).histogram(2, None, None, false)?;
    /// assert_eq!(counts.to_vec::<f32>()?, [1.0, 3.0]);
    /// assert_eq!(edges.to_vec::<f32>()?, [1.0, 2.0, 3.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn histogram<'a>(
        &self,
        bins: impl Into<Bins<'a>>,
        range: Option<(f64, f64)>,
        weight: Option<&Tensor>,
        density: bool,
    ) -> Result<(Tensor, Tensor)> {
        let x = self.flat_floats("histogram")?;
        if let Some(w) = weight
            && (w.numel() != x.numel() || w.dtype() != x.dtype())
        {
            return Err(Error::shape(format!(
                "histogram: a weight of shape {:?} and dtype {} does not fit input of shape {:?} and dtype {}",
                w.shape(),
                w.dtype(),
                self.shape(),
                self.dtype()
            )));
        }
        let weight = weight.map(|w| w.detach().reshape(-1)).transpose()?;
        let edges = match bins.into() {
            Bins::Count(n) => {
                let (low, high) = x.bounds("histogram", n, range, 0.5)?;
                Tensor::linspace(low, high, n + 1, (x.dtype(), x.device()))?
            }
            Bins::Edges(edges) => {
                if edges.ndim() != 1 || edges.numel() < 2 || edges.dtype() != x.dtype() {
                    return Err(Error::shape(format!(
                        "histogram: the edges must be a vector of at least 2 of {}, not of shape {:?} and dtype {}",
                        x.dtype(),
                        edges.shape(),
                        edges.dtype()
                    )));
                }
                edges.detach()
            }
        };
        let n = edges.numel() - 1;
        let (low, high) = (edges.select(0, 0)?, edges.select(0, -1)?);
        let right = SearchOptions {
            right: true,
            ..SearchOptions::default()
        };
        let place = edges.searchsorted(&x, right)?.sub(1)?;
        let counts = x.tally(
            n,
            low.item::<f64>()?,
            high.item::<f64>()?,
            &place,
            weight.as_ref(),
        )?;
        if !density {
            return Ok((counts, edges));
        }
        let widths = edges.diff(1, 0, None, None)?;
        Ok((counts.div(&counts.sum()?)?.div(&widths)?, edges))
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

    /// The sum of the weights (1 if none are given) of the elements at each of `bins` places; `high` belongs to the last one.
    #[track_caller]
    fn tally(
        &self,
        bins: usize,
        low: f64,
        high: f64,
        place: &Tensor,
        weight: Option<&Tensor>,
    ) -> Result<Tensor> {
        let inside = self.ge(low)?.logical_and(&self.le(high)?)?;
        let place = place.to(DType::I64)?.clamp_max(bins - 1)?;
        // What lies outside goes to one bin more.
        let index = inside.where_cond(&place, bins)?;
        let ones = match weight {
            Some(w) => w.clone(),
            None => self.ones_like()?,
        };
        self.new_zeros(bins + 1)?
            .index_add(0, &index, &ones)?
            .narrow(0, 0, bins)?
            .copy()
    }
}
