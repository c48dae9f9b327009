//! Views of the same elements under another shape: `view`, `reshape`, `flatten`, `squeeze`, `unsqueeze`.

use crate::parameters::dim_of;
use crate::{Ints, Tensor};
use rushlight_backend::{Dims, Error, Layout, MAX_RANK, Result, ViewOp};

impl Tensor {
    /// The same elements in the same order under another shape, sharing memory; one size may be -1, to be computed.
    ///
    /// Returns an error if no strides describe the result without a copy: see [`Tensor::reshape`]. PyTorch: `Tensor.view`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.view([3, -1])?.shape(), [3, 2]);
    /// assert!(x.t()?.view([6]).is_err());
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the sizes do not multiply to the number of elements, or no strides describe the result.
    #[track_caller]
    pub fn view(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        self.view_of(shape.into())
    }

    /// [`Tensor::view`], compiled once, because generic functions are compiled again in every program.
    #[track_caller]
    fn view_of(&self, shape: Ints) -> Result<Tensor> {
        let shape = self.completed("view", shape)?;
        match self.layout().view(shape) {
            Some(layout) => self.viewed(layout, || ViewOp::Reshape),
            None => Err(Error::shape(format!(
                "view: shape {shape:?} is not a view of shape {:?} with strides {:?}, which is not contiguous; use reshape",
                self.shape(),
                self.strides()
            ))),
        }
    }

    /// [`Tensor::view`] with the shape of another tensor. PyTorch: `Tensor.view_as`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3, 4]).view_as(&tensor!([[0, 0], [0, 0]]))?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 2], [3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::view`].
    #[track_caller]
    pub fn view_as(&self, other: &Tensor) -> Result<Tensor> {
        self.view(other.shape())
    }

    /// The same elements in row-major order with another shape: a view if strides can describe it, else a copy. One size may be -1, to be
    /// computed. PyTorch: `torch.reshape`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.reshape([3, -1])?.to_vec2::<i64>()?, [[1, 2], [3, 4], [5, 6]]);
    /// assert_eq!(x.t()?.reshape(-1)?.to_vec::<i64>()?, [1, 4, 2, 5, 3, 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the sizes do not multiply to the number of elements, or more than one is -1.
    #[track_caller]
    pub fn reshape(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        self.reshaped(shape.into())
    }

