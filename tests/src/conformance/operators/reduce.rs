//! Reductions, statistics and norms.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED, unsupported};
use crate::conformance::outputs::{IntoOutputs, Outputs};
use crate::conformance::value::Value;
use rushlight::linalg::{self, Norm};
use rushlight::{Ints, QuantileInterpolation, Result, Tensor, nn::functional as f};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "all" = "Tensor::all_dim": |a| a.x()?.all_dim(dims(a, 1)?, keepdim(a, 2)?);
    "amax" = "Tensor::amax": |a| a.x()?.amax(dims(a, 1)?, keepdim(a, 2)?);
    "amin" = "Tensor::amin": |a| a.x()?.amin(dims(a, 1)?, keepdim(a, 2)?);
    "aminmax" = "Tensor::aminmax": |a| match a.maybe_int(NAMED, "dim")? {
        None => a.x()?.aminmax(),
        Some(dim) => a.x()?.aminmax_dim(dim as isize, keepdim(a, NAMED)?),
    };
    "any" = "Tensor::any_dim": |a| a.x()?.any_dim(dims(a, 1)?, keepdim(a, 2)?);
    "argmax" = "Tensor::argmax_dim": |a| a.x()?.argmax_dim(maybe_dim(a, 1)?, keepdim(a, 2)?);
    "argmin" = "Tensor::argmin_dim": |a| a.x()?.argmin_dim(maybe_dim(a, 1)?, keepdim(a, 2)?);
    "corrcoef" = "Tensor::corrcoef": |a| a.x()?.corrcoef();
    "count_nonzero" = "Tensor::count_nonzero": |a| a.x()?.count_nonzero(dims(a, 1)?);
    "cov" = "Tensor::cov": |a| a.x()?.cov(
        a.float_or(NAMED, "correction", 1.0)?,
        a.maybe_tensor(NAMED, "fweights")?,
        a.maybe_tensor(NAMED, "aweights")?,
    );
    "dist" = "Tensor::dist": |a| a.x()?.dist(a.tensor(1, "other")?, a.float_or(2, "p", 2.0)?);
    "log_softmax" = "Tensor::log_softmax, log_softmax_as": |a| match a.dtype(2, "dtype")? {
        None => a.x()?.log_softmax(a.dim(1)?),
        Some(dtype) => a.x()?.log_softmax_as(a.dim(1)?, dtype),
    };
    "logsumexp" = "Tensor::logsumexp": |a| a.x()?.logsumexp(a.ints(1, "dim")?, keepdim(a, 2)?);
    "max.reduction_no_dim" = "Tensor::max": |a| a.x()?.max();
    "max.reduction_with_dim" = "Tensor::max_dim": |a| a.x()?.max_dim(a.dim(1)?, keepdim(a, 2)?);
    "mean" = "Tensor::mean_dim, mean_as": |a| match a.dtype(NAMED, "dtype")? {
        None => a.x()?.mean_dim(dims(a, 1)?, keepdim(a, 2)?),
        Some(dtype) => a.x()?.mean_as(dims(a, 1)?, keepdim(a, 2)?, dtype),
    };
    "median" = "Tensor::median": |a| along(a, Tensor::median, Tensor::median_dim);
    "min.reduction_no_dim" = "Tensor::min": |a| a.x()?.min();
    "min.reduction_with_dim" = "Tensor::min_dim": |a| a.x()?.min_dim(a.dim(1)?, keepdim(a, 2)?);
    "mode" = "Tensor::mode": |a| a.x()?.mode(a.dim_or(1, -1)?, keepdim(a, 2)?);
    "nanmean" = "Tensor::nanmean, nanmean_as": |a| match a.dtype(NAMED, "dtype")? {
        None => a.x()?.nanmean(dims(a, 1)?, keepdim(a, 2)?),
        Some(dtype) => a.x()?.nanmean_as(dims(a, 1)?, keepdim(a, 2)?, dtype),
    };
    "nanmedian" = "Tensor::nanmedian": |a| along(a, Tensor::nanmedian, Tensor::nanmedian_dim);
    "nanquantile" = "Tensor::nanquantile": |a| a.x()?.nanquantile(
        a.operand(1, "q")?, maybe_dim(a, 2)?, keepdim(a, 3)?, interpolation(a)?,
    );
    "nansum" = "Tensor::nansum, nansum_as": |a| match a.dtype(NAMED, "dtype")? {
        None => a.x()?.nansum(dims(a, 1)?, keepdim(a, 2)?),
        Some(dtype) => a.x()?.nansum_as(dims(a, 1)?, keepdim(a, 2)?, dtype),
    };
    "nn.functional.softmin" = "nn::functional::softmin": |a| match a.dtype(NAMED, "dtype")? {
        None => f::softmin(a.x()?, a.dim(1)?),
        Some(dtype) => a.x()?.neg()?.softmax_as(a.dim(1)?, dtype),
    };
    "norm" = "Tensor::norm_dim, linalg::matrix_norm": |a| norm(a);
    "prod" = "Tensor::prod, prod_dim, prod_as": |a| match (a.dtype(NAMED, "dtype")?, maybe_dim(a, 1)?) {
        (Some(dtype), None) => a.x()?.prod_as(None, false, dtype),
        (Some(dtype), dim) => a.x()?.prod_as(dim, keepdim(a, 2)?, dtype),
        (None, None) => a.x()?.prod(),
        (None, Some(dim)) => a.x()?.prod_dim(dim, keepdim(a, 2)?),
    };
    "quantile" = "Tensor::quantile": |a| a.x()?.quantile(
        a.operand(1, "q")?, maybe_dim(a, 2)?, keepdim(a, 3)?, interpolation(a)?,
    );
    "renorm" = "Tensor::renorm": |a| a.x()?.renorm(a.float(1, "p")?, a.dim(2)?, a.float(3, "maxnorm")?);
    "softmax" = "Tensor::softmax, softmax_as": |a| match a.dtype(2, "dtype")? {
        None => a.x()?.softmax(a.dim(1)?),
        Some(dtype) => a.x()?.softmax_as(a.dim(1)?, dtype),
    };
    "std" = "Tensor::std_dim": |a| a.x()?.std_dim(dims(a, 1)?, correction(a)?, keepdim(a, NAMED)?);
    "std.unbiased" = "Tensor::std_dim": |a| a.x()?.std_dim((), unbiased(a, 1)?, false);
    "std_mean" = "Tensor::std_mean": |a| a.x()?.std_mean(dims(a, 1)?, correction(a)?, keepdim(a, NAMED)?);
    "std_mean.unbiased" = "Tensor::std_mean": |a| a.x()?.std_mean((), unbiased(a, 1)?, false);
    "sum" = "Tensor::sum_dim, sum_as": |a| match a.dtype(NAMED, "dtype")? {
        None => a.x()?.sum_dim(dims(a, 1)?, keepdim(a, 2)?),
        Some(dtype) => a.x()?.sum_as(dims(a, 1)?, keepdim(a, 2)?, dtype),
    };
    "sum_to_size" = "Tensor::sum_to_size": |a| a.x()?.sum_to_size(a.ints_from(1, "size")?);
    "var" = "Tensor::var_dim": |a| a.x()?.var_dim(dims(a, 1)?, correction(a)?, keepdim(a, NAMED)?);
    "var.unbiased" = "Tensor::var_dim": |a| a.x()?.var_dim((), unbiased(a, 1)?, false);
    "var_mean" = "Tensor::var_mean": |a| a.x()?.var_mean(dims(a, 1)?, correction(a)?, keepdim(a, NAMED)?);
    "var_mean.unbiased" = "Tensor::var_mean": |a| a.x()?.var_mean((), unbiased(a, 1)?, false);
};

