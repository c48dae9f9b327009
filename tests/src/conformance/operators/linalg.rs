//! Linear algebra: decompositions, solutions, norms of matrices.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, NAMED, unsupported};
use rushlight::linalg::{self, Driver, LeastSquares, Norm, QrMode};
use rushlight::{Ints, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "linalg.norm" = "linalg::norm": |a| {
        linalg::norm(a.x()?, maybe_norm(a)?, maybe_dims(a)?, a.flag(3, "keepdim", false)?)
    };
    "linalg.vector_norm" = "linalg::vector_norm": |a| {
        let dims = a.ints_or(2, "dim", &[])?;
        linalg::vector_norm(a.x()?, a.float_or(1, "ord", 2.0)?, dims, a.flag(3, "keepdim", false)?)
    };
    "linalg.matrix_norm" = "linalg::matrix_norm": |a| matrix_norm(a);
    "linalg.det" = "linalg::det": |a| linalg::det(a.x()?);
    "det" = "Tensor::det": |a| a.x()?.det();
    "linalg.slogdet" = "linalg::slogdet": |a| linalg::slogdet(a.x()?);
    "slogdet" = "Tensor::slogdet": |a| a.x()?.slogdet();
    "logdet" = "Tensor::logdet": |a| a.x()?.logdet();
    "linalg.inv" = "linalg::inv": |a| linalg::inv(a.x()?);
    "inverse" = "Tensor::inverse": |a| a.x()?.inverse();
    "linalg.solve" = "linalg::solve": |a| {
        linalg::solve(a.x()?, a.tensor(1, "B")?, a.flag(NAMED, "left", true)?)
    };
    "linalg.solve_triangular" = "linalg::solve_triangular": |a| {
        let (upper, left) = (a.flag(NAMED, "upper", false)?, a.flag(NAMED, "left", true)?);
        let unitriangular = a.flag(NAMED, "unitriangular", false)?;
        linalg::solve_triangular(a.x()?, a.tensor(1, "B")?, upper, left, unitriangular)
    };
    "linalg.lstsq" = "linalg::lstsq": |a| lstsq(a).map(|l| {
        vec![l.solution, l.residuals, l.rank, l.singular_values]
    });
    "linalg.lstsq.grad_oriented" = "linalg::lstsq": |a| {
        lstsq(a).map(|l| (l.solution, l.residuals))
    };
    "linalg.lu" = "linalg::lu": |a| linalg::lu(pivoted(a)?);
    "linalg.lu_factor" = "linalg::lu_factor": |a| linalg::lu_factor(pivoted(a)?);
    "linalg.lu_factor_ex" = "linalg::lu_factor_ex": |a| linalg::lu_factor_ex(pivoted(a)?);
    "linalg.inv_ex" = "linalg::inv_ex": |a| linalg::inv_ex(a.x()?);
    "linalg.solve_ex" = "linalg::solve_ex": |a| {
        linalg::solve_ex(a.x()?, a.tensor(1, "B")?, a.flag(NAMED, "left", true)?)
    };
    "linalg.lu_solve" = "linalg::lu_solve": |a| {
        let (left, adjoint) = (a.flag(NAMED, "left", true)?, a.flag(NAMED, "adjoint", false)?);
        linalg::lu_solve(a.x()?, a.tensor(1, "pivots")?, a.tensor(2, "B")?, left, adjoint)
    };
    "linalg.cholesky" = "linalg::cholesky": |a| {
        linalg::cholesky(a.x()?, a.flag(NAMED, "upper", false)?)
    };
    "linalg.cholesky_ex" = "linalg::cholesky_ex": |a| {
        linalg::cholesky_ex(a.x()?, a.flag(NAMED, "upper", false)?)
    };
    "linalg.householder_product" = "linalg::householder_product": |a| {
        linalg::householder_product(a.x()?, a.tensor(1, "tau")?)
    };
    "cholesky_inverse" = "linalg::cholesky_inverse": |a| {
        linalg::cholesky_inverse(a.x()?, a.flag(1, "upper", false)?)
    };
    "cholesky_solve" = "linalg::cholesky_solve": |a| {
        linalg::cholesky_solve(a.x()?, a.tensor(1, "input2")?, a.flag(2, "upper", false)?)
    };
    "linalg.qr" = "linalg::qr": |a| {
        let mode = match a.word(1, "mode", "reduced")? {
            "reduced" => QrMode::Reduced,
            "complete" => QrMode::Complete,
            "r" => QrMode::R,
            other => return unsupported(format!("the mode {other:?}")),
        };
        linalg::qr(a.x()?, mode)
    };
    "linalg.svdvals" = "linalg::svdvals": |a| linalg::svdvals(a.x()?);
    "linalg.eigvalsh" = "linalg::eigvalsh": |a| {
        linalg::eigvalsh(a.x()?, a.word(1, "UPLO", "L")? == "U")
    };
    "linalg.matrix_rank" = "linalg::matrix_rank": |a| {
        let (atol, rtol) = (a.maybe_operand(NAMED, "atol")?, a.maybe_operand(NAMED, "rtol")?);
        linalg::matrix_rank(a.x()?, atol, rtol, a.flag(NAMED, "hermitian", false)?)
    };
    "linalg.pinv" = "linalg::pinv": |a| {
        let (atol, rtol) = (a.maybe_operand(NAMED, "atol")?, a.maybe_operand(NAMED, "rtol")?);
        linalg::pinv(a.x()?, atol, rtol, a.flag(NAMED, "hermitian", false)?)
    };
    "linalg.pinv.singular" = "linalg::pinv": |a| {
        linalg::pinv(&a.x()?.matmul(&a.tensor(1, "b")?.mt()?)?, None, None, false)
    };
    "pinverse" = "Tensor::pinverse": |a| a.x()?.pinverse(a.float_or(1, "rcond", 1e-15)?);
    "linalg.cond" = "linalg::cond": |a| linalg::cond(a.x()?, maybe_norm(a)?);
    "linalg.tensorinv" = "linalg::tensorinv": |a| {
        linalg::tensorinv(a.x()?, a.size_or(1, "ind", 2)?)
    };
    "linalg.tensorsolve" = "linalg::tensorsolve": |a| {
        let dims = a.maybe_ints(2, "dims")?.map(Ints::from);
        linalg::tensorsolve(a.x()?, a.tensor(1, "other")?, dims)
    };
    "linalg.matrix_exp" = "linalg::matrix_exp": |a| linalg::matrix_exp(a.x()?);
    "matrix_exp" = "Tensor::matrix_exp": |a| a.x()?.matrix_exp();
};

