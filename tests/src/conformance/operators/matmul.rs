//! Matrix products of every kind.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use rushlight::nn::functional as F;
use rushlight::{Scalar, Tensor, linalg};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "matmul" = "Tensor::matmul": |a| a.x()?.matmul(a.tensor(1, "other")?);
    "__rmatmul__" = "Tensor::matmul": |a| a.tensor(1, "other")?.matmul(a.x()?);
    "mm" = "Tensor::mm": |a| a.x()?.mm(a.tensor(1, "mat2")?);
    "bmm" = "Tensor::bmm": |a| a.x()?.bmm(a.tensor(1, "mat2")?);
    "mv" = "Tensor::mv": |a| a.x()?.mv(a.tensor(1, "vec")?);
    "dot" = "Tensor::dot": |a| a.x()?.dot(a.tensor(1, "tensor")?);
    "vdot" = "Tensor::vdot": |a| a.x()?.vdot(a.tensor(1, "other")?);
    "inner" = "Tensor::inner": |a| a.x()?.inner(a.tensor(1, "other")?);
    "outer" = "Tensor::outer": |a| a.x()?.outer(a.tensor(1, "vec2")?);
    "ger" = "Tensor::outer": |a| a.x()?.outer(a.tensor(1, "vec2")?);
    "addmm" = "Tensor::addmm": |a| {
        let (beta, alpha) = factors(a)?;
        a.x()?.addmm(a.tensor(1, "mat1")?, a.tensor(2, "mat2")?, beta, alpha)
    };
    "addmv" = "Tensor::addmv": |a| {
        let (beta, alpha) = factors(a)?;
        a.x()?.addmv(a.tensor(1, "mat")?, a.tensor(2, "vec")?, beta, alpha)
    };
    "addbmm" = "Tensor::addbmm": |a| {
        let (beta, alpha) = factors(a)?;
        a.x()?.addbmm(a.tensor(1, "batch1")?, a.tensor(2, "batch2")?, beta, alpha)
    };
    "baddbmm" = "Tensor::baddbmm": |a| {
        let (beta, alpha) = factors(a)?;
        a.x()?.baddbmm(a.tensor(1, "batch1")?, a.tensor(2, "batch2")?, beta, alpha)
    };
    "addr" = "Tensor::addr": |a| {
        let (beta, alpha) = factors(a)?;
        a.x()?.addr(a.tensor(1, "vec1")?, a.tensor(2, "vec2")?, beta, alpha)
    };
    "kron" = "Tensor::kron": |a| a.x()?.kron(a.tensor(1, "other")?);
    "tensordot" = "Tensor::tensordot": |a| tensordot(a);
    "einsum" = "Tensor::einsum": |a| {
        Tensor::einsum(a.word(1, "equation", "")?, &a.tensors(0, "operands")?)
    };
    "cross" = "Tensor::cross": |a| {
        a.x()?.cross(a.tensor(1, "other")?, a.maybe_int(2, "dim")?.map(|d| d as isize))
    };
    "linalg.cross" = "linalg::cross": |a| {
        linalg::cross(a.x()?, a.tensor(1, "other")?, a.dim_or(2, -1)?)
    };
    "linalg.vecdot" = "linalg::vecdot": |a| {
        linalg::vecdot(a.x()?, a.tensor(1, "y")?, a.dim_or(2, -1)?)
    };
    "linalg.multi_dot" = "linalg::multi_dot": |a| linalg::multi_dot(&a.tensors(0, "tensors")?);
    "chain_matmul" = "Tensor::chain_matmul": |a| Tensor::chain_matmul(&a.all_from(0, "matrices")?);
    "linalg.matrix_power" = "linalg::matrix_power": |a| {
        linalg::matrix_power(a.x()?, a.int(1, "n")?)
    };
    "matrix_power" = "Tensor::matrix_power": |a| a.x()?.matrix_power(a.int(1, "n")?);
    "linalg.vander" = "linalg::vander": |a| match a.maybe_int(1, "N")? {
        None => linalg::vander(a.x()?, None),
        Some(_) => linalg::vander(a.x()?, Some(a.size(1, "N")?)),
    };
    "nn.functional.linear" = "functional::linear": |a| {
        F::linear(a.x()?, a.tensor(1, "weight")?, a.maybe_tensor(2, "bias")?)
    };
    "nn.functional.bilinear" = "functional::bilinear": |a| {
        let (x1, x2) = (a.tensor(0, "input1")?, a.tensor(1, "input2")?);
        F::bilinear(x1, x2, a.tensor(2, "weight")?, a.maybe_tensor(3, "bias")?)
    };
};

/// `beta` and `alpha`, named or after three tensors.
fn factors(a: &Args) -> Answer<(Scalar, Scalar)> {
    Ok((a.scalar_or(3, "beta", 1)?, a.scalar_or(4, "alpha", 1)?))
}

/// `dims` is a count, or the dimensions of either tensor.
fn tensordot(a: &Args) -> Answer<Tensor> {
    let (x, y) = (a.x()?, a.tensor(1, "other")?);
    Ok(match a.pair(2, "dims") {
        Some((left, right)) => x.tensordot_dims(y, left, right)?,
        None => x.tensordot(y, a.size_or(2, "dims", 2)?)?,
    })
}
