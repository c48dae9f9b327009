//! Binary search in sorted sequences, and membership tests.

use crate::{Operand, Tensor, apply};
use rushlight_backend::{DType, Error, Fused, Op, Result, promote};
use std::sync::Arc;

/// Options of [`Tensor::searchsorted`].
#[derive(Clone, Copy, Default)]
pub struct SearchOptions<'a> {
    /// Whether a value is inserted after equal elements rather than before them. PyTorch: `right=True` or `side="right"`.
    pub right: bool,
    /// Whether the positions are `int32` rather than `int64`.
    pub out_int32: bool,
    /// The order that sorts the sequence, if it is not sorted itself: `int64`, of its shape.
    pub sorter: Option<&'a Tensor>,
}

impl Tensor {
    /// The position in this sorted sequence at which each value could be inserted: the number of elements that are less, or with `right` not
    /// greater. NaN is placed at the end. The result has the shape of `values`, in `int64` or `int32`.
    ///
    /// The sequence is along the last dimension: one for all values, or one for each row of values of the same leading dimensions. A number can
    /// be searched for in a vector only. PyTorch: `torch.searchsorted`.
    ///
    /// ```
    /// # use rushlight::{SearchOptions, tensor};
    /// let found = tensor!([1, 3, 3, 7]).searchsorted(&tensor!([3, 9]), SearchOptions::default())?;
    /// assert_eq!(found.to_vec::<i64>()?, [1, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the leading dimensions differ, the dtypes differ, or the sorter does not have the sequence's shape and `int64`.
    #[track_caller]
    pub fn searchsorted<'a>(
        &self,
        values: impl Into<Operand<'a>>,
        options: SearchOptions<'_>,
    ) -> Result<Tensor> {
        let values = match values.into() {
            Operand::Tensor(t) => t.detach(),
            Operand::Number(s) => Tensor::scalar(s, self.device())?,
        };
        self.fits_search(&values)?;
        let sequence = self.ordered(options.sorter)?;
        let found = search(&sequence, &values, options.right)?;
        if options.out_int32 {
            found.to(DType::I32)
        } else {
            Ok(found)
        }
    }

    /// The index of the bucket between sorted `boundaries`, a vector, that contains each element: the same as
    /// `boundaries.searchsorted(self, options)`. The result has this tensor's shape, in `int64` or `int32`. PyTorch: `torch.bucketize`.
    ///
    /// ```
    /// # use rushlight::{SearchOptions, tensor};
    /// let x = tensor!([[3, 6], [9, 0]]);
    /// let y = x.bucketize(&tensor!([1, 3, 5, 7]), SearchOptions::default())?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[1, 3], [4, 0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `boundaries` is not a vector or has another dtype, or the sorter does not have its shape and `int64`.
    #[track_caller]
    pub fn bucketize(&self, boundaries: &Tensor, options: SearchOptions<'_>) -> Result<Tensor> {
        if boundaries.ndim() != 1 {
            return Err(Error::shape(format!(
                "bucketize: the boundaries must be a vector, not of shape {:?}",
                boundaries.shape()
            )));
        }
        boundaries.searchsorted(self, options)
    }

    /// Whether each element is among `test`, a number or a tensor of any shape, as `bool`; with `invert`, whether it is not. NaN equals nothing.
    /// Not defined for `bool`. PyTorch: `torch.isin`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let found = tensor!([1, 2, 3]).isin(&tensor!([3, 1, 5]), false)?;
    /// assert_eq!(found.to_vec::<bool>()?, [true, false, true]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dtype is `bool`.
    #[track_caller]
    pub fn isin<'a>(&self, test: impl Into<Operand<'a>>, invert: bool) -> Result<Tensor> {
        let test = match test.into() {
            Operand::Tensor(t) => t.detach(),
            Operand::Number(s) => Tensor::scalar(s, self.device())?,
        };
        if self.dtype() == DType::Bool || test.dtype() == DType::Bool {
            return Err(Error::dtype("isin: not defined for bool"));
        }
        let found = if test.numel() == 0 {
            Tensor::zeros(self.shape(), (DType::Bool, self.device()))?
        } else {
            let sorted = test.reshape(-1)?.sort(0, false)?.0;
            let last = sorted.numel() as i64 - 1;
            let at = search(&sorted, &self.detach(), false)?.clamp_max(last)?;
            self.detach().eq(&sorted.take(&at)?)?
        };
        if invert {
            found.logical_not()
        } else {
            Ok(found)
        }
    }

    /// Whether values of this shape can be searched in this sequence.
    #[track_caller]
    fn fits_search(&self, values: &Tensor) -> Result<()> {
        if self.dtype() == DType::Bool && values.dtype() == DType::Bool {
            return Err(Error::dtype("searchsorted: not defined for bool"));
        }
        let fits = match self.ndim() {
            0 => false,
            1 => true,
            n => n == values.ndim() && self.shape()[..n - 1] == values.shape()[..n - 1],
        };
        if fits {
            return Ok(());
        }
        Err(Error::shape(format!(
            "searchsorted: values of shape {:?} cannot be searched in a sequence of shape {:?}; it must be a vector or agree in all dimensions but the last",
            values.shape(),
            self.shape()
        )))
    }

    /// This sequence in the order of `sorter`.
    #[track_caller]
    fn ordered(&self, sorter: Option<&Tensor>) -> Result<Tensor> {
        let Some(sorter) = sorter else {
            return Ok(self.detach());
        };
        if sorter.dtype() != DType::I64 {
            return Err(Error::dtype(format!(
                "searchsorted: the sorter must be int64, not {}",
                sorter.dtype()
            )));
        }
        if sorter.shape() != self.shape() {
            return Err(Error::shape(format!(
                "searchsorted: a sorter of shape {:?} does not fit a sequence of shape {:?}",
                sorter.shape(),
                self.shape()
            )));
        }
        self.detach().gather(-1, sorter)
    }
}

/// The place of each value in a sequence of as many dimensions, or in a vector.
#[track_caller]
fn search(sequence: &Tensor, values: &Tensor, right: bool) -> Result<Tensor> {
    let dtype = promote(&[sequence.tensor_type(), values.tensor_type()], None);
    let n = sequence.size(-1)?;
    if n == 0 || values.numel() == 0 {
        return Tensor::zeros(values.shape(), (DType::I64, values.device()));
    }
    let rows = sequence.numel() / n;
    let sequence = sequence.to(dtype)?.reshape([rows, n])?;
    let each = values.to(dtype)?.reshape([rows, values.numel() / rows])?;
    let f = Op::Fused(Arc::new(Fused::Search { right }));
    apply(f, &[&sequence, &each])?.reshape(values.shape())
}
