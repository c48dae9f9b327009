//! Medians, quantiles and modes: elements selected by rank or by frequency.

use crate::parameters::dim_of;
use crate::{Operand, Tensor, is_grad_enabled};
use rushlight_backend::{DType, Error, Result};

/// The value of a quantile that falls between two elements `a` and `b`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum QuantileInterpolation {
    /// `a + (b - a) t` with the fraction `t` of the rank.
    #[default]
    Linear,
    /// `a`.
    Lower,
    /// `b`.
    Higher,
    /// `(a + b) / 2`.
    Midpoint,
    /// The nearer of `a` and `b`; halfway the one of even rank.
    Nearest,
}

impl Tensor {
    /// The median of all elements: `[*] → []`; of an even number, the lower one of the two in the middle. NaN if any element is NaN or there is
    /// none. Its gradient is shared evenly among equal elements. Any dtype but `bool`. PyTorch: `torch.median`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([3, 1, 4, 2]).median()?.item::<i64>()?, 2);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is `bool`, or there are no elements and the dtype is not floating-point.
    #[track_caller]
    pub fn median(&self) -> Result<Tensor> {
        self.middle_of_all(false)
    }

    /// The median of all elements that are not NaN: `[*] → []`; of an even number, the lower one of the two in the middle. NaN if there is none.
    /// PyTorch: `torch.nanmedian`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([3.0, f32::NAN, 1.0]).nanmedian()?.item::<f32>()?, 1.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::median`].
    #[track_caller]
    pub fn nanmedian(&self) -> Result<Tensor> {
        self.middle_of_all(true)
    }

