//! The functions of this module that PyTorch also provides as methods of a tensor.

use crate::Tensor;
use rushlight_backend::Result;

impl Tensor {
    /// [`crate::linalg::det`]. PyTorch: `torch.det`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[2.0, 0.0], [1.0, 3.0]]).det()?.item::<f32>()?, 6.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the matrices are not square, or neither `float32` nor `float64`.
    #[track_caller]
    pub fn det(&self) -> Result<Tensor> {
        super::det(self)
    }

    /// [`crate::linalg::logdet`]. PyTorch: `torch.logdet`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1.0, 0.0], [0.0, 1.0]]).logdet()?.item::<f32>()?, 0.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the matrices are not square, or neither `float32` nor `float64`.
    #[track_caller]
    pub fn logdet(&self) -> Result<Tensor> {
        super::logdet(self)
    }

    /// [`crate::linalg::slogdet`]. PyTorch: `torch.slogdet`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (sign, log) = tensor!([[1.0, 0.0], [0.0, -1.0]]).slogdet()?;
    /// assert_eq!((sign.item::<f32>()?, log.item::<f32>()?), (-1.0, 0.0));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the matrices are not square, or neither `float32` nor `float64`.
    #[track_caller]
    pub fn slogdet(&self) -> Result<(Tensor, Tensor)> {
        super::slogdet(self)
    }

    /// [`crate::linalg::inv`]. PyTorch: `torch.inverse`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let inverse = tensor!([[2.0, 0.0], [0.0, 4.0]]).inverse()?;
    /// assert_eq!(inverse.to_vec2::<f32>()?, [[0.5, 0.0], [0.0, 0.25]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a matrix is singular or not square, or the dtype is neither `float32` nor `float64`.
    #[track_caller]
    pub fn inverse(&self) -> Result<Tensor> {
        super::inv(self)
    }

    /// [`crate::linalg::pinv`] with the relative tolerance `rcond` (1e-15 by default in PyTorch). PyTorch: `torch.pinverse`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let inverse = tensor!([[2.0, 0.0], [0.0, 0.0]]).pinverse(1e-15)?;
    /// assert!(inverse.allclose(&tensor!([[0.5, 0.0], [0.0, 0.0]]), 1e-5, 1e-6)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are fewer than two dimensions, or the dtype is neither `float32` nor `float64`.
    #[track_caller]
    pub fn pinverse(&self, rcond: f64) -> Result<Tensor> {
        super::pinv(self, Some(0.0.into()), Some(rcond.into()), false)
    }

    /// [`crate::linalg::matrix_exp`]. PyTorch: `torch.matrix_exp`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let e = tensor!([[0.0, 1.0], [0.0, 0.0]]).matrix_exp()?;
    /// assert!(e.allclose(&tensor!([[1.0, 1.0], [0.0, 1.0]]), 1e-5, 1e-6)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the matrices are not square, or not of floating point.
    #[track_caller]
    pub fn matrix_exp(&self) -> Result<Tensor> {
        super::matrix_exp(self)
    }

    /// [`crate::linalg::matrix_power`]. PyTorch: `torch.matrix_power`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let cube = tensor!([[1.0, 1.0], [0.0, 1.0]]).matrix_power(3)?;
    /// assert_eq!(cube.to_vec2::<f32>()?, [[1.0, 3.0], [0.0, 1.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the matrices are not square, or singular for a negative power.
    #[track_caller]
    pub fn matrix_power(&self, n: i64) -> Result<Tensor> {
        super::matrix_power(self, n)
    }
}
