//! What runs along one dimension: positions of extremes, running operations, orders.

use super::planned::{Planned, result, type_of};
use crate::{Arg, Error, Op, Output, Result, Scan, View};
use std::slice::from_ref;

/// What [`crate::Backend::arg_reduce`], [`crate::Backend::scan`] and [`crate::Backend::argsort`] do, row by row along one dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowsPlan<F> {
    /// What is done to each row.
    pub f: F,
    /// The dimension that rows run along.
    pub dim: usize,
}

/// Which elements a sorting order has first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// The largest, not the smallest.
    pub descending: bool,
}

fn byte(name: &str, dim: usize) -> Result<u8> {
    u8::try_from(dim).map_err(|_| Error::index(format!("{name}: dimension {dim} is out of range")))
}

/// The position along `dim` of the extreme element; `out` has size 1 there and dtype `int64`.
#[track_caller]
pub fn arg_reduce<'a>(
    f: Arg,
    dim: usize,
    x: &'a View<'a>,
    out: Output<'a>,
) -> Result<Planned<'a, RowsPlan<Arg>>> {
    let keepdim = true;
    let op = Op::Arg {
        f,
        dim: byte(f.name(), dim)?,
        keepdim,
    };
    rows(f.name(), f, dim, &op, x, out)
}

/// A running operation along `dim`.
#[track_caller]
pub fn scan<'a>(
    f: Scan,
    dim: usize,
    x: &'a View<'a>,
    out: Output<'a>,
) -> Result<Planned<'a, RowsPlan<Scan>>> {
    let op = Op::Scan {
        f,
        dim: byte(f.name(), dim)?,
    };
    rows(f.name(), f, dim, &op, x, out)
}

/// The stable order that sorts `x` along `dim`, as `int64`; NaN counts as the largest.
#[track_caller]
pub fn argsort<'a>(
    dim: usize,
    descending: bool,
    x: &'a View<'a>,
    out: Output<'a>,
) -> Result<Planned<'a, RowsPlan<Order>>> {
    let op = Op::Argsort {
        dim: byte("argsort", dim)?,
        descending,
    };
    rows("argsort", Order { descending }, dim, &op, x, out)
}

#[track_caller]
fn rows<'a, F>(
    name: &str,
    f: F,
    dim: usize,
    op: &Op,
    x: &'a View<'a>,
    out: Output<'a>,
) -> Result<Planned<'a, RowsPlan<F>>> {
    let expected = op.infer(&[type_of(x)])?;
    result(name, &expected, &out.view())?;
    Ok(Planned::one(RowsPlan { f, dim }, from_ref(x), out))
}