    /// The medians along a dimension, and their positions in it in `int64`; of an even number, the lower one of the two in the middle. NaN where
    /// any element is NaN. The dimension is removed, or with `keepdim` has size 1. PyTorch: `torch.median(dim, keepdim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([[3, 1, 2], [6, 5, 4]]).median_dim(1, false)?;
    /// assert_eq!(values.to_vec::<i64>()?, [2, 5]);
    /// assert_eq!(indices.to_vec::<i64>()?, [2, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or empty, or the dtype is `bool`.
    #[track_caller]
    pub fn median_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.middle(dim, keepdim, false)
    }

    /// [`Tensor::median_dim`] of the elements that are not NaN; NaN where there is none. PyTorch: `torch.nanmedian(dim, keepdim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[3.0, f32::NAN, 1.0]]);
    /// let (values, indices) = x.nanmedian_dim(1, false)?;
    /// assert_eq!((values.item::<f32>()?, indices.item::<i64>()?), (1.0, 2));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::median_dim`].
    #[track_caller]
    pub fn nanmedian_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.middle(dim, keepdim, true)
    }

    #[track_caller]
    fn middle_of_all(&self, skip_nan: bool) -> Result<Tensor> {
        let flat = self.reshape(-1)?;
        if self.numel() == 0 && self.dtype().is_float() {
            return Tensor::full((), f64::NAN, (self.dtype(), self.device()));
        }
        let value = flat.detach().middle(0, false, skip_nan)?.0;
        if !(is_grad_enabled() && self.may_have_meta()) {
            return Ok(value);
        }
        // The maximum of the elements equal to the median is the median, and its gradient is shared among them.
        let both_nan = flat.isnan()?.logical_and(&value.isnan()?)?;
        flat.masked_select(&flat.eq(&value)?.logical_or(&both_nan)?)?
            .max()
    }

    #[track_caller]
    fn middle(&self, dim: isize, keepdim: bool, skip_nan: bool) -> Result<(Tensor, Tensor)> {
        let name = if skip_nan { "nanmedian" } else { "median" };
        let Some(n) = self.entries(name, dim)? else {
            return self.itself();
        };
        // NaN sorts last: the element of rank (count - 1) / 2 is the middle of the others.
        let index = if skip_nan && self.dtype().is_float() {
            let order = self.argsort(dim, false)?;
            let count = self.isnan()?.logical_not()?.sum_dim(dim, true)?;
            let rank = count.sub(1)?.clamp_min(0)?.floor_divide(2)?;
            order.gather(dim, &rank)?
        } else {
            let middle = (n - 1) / 2;
            let middle = self.ranks(dim, false, middle..middle + 1)?;
            if self.dtype().is_float() {
                // Where there is a NaN, the first one is the median; it counts as the maximum.
                let x = self.detach();
                let top = x.argmax_dim(dim, true)?;
                x.gather(dim, &top)?.isnan()?.where_cond(&top, &middle)?
            } else {
                middle
            }
        };
        self.found(dim, keepdim, index)
    }

    /// The most frequent element along a dimension, the smallest of several, and the position in `int64` of its last occurrence. NaN equals
    /// nothing. The dimension is removed, or with `keepdim` has size 1. PyTorch: `torch.mode`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([2, 1, 2, 1, 3]).mode(0, false)?;
    /// assert_eq!((values.item::<i64>()?, indices.item::<i64>()?), (1, 3));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or empty.
    #[track_caller]
    pub fn mode(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        let Some(n) = self.entries("mode", dim)? else {
            return self.itself();
        };
        let order = self.argsort(dim, false)?;
        let sorted = self.detach().gather(dim, &order)?;
        let changes = sorted
            .narrow(dim, 1, n - 1)?
            .ne(&sorted.narrow(dim, 0, n - 1)?)?;
        // The length of the run of equal elements that ends at each element; the first of the longest belongs to the smallest element.
        let mut along = vec![1; self.ndim()];
        along[dim_of("mode", dim, self.ndim())?] = n;
        let positions = Tensor::arange(0, n, 1, self.device())?.reshape(along)?;
        let starts = changes.where_cond(&positions.narrow(dim, 1, n - 1)?, 0)?;
        let first = order.narrow(dim, 0, 1)?.zeros_like()?;
        let starts = Tensor::cat(&[&first, &starts], dim)?.cummax(dim)?.0;
        let longest = positions.sub(&starts)?.argmax_dim(dim, true)?;
        self.found(dim, keepdim, order.gather(dim, &longest)?)
    }

    /// The size of a dimension that has a median or mode; none of a scalar.
    #[track_caller]
    fn entries(&self, name: &str, dim: isize) -> Result<Option<usize>> {
        let d = dim_of(name, dim, self.ndim())?;
        if self.dtype() == DType::Bool && name != "mode" {
            return Err(Error::dtype(format!("{name}: not defined for bool")));
        }
        match self.shape().get(d) {
            Some(0) => Err(Error::shape(format!(
                "{name}: dimension {dim} of shape {:?} is empty",
                self.shape()
            ))),
            n => Ok(n.copied()),
        }
    }

    #[track_caller]
    fn itself(&self) -> Result<(Tensor, Tensor)> {
        let index = Tensor::zeros((), (DType::I64, self.device()))?;
        Ok((self.copy()?, index))
    }

    /// The elements at an index with one entry along `dim`.
    #[track_caller]
    fn found(&self, dim: isize, keepdim: bool, index: Tensor) -> Result<(Tensor, Tensor)> {
        let values = self.gather(dim, &index)?;
        if keepdim {
            Ok((values, index))
        } else {
            Ok((values.squeeze_dim(dim)?, index.squeeze_dim(dim)?))
        }
    }

    /// The quantiles `q` between 0 and 1 of all elements, or along a dimension, which is removed or with `keepdim` has size 1. A vector `q` gives
    /// a new first dimension.
    ///
    /// The quantile `q` of `n` sorted elements is the one of rank `q (n - 1)`, counted from 0; between two ranks, `interpolation` decides. NaN
    /// where an element is NaN. `float32` and `float64` only, a tensor `q` of the same dtype. PyTorch: `torch.quantile`.
    ///
    /// ```
    /// # use rushlight::{QuantileInterpolation, tensor};
    /// let x = tensor!([1.0, 2.0, 4.0, 8.0]);
    /// assert_eq!(x.quantile(0.5, None, false, QuantileInterpolation::Linear)?.item::<f32>()?, 3.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is neither `float32` nor `float64`, `q` has another dtype, more than one dimension or values outside `[0, 1]`, the dimension is
    /// out of range, or there are no elements.
    #[track_caller]
    pub fn quantile<'a>(
        &self,
        q: impl Into<Operand<'a>>,
        dim: Option<isize>,
        keepdim: bool,
        interpolation: QuantileInterpolation,
    ) -> Result<Tensor> {
        self.ranked(false, q.into(), dim, keepdim, interpolation)
    }

    /// [`Tensor::quantile`] of the elements that are not NaN; NaN where there is none. PyTorch: `torch.nanquantile`.
    ///
    /// ```
    /// # use rushlight::{QuantileInterpolation, tensor};
    /// let x = tensor!([1.0, f32::NAN, 3.0]);
    /// let y = x.nanquantile(0.5, None, false, QuantileInterpolation::Linear)?;
    /// assert_eq!(y.item::<f32>()?, 2.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::quantile`].
    #[track_caller]
    pub fn nanquantile<'a>(
        &self,
        q: impl Into<Operand<'a>>,
        dim: Option<isize>,
        keepdim: bool,
        interpolation: QuantileInterpolation,
    ) -> Result<Tensor> {
        self.ranked(true, q.into(), dim, keepdim, interpolation)
    }

    #[track_caller]
    fn ranked(
        &self,
        skip_nan: bool,
        q: Operand<'_>,
        dim: Option<isize>,
        keepdim: bool,
        interpolation: QuantileInterpolation,
    ) -> Result<Tensor> {
        let name = if skip_nan { "nanquantile" } else { "quantile" };
        if !matches!(self.dtype(), DType::F32 | DType::F64) {
            return Err(Error::dtype(format!(
                "{name}: defined for float32 and float64, not for {}",
                self.dtype()
            )));
        }
        let d = dim.map(|d| dim_of(name, d, self.ndim())).transpose()?;
        if self.numel() == 0 {
            return Err(Error::shape(format!(
                "{name}: the quantile of zero elements is undefined (shape {:?})",
                self.shape()
            )));
        }
        let q = self.checked_quantiles(name, q)?;
        let x = match d {
            Some(d) if self.ndim() > 0 => self.movedim(d, -1)?,
            _ => self.reshape(-1)?,
        };
        let sorted = x.sort(-1, false)?.0;
        let top = sorted.size(-1)? - 1;
        let each = q.reshape(-1)?;
        let ranks = if skip_nan {
            let count = x.isnan()?.logical_not()?.sum_dim(-1, true)?;
            Ranks::of(&each, top, (&count.sub(1)?.clamp_min(0)?).into())?
        } else {
            // NaN sorts last: if there is one, every quantile is NaN.
            let nan = sorted.narrow(-1, top, 1)?.isnan()?;
            let Ranks { below, part } = Ranks::of(&each, top, top.into())?;
            Ranks {
                below: nan.where_cond(top, &below)?,
                part: nan.where_cond(0.0, &part)?,
            }
        };
        let values = between(&sorted, &ranks, interpolation)?;
        let (values, first) = match q.ndim() {
            0 => (values.select(-1, 0)?, 0),
            _ => (values.movedim(-1, 0)?, 1),
        };
        match d {
            _ if !keepdim || self.ndim() == 0 => Ok(values),
            Some(d) => values.unsqueeze((d + first) as isize),
            None => {
                let mut shape = values.shape().to_vec();
                shape.extend(std::iter::repeat_n(1, self.ndim()));
                values.reshape(shape)
            }
        }
    }

    /// `q` as a tensor of this one's dtype, between 0 and 1.
    #[track_caller]
    fn checked_quantiles(&self, name: &str, q: Operand<'_>) -> Result<Tensor> {
        let q = match q {
            Operand::Number(s) => Tensor::full((), s, (self.dtype(), self.device()))?,
            Operand::Tensor(q) => q.clone(),
        };
        if q.ndim() > 1 {
            return Err(Error::shape(format!(
                "{name}: q must be a number or a vector, not of shape {:?}",
                q.shape()
            )));
        }
        if q.dtype() != self.dtype() {
            return Err(Error::dtype(format!(
                "{name}: q must have the input's dtype {}, not {}",
                self.dtype(),
                q.dtype()
            )));
        }
        let inside = q.detach().ge(0)?.logical_and(&q.detach().le(1)?)?;
        if !inside.all()?.item::<bool>()? {
            return Err(Error::value(format!("{name}: q must be between 0 and 1")));
        }
        Ok(q)
    }
}