/// No dimension means all of them.
fn dims(a: &Args, at: usize) -> Answer<Vec<isize>> {
    a.ints_or(at, "dim", &[])
}

fn maybe_dim(a: &Args, at: usize) -> Answer<Option<isize>> {
    Ok(a.maybe_int(at, "dim")?.map(|dim| dim as isize))
}

fn keepdim(a: &Args, at: usize) -> Answer<bool> {
    a.flag(at, "keepdim", false)
}

/// `unbiased` is the older way to say `correction`.
fn correction(a: &Args) -> Answer<f64> {
    match a.get(NAMED, "unbiased") {
        None => a.float_or(NAMED, "correction", 1.0),
        Some(_) => unbiased(a, NAMED),
    }
}

fn unbiased(a: &Args, at: usize) -> Answer<f64> {
    Ok(a.flag(at, "unbiased", true)? as u8 as f64)
}

/// A reduction of all elements, or along one dimension.
fn along<T: IntoOutputs>(
    a: &Args,
    all: fn(&Tensor) -> Result<Tensor>,
    one: fn(&Tensor, isize, bool) -> Result<T>,
) -> Answer<Outputs> {
    match maybe_dim(a, 1)? {
        None if keepdim(a, 2)? => unsupported("keepdim without a dimension"),
        None => all(a.x()?).outputs(),
        Some(dim) => one(a.x()?, dim, keepdim(a, 2)?).outputs(),
    }
}

fn interpolation(a: &Args) -> Answer<QuantileInterpolation> {
    use QuantileInterpolation::*;
    match a.word(NAMED, "interpolation", "linear")? {
        "linear" => Ok(Linear),
        "lower" => Ok(Lower),
        "higher" => Ok(Higher),
        "midpoint" => Ok(Midpoint),
        "nearest" => Ok(Nearest),
        _ => Err(Failure::Forbidden("interpolation", "it is an enum")),
    }
}

/// A norm of vectors, or one of matrices by its name.
fn norm(a: &Args) -> Answer<Tensor> {
    let (dims, keepdim) = (dims(a, 2)?, keepdim(a, 3)?);
    let x = match (a.dtype(4, "dtype")?, a.get(1, "p")) {
        (None, _) => a.x()?.clone(),
        (Some(dtype), Some(Value::Word(_))) => a.x()?.to(dtype)?,
        (Some(dtype), _) => {
            return Ok(a
                .x()?
                .norm_as(a.float_or(1, "p", 2.0)?, dims, keepdim, dtype)?);
        }
    };
    let norm = match a.get(1, "p") {
        Some(Value::Word(name)) if name == "nuc" => Norm::Nuc,
        Some(Value::Word(name)) if name == "fro" && dims.len() > 1 => Norm::Fro,
        Some(Value::Word(name)) if name == "fro" => return Ok(x.norm_dim(2.0, dims, keepdim)?),
        Some(Value::Word(_)) => return Err(Failure::Forbidden("p", "it is an enum")),
        _ => return Ok(x.norm_dim(a.float_or(1, "p", 2.0)?, dims, keepdim)?),
    };
    let dims = (!dims.is_empty()).then(|| Ints::from(dims));
    Ok(linalg::norm(&x, Some(norm), dims, keepdim)?)
}
