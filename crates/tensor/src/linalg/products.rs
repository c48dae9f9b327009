//! Products of vectors, chains of matrix products, and matrix powers.

use crate::parameters::dim_of;
use crate::parameters::references;
use crate::{Half, Tensor};
use rushlight_backend::{Category, DType, Error, Result, broadcast};

/// The cross product of vectors of three along `dim`; the other dimensions broadcast, and both tensors have as many.
/// PyTorch: `torch.linalg.cross` (where `dim` is -1 by default).
///
/// ```
/// use rushlight::{linalg, tensor};
/// let z = linalg::cross(&tensor!([1, 0, 0]), &tensor!([0, 1, 0]), -1)?;
/// assert_eq!(z.to_vec::<i64>()?, [0, 0, 1]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn cross(a: &Tensor, b: &Tensor, dim: isize) -> Result<Tensor> {
    if a.ndim() != b.ndim() {
        return Err(Error::shape(format!(
            "cross: {:?} and {:?} must have as many dimensions",
            a.shape(),
            b.shape()
        )));
    }
    let d = dim_of("cross", dim, a.ndim())?;
    if a.ndim() == 0 || a.shape()[d] != 3 || b.shape()[d] != 3 {
        return Err(Error::shape(format!(
            "cross: both must have size 3 along dimension {dim}: {:?} and {:?}",
            a.shape(),
            b.shape()
        )));
    }
    broadcast("cross", a.shape(), b.shape())?;
    a.expect_same_dtype("cross", b)?;
    if a.dtype() == DType::Bool {
        return Err(Error::dtype("cross: not defined for bool"));
    }
    if let Some(half) = Half::among([a, b]) {
        return half.round(cross(&half.widen(a)?, &half.widen(b)?, dim)?);
    }
    let next = |t: &Tensor, by: isize| t.roll(-by, d as isize);
    next(a, 1)?
        .mul(&next(b, 2)?)?
        .sub(&next(a, 2)?.mul(&next(b, 1)?)?)
}

/// `Σ xᵢ yᵢ` along `dim` of two tensors of floats that broadcast. PyTorch: `torch.linalg.vecdot` (where `dim` is -1 by default).
///
/// ```
/// use rushlight::{linalg, tensor};
/// let dot = linalg::vecdot(&tensor!([1.0, 2.0]), &tensor!([3.0, 4.0]), -1)?;
/// assert_eq!(dot.item::<f32>()?, 11.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtypes differ or are not of floating point, the shapes do not broadcast, or there is no dimension `dim`.
#[track_caller]
pub fn vecdot(x: &Tensor, y: &Tensor, dim: isize) -> Result<Tensor> {
    if x.dtype().category() != Category::Float {
        return Err(Error::dtype(format!(
            "vecdot: not defined for {}; convert to a floating-point dtype first",
            x.dtype()
        )));
    }
    x.expect_same_dtype("vecdot", y)?;
    let shape = broadcast("vecdot", x.shape(), y.shape())?;
    dim_of("vecdot", dim, shape.len())?;
    if let Some(half) = Half::among([x, y]) {
        return half.round(vecdot(&half.widen(x)?, &half.widen(y)?, dim)?);
    }
    x.mul(y)?.sum_dim(dim, false)
}

/// The product of two or more matrices, multiplied in the order that takes the fewest multiplications. The first may be a vector, a
/// row, and the last one, a column. PyTorch: `torch.linalg.multi_dot`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (row, m, column) = (tensor!([1, 2]), tensor!([[1, 0], [0, 3]]), tensor!([5, 7]));
/// assert_eq!(linalg::multi_dot(&[&row, &m, &column])?.item::<i64>()?, 47);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn multi_dot<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Tensor> {
    multi_dot_of(&references(tensors))
}

/// [`multi_dot`], compiled once.
#[track_caller]
fn multi_dot_of(tensors: &[&Tensor]) -> Result<Tensor> {
    let [first, .., last] = tensors else {
        return Err(Error::value(format!(
            "multi_dot: expected at least 2 tensors, got {}",
            tensors.len()
        )));
    };
    let (row, column) = (first.ndim() == 1, last.ndim() == 1);
    let mut matrices = Vec::new();
    for (i, t) in tensors.iter().enumerate() {
        matrices.push(match t.ndim() {
            2 => (*t).clone(),
            1 if i == 0 => t.unsqueeze(0)?,
            1 if i + 1 == tensors.len() => t.unsqueeze(1)?,
            _ => {
                return Err(Error::shape(format!(
                    "multi_dot: tensor {i} must be a matrix{}, not {:?}",
                    if i == 0 || i + 1 == tensors.len() {
                        " or a vector"
                    } else {
                        ""
                    },
                    t.shape()
                )));
            }
        });
    }
    for pair in matrices.windows(2) {
        pair[0].expect_inner("multi_dot", &pair[1])?;
    }
    if let Some(half) = Half::among(tensors.iter().copied()).filter(|_| tensors.len() > 2) {
        let wide = half.widen_all(tensors)?;
        return half.round(multi_dot(&wide.iter().collect::<Vec<_>>())?);
    }
    let mut product = chain(&matrices, &splits(&matrices), 0, matrices.len() - 1)?;
    if column {
        product = product.squeeze_dim(-1)?;
    }
    if row {
        product = product.squeeze_dim(0)?;
    }
    Ok(product)
}