/// Ranks between two elements: the lower rank as an integer, and the fraction.
struct Ranks {
    below: Tensor,
    part: Tensor,
}

impl Ranks {
    /// `q last` for the last rank, which is at most `top`.
    ///
    /// A `float32` represents integers up to 2²⁴. For larger ranks `q` is split: its multiple of 2⁻²⁴ is multiplied in integers, and only the
    /// remainder in floats. `float64` would also suffice, but not every GPU has it.
    #[track_caller]
    fn of(q: &Tensor, top: usize, last: Operand<'_>) -> Result<Ranks> {
        const BITS: i32 = 24;
        if q.dtype() != DType::F32 || top < 1 << BITS {
            let ranks = q.mul(last)?;
            let below = ranks.detach().floor()?;
            return Ok(Ranks {
                part: ranks.sub(&below)?,
                below: below.to(DType::I64)?,
            });
        }
        let unit = 2f64.powi(-BITS);
        let units = q.div(unit)?;
        let whole = units.detach().floor()?;
        let product = whole.to(DType::I64)?.mul(last)?;
        let of_whole = product.bitwise_and((1i64 << BITS) - 1)?.to(q.dtype())?;
        let of_rest = units.sub(&whole)?.mul(last)?;
        let part = of_whole.add(&of_rest)?.mul(unit)?;
        let more = part.detach().floor()?;
        Ok(Ranks {
            below: product
                .bitwise_right_shift(BITS)?
                .add(&more.to(DType::I64)?)?,
            part: part.sub(&more)?,
        })
    }
}

