//! The functions of this module that PyTorch also provides as methods of a tensor.

use crate::Tensor;
use rushlight_backend::Result;

impl Tensor {
    /// [`crate::linalg::det`]. PyTorch: `torch.det`.
    #[track_caller]
    pub fn det(&self) -> Result<Tensor> {
        super::det(self)
    }

    /// [`crate::linalg::logdet`]. PyTorch: `torch.logdet`.
    #[track_caller]
    pub fn logdet(&self) -> Result<Tensor> {
        super::logdet(self)
    }

    /// [`crate::linalg::slogdet`]. PyTorch: `torch.slogdet`.
    #[track_caller]
    pub fn slogdet(&self) -> Result<(Tensor, Tensor)> {
        super::slogdet(self)
    }

    /// [`crate::linalg::inv`]. PyTorch: `torch.inverse`.
    #[track_caller]
    pub fn inverse(&self) -> Result<Tensor> {
        super::inv(self)
    }

    /// [`crate::linalg::pinv`] with the relative tolerance `rcond` (1e-15 by default in PyTorch). PyTorch: `torch.pinverse`.
    #[track_caller]
    pub fn pinverse(&self, rcond: f64) -> Result<Tensor> {
        super::pinv(self, Some(0.0.into()), Some(rcond.into()), false)
    }

    /// [`crate::linalg::matrix_exp`]. PyTorch: `torch.matrix_exp`.
    #[track_caller]
    pub fn matrix_exp(&self) -> Result<Tensor> {
        super::matrix_exp(self)
    }

    /// [`crate::linalg::matrix_power`]. PyTorch: `torch.matrix_power`.
    #[track_caller]
    pub fn matrix_power(&self, n: i64) -> Result<Tensor> {
        super::matrix_power(self, n)
    }
}
