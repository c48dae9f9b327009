//! Transposes and permutations of dimensions.

use crate::parameters::dim_of;
use crate::{Ints, Tensor};
use rushlight_backend::{Dims, Error, Result, ViewOp};

impl Tensor {
    /// A view with two dimensions swapped. PyTorch: `torch.transpose`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.transpose(0, 1)?.to_vec2::<i64>()?, [[1, 4], [2, 5], [3, 6]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range.
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

    /// A view of the transposed matrix: `[m, n] → [n, m]`. Vectors and scalars stay as they are. PyTorch: `torch.t`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.t()?.to_vec2::<i64>()?, [[1, 4], [2, 5], [3, 6]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has more than two dimensions.
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

    /// A view of the conjugate transpose of a matrix, which for real numbers is [`Tensor::t`]. A scalar stays as it is. PyTorch: `Tensor.H`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2]]).h()?.to_vec2::<i64>()?, [[1], [2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is neither a matrix nor a scalar.
    #[track_caller]
    pub fn h(&self) -> Result<Tensor> {
        match self.ndim() {
            0 | 2 => self.t(),
            _ => Err(Error::shape(format!(
                "h: expected a matrix, got shape {:?}; use mh for matrices in the last two dimensions",
                self.shape()
            ))),
        }
    }

    /// A view of the conjugate transposes of the matrices in the last two dimensions, which for real numbers is [`Tensor::mt`].
    /// PyTorch: `Tensor.mH`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[[1, 2]]]).mh()?.shape(), [1, 2, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions.
    #[track_caller]
    pub fn mh(&self) -> Result<Tensor> {
        self.mt()
    }

    /// A view of the matrices in the last two dimensions transposed: `[*, m, n] → [*, n, m]`. PyTorch: `Tensor.mT`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[[1, 2], [3, 4]]]);
    /// assert_eq!(x.mt()?.to_vec::<i64>()?, [1, 3, 2, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions.
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

    /// A view with the dimensions in another order: dimension `i` of the result is dimension `dims[i]` of this tensor. PyTorch: `torch.permute`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([2, 3, 5], ())?;
    /// assert_eq!(x.permute([2, 0, 1])?.shape(), [5, 2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `dims` does not name each dimension once.
    #[track_caller]
    pub fn permute(&self, dims: impl Into<Ints>) -> Result<Tensor> {
        self.permuted(dims.into())
    }

    /// [`Tensor::permute`], compiled once.
    #[track_caller]
    fn permuted(&self, dims: Ints) -> Result<Tensor> {
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

    /// A view in which the dimensions `from` are at the positions `to`; the others keep their order. PyTorch: `torch.movedim`, `torch.moveaxis`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::zeros([2, 3, 5], ())?;
    /// assert_eq!(x.movedim(0, -1)?.shape(), [3, 5, 2]);
    /// assert_eq!(x.movedim([0, 1], [1, 0])?.shape(), [3, 2, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension or position is out of range or appears twice, or the lists differ in length.
    #[track_caller]
    pub fn movedim(&self, from: impl Into<Ints>, to: impl Into<Ints>) -> Result<Tensor> {
        let (from, to) = (from.into(), to.into());
        let find = |list: &Ints| -> Result<Vec<usize>> {
            let mut dims = Vec::new();
            for &d in list.as_slice() {
                dims.push(dim_of("movedim", d, self.ndim())?);
            }
            match (1..dims.len()).find(|&i| dims[..i].contains(&dims[i])) {
                Some(i) => Err(Error::value(format!(
                    "movedim: dimension {} appears more than once",
                    dims[i]
                ))),
                None => Ok(dims),
            }
        };
        let (from, to) = match (find(&from), find(&to)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(e), _) | (_, Err(e)) => return Err(e.here()),
        };
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
}