    /// [`Tensor::reshape`], compiled once.
    #[track_caller]
    fn reshaped(&self, shape: Ints) -> Result<Tensor> {
        let shape = self.completed("reshape", shape)?;
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

    /// [`Tensor::reshape`] to the shape of another tensor. PyTorch: `Tensor.reshape_as`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3, 4]).reshape_as(&tensor!([[0, 0], [0, 0]]))?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 2], [3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::reshape`].
    #[track_caller]
    pub fn reshape_as(&self, other: &Tensor) -> Result<Tensor> {
        self.reshape(other.shape())
    }

    /// All elements in row-major order as a contiguous vector: a view if the tensor is contiguous, else a copy. PyTorch: `torch.ravel`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.ravel()?.to_vec::<i64>()?, [1, 2, 3, 4]);
    /// assert_eq!(x.t()?.ravel()?.to_vec::<i64>()?, [1, 3, 2, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for a copy.
    #[track_caller]
    pub fn ravel(&self) -> Result<Tensor> {
        self.reshape(-1)?.contiguous()
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
        let known = sizes
            .iter()
            .filter(|n| **n >= 0)
            .try_fold(1, |product: usize, n| product.checked_mul(*n as usize))
            .unwrap_or(usize::MAX);
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
        let shape: Dims = sizes
            .iter()
            .map(|&n| usize::try_from(n).unwrap_or(self.numel() / known.max(1)))
            .collect();
        match shape.extent() {
            Some(_) => Ok(shape),
            None => Err(Error::shape(format!(
                "{name}: a tensor of shape {sizes:?} has more elements than can be counted"
            ))),
        }
    }

    /// Merges the dimensions `start` to `end`, both included, into one; a scalar becomes a vector of one element. A view if strides can describe
    /// it, else a copy. PyTorch: `torch.flatten`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([2, 3, 5], ())?;
    /// assert_eq!(x.flatten(1, -1)?.shape(), [2, 15]);
    /// assert_eq!(x.flatten(0, -1)?.shape(), [30]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or `start` comes after `end`.
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

    /// A view with one dimension split into several of the given sizes; one size may be -1, to be computed. PyTorch: `torch.unflatten`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([2, 12], ())?;
    /// assert_eq!(x.unflatten(1, [3, -1])?.shape(), [2, 3, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or the sizes do not multiply to it.
    #[track_caller]
    pub fn unflatten(&self, dim: isize, sizes: impl Into<Ints>) -> Result<Tensor> {
        let (d, n) = self.dimension("unflatten", dim)?;
        let sizes = sizes.into();
        let known = sizes
            .as_slice()
            .iter()
            .filter(|n| **n != -1)
            .try_fold(1, |product: isize, n| product.checked_mul(*n))
            .unwrap_or(isize::MAX);
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

    /// A view without the dimensions of size 1. PyTorch: `torch.squeeze`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[[1], [2]]]).squeeze()?.to_vec::<i64>()?, [1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Only if the view cannot be recorded for the gradient.
    #[track_caller]
    pub fn squeeze(&self) -> Result<Tensor> {
        let gone = (0..self.ndim()).filter(|&d| self.shape()[d] == 1);
        self.without(gone.collect::<Vec<_>>().as_slice())
    }

    /// A view without those of the given dimensions that have size 1; other dimensions stay. An empty list changes nothing.
    /// PyTorch: `torch.squeeze(dim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[[1], [2]]]);
    /// assert_eq!(x.squeeze_dim(0)?.shape(), [2, 1]);
    /// assert_eq!(x.squeeze_dim([1, 2])?.shape(), [1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice.
    #[track_caller]
    pub fn squeeze_dim(&self, dims: impl Into<Ints>) -> Result<Tensor> {
        let dims = dims.into();
        if dims.as_slice().is_empty() {
            return self.without(&[]);
        }
        let axes = self.axes("squeeze", dims)?;
        if self.ndim() == 0 {
            return self.without(&[]);
        }
        let gone: Vec<usize> = axes.iter().filter(|&d| self.shape()[d] == 1).collect();
        self.without(&gone)
    }

    /// Removes these dimensions, which have size 1.
    #[track_caller]
    pub(super) fn without(&self, gone: &[usize]) -> Result<Tensor> {
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

    /// A view with a new dimension of size 1 before position `dim`; -1 appends it. PyTorch: `torch.unsqueeze`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]);
    /// assert_eq!(x.unsqueeze(0)?.to_vec2::<i64>()?, [[1, 2]]);
    /// assert_eq!(x.unsqueeze(-1)?.to_vec2::<i64>()?, [[1], [2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the position is out of range, or the result has more dimensions than are supported.
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

    /// A view with at least one dimension: a scalar becomes `[1]`. PyTorch: `torch.atleast_1d`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!(5).atleast_1d()?.shape(), [1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Only if the view cannot be recorded for the gradient.
    #[track_caller]
    pub fn atleast_1d(&self) -> Result<Tensor> {
        match self.ndim() {
            0 => self.unsqueeze(0),
            _ => self.without(&[]),
        }
    }

    /// A view with at least two dimensions: a vector `[n]` becomes `[1, n]`, a scalar `[1, 1]`. PyTorch: `torch.atleast_2d`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).atleast_2d()?.to_vec2::<i64>()?, [[1, 2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Only if the view cannot be recorded for the gradient.
    #[track_caller]
    pub fn atleast_2d(&self) -> Result<Tensor> {
        match self.ndim() {
            0 => self.reshape([1, 1]),
            1 => self.unsqueeze(0),
            _ => self.without(&[]),
        }
    }

    /// A view with at least three dimensions: a matrix `[m, n]` becomes `[m, n, 1]`, a vector `[n]` becomes `[1, n, 1]`, a scalar `[1, 1, 1]`.
    /// PyTorch: `torch.atleast_3d`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).atleast_3d()?.shape(), [1, 2, 1]);
    /// assert_eq!(tensor!([[1, 2]]).atleast_3d()?.shape(), [1, 2, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Only if the view cannot be recorded for the gradient.
    #[track_caller]
    pub fn atleast_3d(&self) -> Result<Tensor> {
        match self.ndim() {
            0 => self.reshape([1, 1, 1]),
            1 => self.unsqueeze(0)?.unsqueeze(2),
            2 => self.unsqueeze(2),
            _ => self.without(&[]),
        }
    }
}