/// The optimal parenthesization of each part of a chain of matrices: `cut[i][j]` is the last matrix of the left factor of `i..=j`.
fn splits(matrices: &[Tensor]) -> Vec<Vec<usize>> {
    let n = matrices.len();
    let size = |i: usize| {
        matrices
            .get(i)
            .map_or(matrices[n - 1].shape()[1], |m| m.shape()[0]) as f64
    };
    let (mut cost, mut cut) = (vec![vec![0.0; n]; n], vec![vec![0; n]; n]);
    for len in 1..n {
        for i in 0..n - len {
            let j = i + len;
            cost[i][j] = f64::INFINITY;
            for k in i..j {
                let total = cost[i][k] + cost[k + 1][j] + size(i) * size(k + 1) * size(j + 1);
                if total < cost[i][j] {
                    (cost[i][j], cut[i][j]) = (total, k);
                }
            }
        }
    }
    cut
}

#[track_caller]
fn chain(matrices: &[Tensor], cut: &[Vec<usize>], i: usize, j: usize) -> Result<Tensor> {
    if i == j {
        return Ok(matrices[i].clone());
    }
    let k = cut[i][j];
    chain(matrices, cut, i, k)?.mm(&chain(matrices, cut, k + 1, j)?)
}

/// The `n`-th power of square matrices; a negative power is that of the inverse, the zeroth the identity.
/// PyTorch: `torch.linalg.matrix_power`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let cube = linalg::matrix_power(&tensor!([[1.0, 1.0], [0.0, 1.0]]), 3)?;
/// assert_eq!(cube.to_vec2::<f32>()?, [[1.0, 3.0], [0.0, 1.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the matrices are not square, or singular for a negative power.
#[track_caller]
pub fn matrix_power(a: &Tensor, n: i64) -> Result<Tensor> {
    super::expect_square("linalg.matrix_power", a)?;
    if n == 0 {
        let identity = Tensor::eye(a.size(-1)?, (a.dtype(), a.device()))?;
        return identity.expand(a.shape())?.copy();
    }
    if let Some(half) = Half::among([a]).filter(|_| n > 2) {
        return half.round(matrix_power(&half.widen(a)?, n)?);
    }
    let mut square = if n < 0 { super::inv(a)? } else { a.copy()? };
    let mut left = n.unsigned_abs();
    let mut power: Option<Tensor> = None;
    loop {
        if left & 1 == 1 {
            power = Some(match power {
                None => square.clone(),
                Some(p) => p.matmul(&square)?,
            });
        }
        left >>= 1;
        match power {
            Some(power) if left == 0 => return Ok(power),
            _ => square = square.matmul(&square)?,
        }
    }
}

/// Vandermonde matrices: the powers `0, …, n - 1` of each element as a new last dimension, by default as many as the last one is
/// long. Integers give `int64`. PyTorch: `torch.linalg.vander`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let powers = linalg::vander(&tensor!([2, 3]), Some(3))?;
/// assert_eq!(powers.to_vec2::<i64>()?, [[1, 2, 4], [1, 3, 9]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn vander(x: &Tensor, n: Option<usize>) -> Result<Tensor> {
    let x = match (x.dtype().category(), x.ndim()) {
        (Category::Bool, _) => return Err(Error::dtype("vander: not defined for bool")),
        (_, 0) => x.reshape(1)?,
        _ => x.clone(),
    };
    let x = if x.dtype().is_float() {
        x
    } else {
        x.to(DType::I64)?
    };
    let n = n.unwrap_or(x.size(-1)?);
    if n < 2 {
        return Err(Error::value(format!(
            "vander: n must be greater than 1, got {n}"
        )));
    }
    let mut shape = x.shape().to_vec();
    shape.push(n - 1);
    let powers = x.unsqueeze(-1)?.expand(&shape)?.cumprod(-1)?;
    shape[x.ndim()] = 1;
    Tensor::cat(&[&x.new_ones(shape)?, &powers], -1)
}
