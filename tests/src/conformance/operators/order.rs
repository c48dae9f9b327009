//! Sorting, searching, counting, and running operations.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED, unsupported};
use crate::conformance::outputs::Outputs;
use crate::conformance::value::Value;
use rushlight::{Bins, Operand, SearchOptions, Spacing, Tensor, Unique};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "argsort" = "Tensor::argsort": |a| {
        a.skip("stable");
        a.x()?.argsort(a.dim_or(1, -1)?, a.flag(2, "descending", false)?)
    };
    "bincount" = "Tensor::bincount": |a| a.x()?.bincount(a.maybe_tensor(1, "weights")?, a.size_or(2, "minlength", 0)?);
    "bucketize" = "Tensor::bucketize": |a| number_or_tensor(a, 0)?.bucketize(a.tensor(1, "boundaries")?, search(a)?);
    "cartesian_prod" = "Tensor::cartesian_prod": |a| Tensor::cartesian_prod(&a.all_from(0, "tensors")?);
    "combinations" = "Tensor::combinations": |a| a.x()?.combinations(a.size_or(1, "r", 2)?, a.flag(2, "with_replacement", false)?);
    "cummax" = "Tensor::cummax": |a| a.x()?.cummax(a.dim(1)?);
    "cummin" = "Tensor::cummin": |a| a.x()?.cummin(a.dim(1)?);
    "cumprod" = "Tensor::cumprod, cumprod_as": |a| match a.dtype(NAMED, "dtype")? {
        None => a.x()?.cumprod(a.dim(1)?),
        Some(dtype) => a.x()?.cumprod_as(a.dim(1)?, dtype),
    };
    "cumsum" = "Tensor::cumsum, cumsum_as": |a| match a.dtype(NAMED, "dtype")? {
        None => a.x()?.cumsum(a.dim(1)?),
        Some(dtype) => a.x()?.cumsum_as(a.dim(1)?, dtype),
    };
    "cumulative_trapezoid" = "Tensor::cumulative_trapezoid": |a| a.x()?.cumulative_trapezoid(samples(a)?, a.dim_or(NAMED, -1)?);
    "diff" = "Tensor::diff": |a| a.x()?.diff(
        a.size_or(1, "n", 1)?,
        a.dim_or(2, -1)?,
        a.maybe_tensor(3, "prepend")?,
        a.maybe_tensor(4, "append")?,
    );
    "gradient" = "Tensor::gradient": |a| gradient(a);
    "histc" = "Tensor::histc": |a| a.x()?.histc(a.size_or(1, "bins", 100)?, a.float_or(2, "min", 0.0)?, a.float_or(3, "max", 0.0)?);
    "histogram" = "Tensor::histogram": |a| histogram(a);
    "histogramdd" = "Tensor::histogramdd": |a| histogramdd(a);
    "isin" = "Tensor::isin": |a| {
        a.skip("assume_unique");
        number_or_tensor(a, 0)?.isin(a.operand(1, "test_elements")?, a.flag(NAMED, "invert", false)?)
    };
    "kthvalue" = "Tensor::kthvalue": |a| a.x()?.kthvalue(a.size(1, "k")?, a.dim_or(2, -1)?, a.flag(3, "keepdim", false)?);
    "logcumsumexp" = "Tensor::logcumsumexp": |a| a.x()?.logcumsumexp(a.dim(1)?);
    "msort" = "Tensor::msort": |a| a.x()?.msort();
    "searchsorted" = "Tensor::searchsorted": |a| a.x()?.searchsorted(a.operand(1, "values")?, search(a)?);
    "sort" = "Tensor::sort": |a| {
        a.skip("stable");
        a.x()?.sort(a.dim_or(1, -1)?, a.flag(2, "descending", false)?)
    };
    "topk" = "Tensor::topk": |a| {
        a.flag(4, "sorted", true)?;
        a.x()?.topk(a.size(1, "k")?, a.dim_or(2, -1)?, a.flag(3, "largest", true)?)
    };
    "trapezoid" = "Tensor::trapezoid": |a| a.x()?.trapezoid(samples(a)?, a.dim_or(NAMED, -1)?);
    "trapz" = "Tensor::trapezoid": |a| a.x()?.trapezoid(samples(a)?, a.dim_or(NAMED, -1)?);
    "unique" = "Tensor::unique": |a| {
        a.flag(1, "sorted", true)?;
        let (inverse, counts) = (a.flag(2, "return_inverse", false)?, a.flag(3, "return_counts", false)?);
        match a.maybe_int(4, "dim")? {
            None => asked(a.x()?.unique()?, inverse, counts),
            Some(dim) => asked(a.x()?.unique_dim(dim as isize)?, inverse, counts),
        }
    };
    "unique_consecutive" = "Tensor::unique_consecutive": |a| {
        let (inverse, counts) = (a.flag(1, "return_inverse", false)?, a.flag(2, "return_counts", false)?);
        match a.maybe_int(3, "dim")? {
            None => asked(a.x()?.unique_consecutive()?, inverse, counts),
            Some(dim) => asked(a.x()?.unique_consecutive_dim(dim as isize)?, inverse, counts),
        }
    };
    "unravel_index" = "Tensor::unravel_index": |a| a.x()?.unravel_index(a.ints_from(1, "shape")?);
};