/// An order: a number or a name.
fn maybe_norm(a: &Args) -> Answer<Option<Norm>> {
    // `cond` calls it p, the norms ord.
    let name = if a.get(1, "p").is_some() { "p" } else { "ord" };
    Ok(match a.maybe_word(1, name) {
        Some("fro") => Some(Norm::Fro),
        Some("nuc") => Some(Norm::Nuc),
        Some(other) => return unsupported(format!("the norm {other:?}")),
        None => a.maybe_float(1, name)?.map(Norm::P),
    })
}

fn lstsq(a: &Args) -> Answer<LeastSquares> {
    let driver = match a.word(3, "driver", "gelsy")? {
        "gels" => Driver::Gels,
        "gelsy" => Driver::Gelsy,
        "gelsd" => Driver::Gelsd,
        "gelss" => Driver::Gelss,
        other => return unsupported(format!("the driver {other:?}")),
    };
    Ok(linalg::lstsq(
        a.x()?,
        a.tensor(1, "b")?,
        a.maybe_float(2, "rcond")?,
        driver,
    )?)
}

/// A matrix to be decomposed with row exchanges; PyTorch does without them on CUDA alone.
fn pivoted(a: &Args) -> Answer<&Tensor> {
    match a.flag(NAMED, "pivot", true)? {
        true => a.x(),
        false => unsupported("pivot=False"),
    }
}

fn maybe_dims(a: &Args) -> Answer<Option<Ints>> {
    Ok(a.maybe_ints(2, "dim")?.map(Ints::from))
}

fn matrix_norm(a: &Args) -> Answer<Tensor> {
    let norm = maybe_norm(a)?.unwrap_or(Norm::Fro);
    let [rows, cols] = a.ints_or(2, "dim", &[-2, -1])?[..] else {
        return unsupported("other than two dimensions");
    };
    Ok(linalg::matrix_norm(
        a.x()?,
        norm,
        [rows, cols],
        a.flag(3, "keepdim", false)?,
    )?)
}
