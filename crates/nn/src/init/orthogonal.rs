//! Orthogonal initialization by a QR decomposition of normal numbers (Saxe et al. 2013).

use rushlight_tensor::{DType, Error, GradMode, Result, Tensor};

/// Fills a tensor with a matrix whose rows or columns, whichever are fewer, are orthonormal, times `gain`. All dimensions after the first are
/// treated as one. PyTorch: `nn.init.orthogonal_`, with a gain of 1 by default.
///
/// ```
/// use rushlight::nn::init::orthogonal_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([2, 3], ())?;
/// orthogonal_(&weight, 1.0)?;
/// assert!(weight.matmul(&weight.t()?)?.allclose(&Tensor::eye(2, ())?, 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the tensor has fewer than two dimensions.
#[track_caller]
pub fn orthogonal_(t: &Tensor, gain: f64) -> Result<()> {
    if t.ndim() < 2 {
        return Err(Error::shape(format!(
            "orthogonal_: expected at least 2 dimensions, got shape {:?}",
            t.shape()
        )));
    }
    if t.numel() == 0 {
        return Ok(());
    }
    let _no_grad = GradMode::set(false);
    let rows = t.shape()[0];
    let cols = t.numel() / rows;
    let normal = Tensor::empty([rows, cols], (t.dtype(), t.device()))?;
    normal.normal_(0.0, 1.0)?;
    let tall = if rows < cols { normal.t()? } else { normal };
    let (m, n) = (rows.max(cols), rows.min(cols));
    let q = orthonormal_columns(tall.to(DType::F64)?.to_vec::<f64>()?, m, n);
    let q = Tensor::from_slice(&q, [m, n])?;
    let q = if rows < cols { q.t()? } else { q };
    t.copy_(
        &q.mul(gain)?
            .reshape(t.shape())?
            .to((t.dtype(), t.device()))?,
    )
}

/// Returns the Q of the reduced QR decomposition of an `m × n` row-major matrix, `m >= n`, with the signs that make R's diagonal positive.
///
/// The algorithm is Householder's: reflection `k` is `1 - 2 v vᵀ`, where `v` is 0 above row `k` and is stored in column `k`. Q is the
/// product of the reflections applied to the first columns of the identity.
fn orthonormal_columns(mut a: Vec<f64>, m: usize, n: usize) -> Vec<f64> {
    let mut negative = vec![false; n];
    for k in 0..n {
        let norm = (k..m).map(|i| a[i * n + k].powi(2)).sum::<f64>().sqrt();
        // R's diagonal element has the opposite sign of the column's first element, so that the subtraction below cannot cancel.
        let diagonal = if a[k * n + k] > 0.0 { -norm } else { norm };
        negative[k] = diagonal < 0.0;
        a[k * n + k] -= diagonal;
        let length = (k..m).map(|i| a[i * n + k].powi(2)).sum::<f64>().sqrt();
        if length > 0.0 {
            (k..m).for_each(|i| a[i * n + k] /= length);
        }
        for j in k + 1..n {
            let dot: f64 = (k..m).map(|i| a[i * n + k] * a[i * n + j]).sum();
            (k..m).for_each(|i| a[i * n + j] -= 2.0 * dot * a[i * n + k]);
        }
    }
    let mut q = vec![0.0; m * n];
    (0..n).for_each(|j| q[j * n + j] = if negative[j] { -1.0 } else { 1.0 });
    for k in (0..n).rev() {
        for j in 0..n {
            let dot: f64 = (k..m).map(|i| a[i * n + k] * q[i * n + j]).sum();
            (k..m).for_each(|i| q[i * n + j] -= 2.0 * dot * a[i * n + k]);
        }
    }
    q
}
