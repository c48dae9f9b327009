//! Indexing, gathering and scattering.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED, unsupported};
use crate::conformance::value::Value;
use rushlight::{Index, ScatterReduce, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "__getitem__" = "Tensor::i": |a| a.x()?.i(indices(a, 1, "index")?);
    "index_put" = "Tensor::index_put": |a| {
        let values = a.operand(2, "values")?;
        a.x()?.index_put(indices(a, 1, "indices")?, values, a.flag(3, "accumulate", false)?)
    };

    "gather" = "Tensor::gather": |a| {
        a.no_out()?;
        a.skip("sparse_grad");
        a.x()?.gather(a.dim(1)?, a.tensor(2, "index")?)
    };
    "index_select" = "Tensor::index_select": |a| {
        a.no_out()?;
        a.x()?.index_select(a.dim(1)?, a.tensor(2, "index")?)
    };
    "take" = "Tensor::take": |a| {
        a.no_out()?;
        a.x()?.take(a.tensor(1, "index")?)
    };
    "take_along_dim" = "Tensor::take_along_dim": |a| {
        a.x()?.take_along_dim(a.tensor(1, "indices")?, a.maybe_int(2, "dim")?.map(|d| d as isize))
    };

    "scatter" = "Tensor::scatter": |a| {
        let (x, dim, index) = (a.x()?, a.dim(1)?, a.tensor(2, "index")?);
        let source = a.operand(3, if a.get(NAMED, "value").is_some() { "value" } else { "src" })?;
        match a.word(NAMED, "reduce", "none")? {
            "none" => x.scatter(dim, index, source),
            "add" => x.scatter_add(dim, index, source),
            "multiply" => x.scatter_mul(dim, index, source),
            _ => return Err(Failure::Forbidden("reduce", "each reduction is a function of its own")),
        }
    };
    "scatter_add" = "Tensor::scatter_add": |a| {
        a.x()?.scatter_add(a.dim(1)?, a.tensor(2, "index")?, a.tensor(3, "src")?)
    };
    "scatter_reduce" = "Tensor::scatter_reduce": |a| {
        let (dim, index, source) = (a.dim(1)?, a.tensor(2, "index")?, a.tensor(3, "src")?);
        a.x()?.scatter_reduce(dim, index, source, reduction(a)?, a.flag(NAMED, "include_self", true)?)
    };
    "index_add" = "Tensor::index_add": |a| {
        let (dim, index, source) = (a.dim(1)?, a.tensor(2, "index")?, a.tensor(3, "source")?);
        match a.maybe_scalar(NAMED, "alpha")? {
            None => a.x()?.index_add(dim, index, source),
            Some(alpha) => a.x()?.index_add_alpha(dim, index, source, alpha),
        }
    };
    "index_copy" = "Tensor::index_copy": |a| {
        a.x()?.index_copy(a.dim(1)?, a.tensor(2, "index")?, a.tensor(3, "source")?)
    };
    "index_fill" = "Tensor::index_fill": |a| {
        a.x()?.index_fill(a.dim(1)?, a.tensor(2, "index")?, a.operand(3, "value")?)
    };
    "index_reduce" = "Tensor::index_reduce": |a| {
        let (dim, index, source) = (a.dim(1)?, a.tensor(2, "index")?, a.tensor(3, "source")?);
        a.x()?.index_reduce(dim, index, source, reduction(a)?, a.flag(NAMED, "include_self", true)?)
    };
    "put" = "Tensor::put": |a| {
        a.x()?.put(a.tensor(1, "index")?, a.tensor(2, "source")?, a.flag(3, "accumulate", false)?)
    };

    "masked_fill" = "Tensor::masked_fill": |a| a.x()?.masked_fill(a.tensor(1, "mask")?, a.operand(2, "value")?);
    "masked_select" = "Tensor::masked_select": |a| {
        a.no_out()?;
        a.x()?.masked_select(a.tensor(1, "mask")?)
    };
    "masked_scatter" = "Tensor::masked_scatter": |a| {
        a.x()?.masked_scatter(a.tensor(1, "mask")?, a.tensor(2, "source")?)
    };
    "nonzero" = "Tensor::nonzero": |a| match a.flag(NAMED, "as_tuple", false)? {
        false => Ok(vec![a.x()?.nonzero()?]),
        true => a.x()?.nonzero_tuple(),
    };
    "argwhere" = "Tensor::argwhere": |a| a.x()?.argwhere();
};

/// What stands in square brackets.
fn indices(a: &Args, at: usize, name: &str) -> Answer<Vec<Index>> {
    match a.get(at, name) {
        Some(Value::Tuple(entries)) => entries.iter().map(|v| index(a, v)).collect(),
        Some(entry) => Ok(vec![index(a, entry)?]),
        None => Ok(vec![Index::NewAxis]),
    }
}

/// One entry; a list of integers is a tensor of them.
fn index(a: &Args, value: &Value) -> Answer<Index> {
    Ok(match value {
        Value::Int(at) => Index::At(*at as isize),
        Value::None => Index::NewAxis,
        Value::Ellipsis => Index::Ellipsis,
        Value::Tensor(_, t) => Index::Tensor(t.clone()),
        Value::Bool(all) => Index::Tensor(Tensor::scalar(*all, a.device())?),
        Value::Slice([start, end, step]) => Index::Slice {
            start: start.map(|i| i as isize),
            end: end.map(|i| i as isize),
            step: usize::try_from(step.unwrap_or(1))
                .map_err(|_| Failure::Forbidden("index", "a step is a usize"))?,
        },
        Value::List(entries) | Value::Tuple(entries) => {
            let numbers = entries.iter().map(|v| match v {
                Value::Int(i) => Ok(*i),
                other => unsupported(format!("a list of {} as an index", other.kind())),
            });
            let numbers = numbers.collect::<Answer<Vec<i64>>>()?;
            Index::Tensor(Tensor::from_slice_on(&numbers, numbers.len(), a.device())?)
        }
        other => return unsupported(format!("{} as an index", other.kind())),
    })
}

fn reduction(a: &Args) -> Answer<ScatterReduce> {
    Ok(match a.word(4, "reduce", "")? {
        "sum" => ScatterReduce::Sum,
        "prod" => ScatterReduce::Prod,
        "mean" => ScatterReduce::Mean,
        "amax" => ScatterReduce::Amax,
        "amin" => ScatterReduce::Amin,
        _ => return Err(Failure::Forbidden("reduce", "the enum has no other values")),
    })
}
