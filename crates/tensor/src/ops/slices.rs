//! Slices as views, and copies with a slice replaced: `narrow`, `select`, `slice`, `unfold`, `as_strided`.

use crate::parameters::dim_of;
use crate::{Int, Ints, Operand, Tensor};
use rushlight_backend::{Error, Layout, MAX_RANK, Result, ViewOp};
use std::sync::Arc;

impl Tensor {
    /// A view of `len` entries of a dimension from `start` on: an integer, or a 0-dimensional integer tensor, negative ones counted from the end.
    /// PyTorch: `torch.narrow`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3, 4]);
    /// assert_eq!(x.narrow(0, -3, 2)?.to_vec::<i64>()?, [2, 3]);
    /// assert_eq!(x.narrow(0, &tensor!(1), 2)?.to_vec::<i64>()?, [2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, `start` is not an integer, or the entries exceed the dimension.
    #[track_caller]
    pub fn narrow<'a>(
        &self,
        dim: isize,
        start: impl Into<Operand<'a>>,
        len: impl Into<Int>,
    ) -> Result<Tensor> {
        self.narrowed(dim, start.into(), len.into())
    }

    /// [`Tensor::narrow`], compiled once.
    #[track_caller]
    fn narrowed(&self, dim: isize, start: Operand<'_>, len: Int) -> Result<Tensor> {
        let (d, n) = self.dimension("narrow", dim)?;
        let len = len.size("narrow", "length")?;
        let given = start.whole("narrow", "start")?;
        let start = if given < 0 {
            given.saturating_add(n as i64)
        } else {
            given
        };
        let fits = |start: &usize| start.checked_add(len).is_some_and(|end| end <= n);
        match usize::try_from(start).ok().filter(fits) {
            Some(start) => self.range(d, start, len, 1),
            None => Err(Error::index(format!(
                "narrow: {len} entries from {given} on do not fit dimension {d} of shape {:?}",
                self.shape()
            ))),
        }
    }

    /// `len` entries of dimension `d`, every `step`-th from `start`, all of which exist.
    #[track_caller]
    fn range(&self, d: usize, start: usize, len: usize, step: usize) -> Result<Tensor> {
        self.viewed(self.layout().slice(d, start, len, step), || ViewOp::Slice {
            dim: d as u8,
            step,
            start,
        })
    }

    /// A view of one entry of a dimension, which is removed; negative indices count from the end. PyTorch: `torch.select`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.select(0, 1)?.to_vec::<i64>()?, [3, 4]);
    /// assert_eq!(x.select(1, -2)?.to_vec::<i64>()?, [1, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension or the index is out of range.
    #[track_caller]
    pub fn select(&self, dim: isize, index: impl Into<Int>) -> Result<Tensor> {
        self.entry("select", dim, index.into().get())
    }

    #[track_caller]
    fn entry(&self, name: &str, dim: isize, index: isize) -> Result<Tensor> {
        let (d, size) = self.dimension(name, dim)?;
        let n = size as isize;
        if !(-n..n).contains(&index) {
            return Err(Error::index(format!(
                "{name}: index {index} is out of range for dimension {d} of size {n} (shape {:?})",
                self.shape()
            )));
        }
        let start = if index < 0 { index + n } else { index } as usize;
        self.range(d, start, 1, 1)?.without(&[d])
    }

    /// A copy in which entry `index` of a dimension, as [`Tensor::select`] reads it, is replaced by `source` of the same shape.
    /// PyTorch: `torch.select_scatter`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// let y = x.select_scatter(&tensor!([8, 9]), 1, 0)?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[8, 2], [9, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension or the index is out of range, or `source` does not have the entry's shape.
    #[track_caller]
    pub fn select_scatter(&self, source: &Tensor, dim: isize, index: isize) -> Result<Tensor> {
        source.replaces("select_scatter", &self.entry("select_scatter", dim, index)?)?;
        let out = self.copy()?;
        out.select(dim, index)?.copy_(source)?;
        Ok(out)
    }

    /// A view of the entries `start`, `start + step`, … before `end` of a dimension. Negative bounds count from the end; bounds beyond the ends
    /// are clamped, as in Python. PyTorch: `x[start:end:step]`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([0, 1, 2, 3, 4]);
    /// assert_eq!(x.slice(0, 1, -1, 2)?.to_vec::<i64>()?, [1, 3]);
    /// assert_eq!(x.slice(0, -2, isize::MAX, 1)?.to_vec::<i64>()?, [3, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or the step is 0.
    #[track_caller]
    pub fn slice(&self, dim: isize, start: isize, end: isize, step: usize) -> Result<Tensor> {
        self.stepped("slice", dim, [start, end], step)
    }

    #[track_caller]
    fn stepped(
        &self,
        name: &str,
        dim: isize,
        [start, end]: [isize; 2],
        step: usize,
    ) -> Result<Tensor> {
        let (d, size) = self.dimension(name, dim)?;
        if step == 0 {
            return Err(Error::value(format!(
                "{name}: the step must be positive, got 0"
            )));
        }
        // A step beyond the end selects only the first entry.
        let step = step.min(size.max(1));
        let n = size as isize;
        let bound = |x: isize| if x < 0 { x.saturating_add(n) } else { x }.clamp(0, n) as usize;
        let (start, end) = (bound(start), bound(end));
        self.range(d, start, end.saturating_sub(start).div_ceil(step), step)
    }

    /// A copy in which the elements of [`Tensor::slice`] are replaced by `source` of the same shape. PyTorch: `torch.slice_scatter`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([0, 0, 0, 0]).slice_scatter(&tensor!([7, 8]), 0, 1, isize::MAX, 2)?;
    /// assert_eq!(x.to_vec::<i64>()?, [0, 7, 0, 8]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, the step is 0, or `source` does not have the slice's shape.
    #[track_caller]
    pub fn slice_scatter(
        &self,
        source: &Tensor,
        dim: isize,
        start: isize,
        end: isize,
        step: usize,
    ) -> Result<Tensor> {
        let slot = self.stepped("slice_scatter", dim, [start, end], step)?;
        source.replaces("slice_scatter", &slot)?;
        let out = self.copy()?;
        out.slice(dim, start, end, step)?.copy_(source)?;
        Ok(out)
    }

    /// Checks that this tensor has the shape of the view that it replaces.
    #[track_caller]
    pub(super) fn replaces(&self, name: &str, slot: &Tensor) -> Result<()> {
        if self.shape() == slot.shape() {
            return Ok(());
        }
        Err(Error::shape(format!(
            "{name}: the source has shape {:?}, the view that it replaces {:?}",
            self.shape(),
            slot.shape()
        )))
    }

    /// A view of the windows of `size` entries along a dimension, one every `step` entries: the size `n` of the dimension becomes
    /// `⌊(n - size) / step⌋ + 1`, and the entries of a window are a new last dimension. PyTorch: `Tensor.unfold`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3, 4, 5]);
    /// assert_eq!(x.unfold(0, 3, 1)?.to_vec2::<i64>()?, [[1, 2, 3], [2, 3, 4], [3, 4, 5]]);
    /// assert_eq!(x.unfold(0, 2, 3)?.to_vec2::<i64>()?, [[1, 2], [4, 5]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, the window is larger than it, or the step is 0.
    #[track_caller]
    pub fn unfold(&self, dim: isize, size: impl Into<Int>, step: impl Into<Int>) -> Result<Tensor> {
        self.unfolded(dim, size.into(), step.into())
    }

    /// [`Tensor::unfold`], compiled once.
    #[track_caller]
    fn unfolded(&self, dim: isize, size: Int, step: Int) -> Result<Tensor> {
        let (size, step) = (size.size("unfold", "size")?, step.size("unfold", "step")?);
        let d = dim_of("unfold", dim, self.ndim())?;
        let n = if self.ndim() == 0 { 1 } else { self.shape()[d] };
        if size > n || step == 0 || self.ndim() == MAX_RANK {
            return Err(Error::value(format!(
                "unfold: windows of {size} in steps of {step} do not fit dimension {d} of shape {:?}",
                self.shape()
            )));
        }
        let (mut shape, mut strides) = (*self.layout().shape(), *self.layout().strides());
        let stride = if self.ndim() == 0 { 1 } else { strides[d] };
        if self.ndim() > 0 {
            shape[d] = (n - size) / step + 1;
            // The step has no effect if there is one window.
            strides[d] = strides[d].saturating_mul(step);
        }
        shape.push(size);
        strides.push(stride);
        if shape.extent().is_none() {
            return Err(Error::shape(format!(
                "unfold: windows of shape {shape:?} have more elements than can be counted"
            )));
        }
        let layout = Layout::strided(shape, strides, self.layout().offset());
        self.viewed(layout, || ViewOp::AsStrided(Arc::new(layout)))
    }

    /// A view with any shape and strides, both in elements, of this tensor's memory from element `offset` of the storage on.
    /// PyTorch: `torch.as_strided`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3, 4]);
    /// assert_eq!(x.as_strided([2, 2], [1, 2], 0)?.to_vec2::<i64>()?, [[1, 3], [2, 4]]);
    /// assert_eq!(x.as_strided([3, 2], [1, 1], 0)?.to_vec2::<i64>()?, [[1, 2], [2, 3], [3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If shape and strides differ in length, or the view exceeds the storage.
    #[track_caller]
    pub fn as_strided(
        &self,
        shape: impl Into<Ints>,
        strides: impl Into<Ints>,
        offset: usize,
    ) -> Result<Tensor> {
        let (shape, strides) = (
            shape.into().shape("as_strided")?,
            strides.into().shape("as_strided")?,
        );
        if shape.len() != strides.len() {
            return Err(Error::shape(format!(
                "as_strided: shape {shape:?} and strides {strides:?} differ in length"
            )));
        }
        let bytes = self.0.storage.bytes();
        let reach = shape
            .iter()
            .zip(strides.iter())
            .try_fold(offset, |at, (n, s)| {
                at.checked_add(n.saturating_sub(1).checked_mul(*s)?)
            });
        if shape.extent().is_none() {
            return Err(Error::shape(format!(
                "as_strided: a tensor of shape {shape:?} has more elements than can be counted"
            )));
        }
        let inside = shape.contains(&0)
            || reach.is_some_and(|at| {
                at.checked_add(1)
                    .and_then(|end| end.checked_mul(self.dtype().size()))
                    .is_some_and(|end| end <= bytes)
            });
        if !inside {
            return Err(Error::index(format!(
                "as_strided: shape {shape:?} with strides {strides:?} from {offset} on exceeds the storage of {} elements",
                bytes / self.dtype().size()
            )));
        }
        let layout = Layout::strided(shape, strides, offset);
        self.viewed(layout, || ViewOp::AsStrided(Arc::new(layout)))
    }
}
