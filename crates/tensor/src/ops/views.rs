//! The same memory under another layout: shapes, slices, transposes.

use crate::parameters::dim_of;
use crate::{Ints, Tensor};
use rushlight_backend::{Dims, Error, Layout, MAX_RANK, Result, ViewOp};
use std::sync::Arc;

impl Tensor {
    /// The same elements in the same order under another shape, sharing memory; one size may be -1, to be computed.
    ///
    /// An error if strides cannot say it: see [`Tensor::reshape`]. PyTorch: `Tensor.view`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.view([3, -1])?.shape(), [3, 2]);
    /// assert!(x.t()?.view([6]).is_err());
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn view(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        let shape = self.completed("view", shape.into())?;
        match self.layout().view(shape) {
            Some(layout) => self.viewed(layout, || ViewOp::Reshape),
            None => Err(Error::shape(format!(
                "view: shape {shape:?} cannot be laid over shape {:?} with strides {:?}, which is not contiguous; use reshape",
                self.shape(),
                self.strides()
            ))),
        }
    }

    /// The same elements in the same order under another shape: a view where strides can say it, else a copy.
    /// One size may be -1. PyTorch: `torch.reshape`.
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        let shape = self.completed("reshape", shape.into())?;
        if shape == *self.layout().shape() {
            return self.viewed(*self.layout(), || ViewOp::Reshape);
        }
        match self.layout().view(shape) {
            Some(layout) => self.viewed(layout, || ViewOp::Reshape),
            None => {
                let copy = self.copy()?;
                copy.viewed(Layout::contiguous(shape), || ViewOp::Reshape)
            }
        }
    }

    /// The shape with its -1 computed, checked against the number of elements.
    #[track_caller]
    fn completed(&self, name: &str, shape: Ints) -> Result<Dims> {
        let sizes = shape.as_slice();
        let holes = sizes.iter().filter(|n| **n == -1).count();
        if holes > 1 || sizes.iter().any(|n| *n < -1) {
            return Err(Error::shape(format!(
                "{name}: at most one size may be -1, none below it: {sizes:?}"
            )));
        }
        if sizes.len() > MAX_RANK {
            return Err(Error::shape(format!(
                "{name}: {} dimensions, at most {MAX_RANK} are supported",
                sizes.len()
            )));
        }
        let known: usize = sizes
            .iter()
            .filter(|n| **n >= 0)
            .map(|n| *n as usize)
            .product();
        let fits = if holes == 1 {
            known > 0 && self.numel().is_multiple_of(known)
        } else {
            known == self.numel()
        };
        if !fits {
            return Err(Error::shape(format!(
                "{name}: shape {sizes:?} does not fit the {} elements of shape {:?}",
                self.numel(),
                self.shape()
            )));
        }
        Ok(sizes
            .iter()
            .map(|&n| {
                if n == -1 {
                    self.numel() / known
                } else {
                    n as usize
                }
            })
            .collect())
    }

    /// Dimensions `start` to `end`, both included, joined into one. PyTorch: `torch.flatten`.
    #[track_caller]
    pub fn flatten(&self, start: isize, end: isize) -> Result<Tensor> {
        let (a, b) = (
            dim_of("flatten", start, self.ndim())?,
            dim_of("flatten", end, self.ndim())?,
        );
        if a > b {
            return Err(Error::value(format!(
                "flatten: the start {start} comes after the end {end}"
            )));
        }
        if self.ndim() == 0 {
            return self.reshape(1);
        }
        let mut shape: Vec<usize> = self.shape()[..a].to_vec();
        shape.push(self.shape()[a..=b].iter().product());
        shape.extend(&self.shape()[b + 1..]);
        self.reshape(shape)
    }

    /// One dimension split into several; one size may be -1. PyTorch: `torch.unflatten`.
    #[track_caller]
    pub fn unflatten(&self, dim: isize, sizes: impl Into<Ints>) -> Result<Tensor> {
        let (d, sizes) = (dim_of("unflatten", dim, self.ndim())?, sizes.into());
        let n = self.size(dim)?;
        let known: isize = sizes.as_slice().iter().filter(|n| **n != -1).product();
        let hole = sizes.as_slice().contains(&-1);
        if sizes.as_slice().is_empty()
            || (if hole {
                known <= 0 || n as isize % known != 0
            } else {
                known != n as isize
            })
        {
            return Err(Error::shape(format!(
                "unflatten: sizes {:?} do not multiply to dimension {d} of shape {:?}",
                sizes.as_slice(),
                self.shape()
            )));
        }
        let mut shape: Vec<isize> = self.shape()[..d].iter().map(|&n| n as isize).collect();
        shape.extend(
            sizes
                .as_slice()
                .iter()
                .map(|&s| if s == -1 { n as isize / known } else { s }),
        );
        shape.extend(self.shape()[d + 1..].iter().map(|&n| n as isize));
        self.view(shape)
    }

    /// Swaps two dimensions. PyTorch: `torch.transpose`.
    #[track_caller]
    pub fn transpose(&self, a: isize, b: isize) -> Result<Tensor> {
        let rank = self.ndim();
        let (a, b) = (dim_of("transpose", a, rank)?, dim_of("transpose", b, rank)?);
        let mut axes: Dims = (0..rank).collect();
        if rank > 0 {
            axes.swap(a, b);
        }
        self.viewed(self.layout().permute(&axes), || ViewOp::permute(&axes))
    }

    /// The transpose of a matrix; vectors and scalars stay as they are. PyTorch: `torch.t`.
    #[track_caller]
    pub fn t(&self) -> Result<Tensor> {
        match self.ndim() {
            0 | 1 => Ok(self.clone()),
            2 => self.transpose(0, 1),
            _ => Err(Error::shape(format!(
                "t: expected at most 2 dimensions, got shape {:?}; use transpose or mt",
                self.shape()
            ))),
        }
    }

    /// The matrices in the last two dimensions transposed. PyTorch: `Tensor.mT`.
    #[track_caller]
    pub fn mt(&self) -> Result<Tensor> {
        if self.ndim() < 2 {
            return Err(Error::shape(format!(
                "mt: expected at least 2 dimensions, got shape {:?}",
                self.shape()
            )));
        }
        self.transpose(-2, -1)
    }

    /// Dimension `i` of the result is dimension `dims[i]` of this tensor. PyTorch: `torch.permute`.
    #[track_caller]
    pub fn permute(&self, dims: impl Into<Ints>) -> Result<Tensor> {
        let dims = dims.into();
        let rank = self.ndim();
        if dims.as_slice().len() != rank {
            return Err(Error::shape(format!(
                "permute: {:?} does not name the {rank} dimensions of shape {:?}",
                dims.as_slice(),
                self.shape()
            )));
        }
        let mut axes = Dims::SCALAR;
        for &dim in dims.as_slice() {
            let axis = dim_of("permute", dim, rank)?;
            if axes.contains(&axis) {
                return Err(Error::value(format!(
                    "permute: dimension {axis} appears more than once in {:?}",
                    dims.as_slice()
                )));
            }
            axes.push(axis);
        }
        self.viewed(self.layout().permute(&axes), || ViewOp::permute(&axes))
    }

    /// Dimensions moved to other positions, the rest in order. PyTorch: `torch.movedim`.
    #[track_caller]
    pub fn movedim(&self, from: impl Into<Ints>, to: impl Into<Ints>) -> Result<Tensor> {
        let (from, to) = (from.into(), to.into());
        let find = |list: &Ints| -> Result<Vec<usize>> {
            let dims: Vec<usize> = list
                .as_slice()
                .iter()
                .map(|&d| dim_of("movedim", d, self.ndim()))
                .collect::<Result<_>>()?;
            match (1..dims.len()).find(|&i| dims[..i].contains(&dims[i])) {
                Some(i) => Err(Error::value(format!(
                    "movedim: dimension {} appears more than once",
                    dims[i]
                ))),
                None => Ok(dims),
            }
        };
        let (from, to) = (find(&from)?, find(&to)?);
        if from.len() != to.len() {
            return Err(Error::value(format!(
                "movedim: {} dimensions cannot move to {} positions",
                from.len(),
                to.len()
            )));
        }
        let mut rest = (0..self.ndim()).filter(|d| !from.contains(d));
        let order: Vec<usize> = (0..self.ndim())
            .map(|at| {
                to.iter()
                    .position(|&t| t == at)
                    .map(|i| from[i])
                    .or_else(|| rest.next())
                    .unwrap_or(0)
            })
            .collect();
        self.permute(order)
    }

    /// Without the dimensions of size 1. PyTorch: `torch.squeeze`.
    #[track_caller]
    pub fn squeeze(&self) -> Result<Tensor> {
        let gone = (0..self.ndim()).filter(|&d| self.shape()[d] == 1);
        self.without(gone.collect::<Vec<_>>().as_slice())
    }

    /// Without those of the named dimensions that have size 1. PyTorch: `torch.squeeze(dim)`.
    #[track_caller]
    pub fn squeeze_dim(&self, dims: impl Into<Ints>) -> Result<Tensor> {
        if self.ndim() == 0 {
            return Ok(self.clone());
        }
        let axes = self.axes("squeeze", dims.into())?;
        let gone: Vec<usize> = axes.iter().filter(|&d| self.shape()[d] == 1).collect();
        self.without(&gone)
    }

    #[track_caller]
    fn without(&self, gone: &[usize]) -> Result<Tensor> {
        let keep = |list: &Dims| {
            (0..list.len())
                .filter(|d| !gone.contains(d))
                .map(|d| list[d])
                .collect()
        };
        let layout = self.layout();
        self.viewed(
            Layout::strided(
                keep(layout.shape()),
                keep(layout.strides()),
                layout.offset(),
            ),
            || ViewOp::Reshape,
        )
    }

    /// With a new dimension of size 1 before position `dim`. PyTorch: `torch.unsqueeze`.
    #[track_caller]
    pub fn unsqueeze(&self, dim: isize) -> Result<Tensor> {
        if self.ndim() == MAX_RANK {
            return Err(Error::shape(format!(
                "unsqueeze: at most {MAX_RANK} dimensions are supported"
            )));
        }
        let at = dim_of("unsqueeze", dim, self.ndim() + 1)?;
        let layout = self.layout();
        let (mut shape, mut strides) = (*layout.shape(), *layout.strides());
        let stride = if at < self.ndim() {
            shape[at] * strides[at]
        } else {
            1
        };
        shape.insert(at, 1);
        strides.insert(at, stride);
        self.viewed(Layout::strided(shape, strides, layout.offset()), || {
            ViewOp::Reshape
        })
    }

    /// Repeated along new leading dimensions and dimensions of size 1, without copying; -1 keeps a size. PyTorch: `Tensor.expand`.
    #[track_caller]
    pub fn expand(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        let shape = shape.into();
        let sizes = shape.as_slice();
        let extra = sizes.len() as isize - self.ndim() as isize;
        let whole: Option<Dims> = if sizes.len() > MAX_RANK {
            None
        } else {
            let kept = |i: usize| {
                i.checked_add_signed(-extra)
                    .and_then(|d| self.shape().get(d))
                    .copied()
            };
            let size = |(i, &n): (usize, &isize)| {
                if n == -1 {
                    kept(i)
                } else {
                    usize::try_from(n).ok()
                }
            };
            sizes
                .iter()
                .enumerate()
                .map(size)
                .collect::<Option<Vec<usize>>>()
                .and_then(|s| Dims::from_slice(&s))
        };
        match whole.and_then(|shape| self.layout().expand(shape)) {
            Some(layout) => self.viewed(layout, || ViewOp::Expand),
            None => Err(Error::shape(format!(
                "expand: shape {:?} does not expand to {sizes:?}",
                self.shape()
            ))),
        }
    }

    /// [`Tensor::expand`] to another tensor's shape. PyTorch: `Tensor.expand_as`.
    #[track_caller]
    pub fn expand_as(&self, other: &Tensor) -> Result<Tensor> {
        self.expand(other.shape())
    }

    /// This tensor, or a view of it expanded to where it meets `shape`. PyTorch: `torch.broadcast_to`.
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        self.expand(shape)
    }

    /// `len` entries of a dimension from `start` on. PyTorch: `torch.narrow`.
    #[track_caller]
    pub fn narrow(&self, dim: isize, start: usize, len: usize) -> Result<Tensor> {
        let n = self.size(dim)?;
        let d = dim_of("narrow", dim, self.ndim())?;
        if start.checked_add(len).is_none_or(|end| end > n) {
            return Err(Error::index(format!(
                "narrow: {len} entries from {start} on do not fit dimension {d} of shape {:?}",
                self.shape()
            )));
        }
        self.viewed(self.layout().slice(d, start, len, 1), || ViewOp::Slice {
            dim: d as u8,
            step: 1,
            start,
        })
    }

    /// One entry of a dimension, which goes; negative indices count from the end. PyTorch: `torch.select`.
    #[track_caller]
    pub fn select(&self, dim: isize, index: isize) -> Result<Tensor> {
        let n = self.size(dim)? as isize;
        let d = dim_of("select", dim, self.ndim())?;
        if !(-n..n).contains(&index) {
            return Err(Error::index(format!(
                "select: index {index} is out of range for dimension {d} of size {n} (shape {:?})",
                self.shape()
            )));
        }
        let start = if index < 0 { index + n } else { index } as usize;
        self.narrow(dim, start, 1)?.without(&[d])
    }

    /// Entries `start`, `start + step`, … before `end` of a dimension. Negative bounds count from the end; bounds beyond the ends
    /// are cut, as Python's are. PyTorch: `x[start:end:step]`.
    #[track_caller]
    pub fn slice(&self, dim: isize, start: isize, end: isize, step: usize) -> Result<Tensor> {
        let n = self.size(dim)? as isize;
        let d = dim_of("slice", dim, self.ndim())?;
        if step == 0 || step > u32::MAX as usize {
            return Err(Error::value(format!(
                "slice: the step must be from 1 to {}, got {step}",
                u32::MAX
            )));
        }
        let bound = |x: isize| if x < 0 { x.saturating_add(n) } else { x }.clamp(0, n) as usize;
        let (start, end) = (bound(start), bound(end));
        let len = end.saturating_sub(start).div_ceil(step);
        self.viewed(self.layout().slice(d, start, len, step), || ViewOp::Slice {
            dim: d as u8,
            step: step as u32,
            start,
        })
    }

    /// The entries along the diagonal of two dimensions, shifted by `offset`, as the last dimension. PyTorch: `torch.diagonal`.
    #[track_caller]
    pub fn diagonal(&self, offset: isize, dim1: isize, dim2: isize) -> Result<Tensor> {
        let rank = self.ndim();
        let (a, b) = (
            dim_of("diagonal", dim1, rank)?,
            dim_of("diagonal", dim2, rank)?,
        );
        if a == b || rank < 2 {
            return Err(Error::value(format!(
                "diagonal: two different dimensions are needed, got {dim1} and {dim2} of shape {:?}",
                self.shape()
            )));
        }
        let (shape, strides) = (self.shape(), self.strides());
        let (down, right) = ((-offset).max(0) as usize, offset.max(0) as usize);
        let len = shape[a]
            .saturating_sub(down)
            .min(shape[b].saturating_sub(right));
        let keep = |list: &[usize], last: usize| -> Dims {
            (0..rank)
                .filter(|d| *d != a && *d != b)
                .map(|d| list[d])
                .chain([last])
                .collect()
        };
        let start = if len > 0 {
            down * strides[a] + right * strides[b]
        } else {
            0
        };
        let layout = Layout::strided(
            keep(shape, len),
            keep(strides, strides[a] + strides[b]),
            self.layout().offset() + start,
        );
        self.viewed(layout, || ViewOp::AsStrided(Arc::new(layout)))
    }

    /// Windows of `size` entries along a dimension, every `step`, as a new last dimension. PyTorch: `Tensor.unfold`.
    #[track_caller]
    pub fn unfold(&self, dim: isize, size: usize, step: usize) -> Result<Tensor> {
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
            strides[d] *= step;
        }
        shape.push(size);
        strides.push(stride);
        let layout = Layout::strided(shape, strides, self.layout().offset());
        self.viewed(layout, || ViewOp::AsStrided(Arc::new(layout)))
    }

    /// Any shape and strides (in elements) over this tensor's memory, from `offset` on. PyTorch: `torch.as_strided`.
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
        let inside = shape.contains(&0)
            || reach.is_some_and(|at| {
                (at + 1)
                    .checked_mul(self.dtype().size())
                    .is_some_and(|end| end <= bytes)
            });
        if !inside {
            return Err(Error::index(format!(
                "as_strided: shape {shape:?} with strides {strides:?} from {offset} on leaves the storage of {} elements",
                bytes / self.dtype().size()
            )));
        }
        let layout = Layout::strided(shape, strides, offset);
        self.viewed(layout, || ViewOp::AsStrided(Arc::new(layout)))
    }
}