/// A number where a tensor's method is called is a tensor of its dtype.
fn number_or_tensor(a: &Args, at: usize) -> Answer<Tensor> {
    match a.operand(at, "input")? {
        Operand::Tensor(t) => Ok(t.clone()),
        Operand::Number(s) => Ok(Tensor::scalar(s, a.device())?),
    }
}

fn search(a: &Args) -> Answer<SearchOptions<'_>> {
    let right = a.flag(NAMED, "right", false)?;
    let right = match a.word(NAMED, "side", if right { "right" } else { "left" })? {
        "right" => true,
        "left" if !right => false,
        _ => return Err(Failure::Forbidden("side", "a bool says it")),
    };
    Ok(SearchOptions {
        right,
        out_int32: a.flag(NAMED, "out_int32", false)?,
        sorter: a.maybe_tensor(NAMED, "sorter")?,
    })
}

/// Where the samples of a trapezoid lie: coordinates, or a distance.
fn samples(a: &Args) -> Answer<Operand<'_>> {
    match a.maybe_operand(1, "x")? {
        Some(x) => Ok(x),
        None => Ok(Operand::Number(a.scalar_or(NAMED, "dx", 1)?)),
    }
}

fn gradient(a: &Args) -> Answer<Vec<Tensor>> {
    let (x, dims) = (a.x()?, a.ints_or(NAMED, "dim", &[])?);
    let edge_order = a.size_or(NAMED, "edge_order", 1)?;
    Ok(match a.get(NAMED, "spacing") {
        Some(Value::List(e) | Value::Tuple(e)) if matches!(e[..], [Value::Tensor(..), ..]) => {
            let coordinates = a.tensors(NAMED, "spacing")?;
            x.gradient(Spacing::Coordinates(&coordinates), dims, edge_order)?
        }
        Some(Value::List(_) | Value::Tuple(_)) => {
            let steps = a.floats(NAMED, "spacing")?;
            x.gradient(Spacing::Steps(&steps), dims, edge_order)?
        }
        _ => {
            let step = a.float_or(NAMED, "spacing", 1.0)?;
            x.gradient(Spacing::Equal(step), dims, edge_order)?
        }
    })
}

fn histogram(a: &Args) -> Answer<(Tensor, Tensor)> {
    let bins = match a.get(1, "bins") {
        Some(Value::Tensor(..)) => Bins::Edges(a.tensor(1, "bins")?),
        _ => Bins::Count(a.size_or(1, "bins", 100)?),
    };
    let range = match ranges(a)?.as_deref() {
        None => None,
        Some(&[range]) => Some(range),
        Some(_) => return unsupported("a range that is no pair"),
    };
    let density = a.flag(NAMED, "density", false)?;
    let weight = a.maybe_tensor(NAMED, "weight")?;
    Ok(a.x()?.histogram(bins, range, weight, density)?)
}

fn histogramdd(a: &Args) -> Answer<Vec<Tensor>> {
    let x = a.x()?;
    let tensors = match a.get(1, "bins") {
        Some(Value::List(e) | Value::Tuple(e)) if matches!(e[..], [Value::Tensor(..), ..]) => {
            a.tensors(1, "bins")?
        }
        _ => Vec::new(),
    };
    let bins: Vec<Bins> = match a.get(1, "bins") {
        _ if !tensors.is_empty() => tensors.into_iter().map(Bins::Edges).collect(),
        Some(Value::Int(_)) => {
            vec![Bins::Count(a.size(1, "bins")?); x.shape().last().copied().unwrap_or(0)]
        }
        _ => a.sizes(1, "bins")?.into_iter().map(Bins::Count).collect(),
    };
    let (ranges, weight) = (ranges(a)?, a.maybe_tensor(NAMED, "weight")?);
    let density = a.flag(NAMED, "density", false)?;
    let (counts, edges) = x.histogramdd(&bins, ranges.as_deref(), weight, density)?;
    Ok([vec![counts], edges].concat())
}

/// Pairs of bounds.
fn ranges(a: &Args) -> Answer<Option<Vec<(f64, f64)>>> {
    if a.get(NAMED, "range").is_none() {
        return Ok(None);
    }
    let bounds = a.floats(NAMED, "range")?;
    Ok(Some(
        bounds.chunks(2).map(|b| (b[0], b[b.len() - 1])).collect(),
    ))
}

/// Those of the results that the call asks for.
fn asked(u: Unique, inverse: bool, counts: bool) -> Answer<Outputs> {
    let mut outputs = vec![u.values];
    outputs.extend(inverse.then_some(u.inverse));
    outputs.extend(counts.then_some(u.counts));
    Ok(Outputs(outputs))
}
