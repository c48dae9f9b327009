//! Transposes and permutations of dimensions.

use crate::parameters::dim_of;
use crate::{Ints, Tensor};
use rushlight_backend::{Dims, Error, Result, ViewOp};

impl Tensor {
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

    /// The conjugate transpose of a matrix, which for real numbers is [`Tensor::t`]. A scalar stays as it is, a vector is an error.
    /// PyTorch: `Tensor.H`.
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

    /// The conjugate transposes of the matrices in the last two dimensions, which for real numbers is [`Tensor::mt`].
    /// PyTorch: `Tensor.mH`.
    #[track_caller]
    pub fn mh(&self) -> Result<Tensor> {
        self.mt()
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

    /// Moves dimensions to other positions; the others keep their order. PyTorch: `torch.movedim`.
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