/// The elements at these ranks along the last dimension of sorted ones.
#[track_caller]
fn between(sorted: &Tensor, ranks: &Ranks, interpolation: QuantileInterpolation) -> Result<Tensor> {
    use QuantileInterpolation::*;
    let mut shape = sorted.shape().to_vec();
    shape[sorted.ndim() - 1] = ranks.part.size(-1)?;
    let (below, part) = (ranks.below.expand(&shape)?, ranks.part.expand(&shape)?);
    let at = |index: &Tensor| sorted.gather(-1, index);
    let after = |further: Tensor| at(&below.add(&further.to(DType::I64)?)?);
    let fixed = part.detach();
    match interpolation {
        Lower => at(&below),
        Higher => after(fixed.gt(0)?),
        Nearest => {
            let odd = below.bitwise_and(1)?.eq(1)?;
            after(
                fixed
                    .gt(0.5)?
                    .logical_or(&fixed.eq(0.5)?.logical_and(&odd)?)?,
            )
        }
        Linear => at(&below)?.lerp(&after(fixed.gt(0)?)?, &part),
        Midpoint => at(&below)?.lerp(&after(fixed.gt(0)?)?, 0.5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of more elements than a test can sort.
    #[test]
    fn ranks_beyond_the_whole_numbers_of_float32() -> Result<()> {
        let q = [0.0f32, 1e-9, 0.1, 1.0 / 3.0, 0.5, 0.999_999_94, 1.0];
        for top in [
            1usize << 24,
            (1 << 24) + 1,
            (1 << 31) + 12_345,
            (1 << 38) - 1,
        ] {
            let counts = Tensor::full(1, top, DType::I64)?;
            for last in [Operand::from(top), (&counts).into()] {
                let ranks = Ranks::of(&Tensor::from_slice(&q, q.len())?, top, last)?;
                let below = ranks.below.to_vec::<i64>()?;
                let part = ranks.part.to_vec::<f32>()?;
                for (i, q) in q.iter().enumerate() {
                    // Exact: 24 digits of q and 33 of the rank.
                    let scaled = (f64::from(*q) * 2f64.powi(60)) as u128 * top as u128;
                    let right = scaled as f64 / 2f64.powi(60);
                    let got = below[i] as f64 + f64::from(part[i]);
                    let off = (got - right).abs();
                    assert!(
                        off <= 1e-3 && (0.0..1.0).contains(&part[i]),
                        "{q} of {top}: {got}, not {right}"
                    );
                }
            }
        }
        Ok(())
    }
}
