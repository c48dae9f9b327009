//! Operations on the rows along one dimension: `argmax`, cumulative operations, `argsort`.

use super::planned::{Planned, result, type_of};
use super::{Loops, Split};
use crate::{Arg, Error, Layout, Op, Output, Result, Scan, View};
use std::slice::from_ref;

/// The rows of tensors of one shape along one dimension, which need not be the last, numbered in row-major order. A scalar is one row of one
/// element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rows<const N: usize> {
    /// The loops over the rows.
    pub kept: Loops<N>,
    /// The number of rows.
    pub count: usize,
    /// The number of elements in a row.
    pub len: usize,
    /// The stride along a row, in each tensor.
    pub steps: [usize; N],
}

impl<const N: usize> Rows<N> {
    /// The rows of `shape` along `dim`, in tensors with these strides.
    pub fn new(shape: &[usize], dim: usize, strides: [&[usize]; N]) -> Rows<N> {
        let others = || (0..shape.len()).filter(|&d| d != dim);
        Rows {
            kept: Loops::over(others(), shape, strides),
            count: others().map(|d| shape[d]).product(),
            len: shape.get(dim).copied().unwrap_or(1),
            steps: strides.map(|s| s.get(dim).copied().unwrap_or(1)),
        }
    }

    /// The rows along `dim` of tensors of the first one's shape; the others may have another size along `dim`.
    pub fn along(dim: usize, layouts: [&Layout; N]) -> Rows<N> {
        Rows::new(layouts[0].shape(), dim, layouts.map(|l| &**l.strides()))
    }

    /// The rows along the last dimension of `shape`.
    pub fn last(shape: &[usize], strides: [&[usize]; N]) -> Rows<N> {
        Rows::new(shape, shape.len().saturating_sub(1), strides)
    }

    /// The offset of row `i` in each tensor.
    #[inline(always)]
    pub fn starts(&self, i: usize) -> [usize; N] {
        self.kept.offsets(i)
    }

    /// Whether neighbouring rows are closer to each other than the elements of a row, in the first tensor.
    pub fn by_columns(&self) -> bool {
        let between = self.kept.strides[0].last();
        between.is_some_and(|&s| s < self.steps[0])
    }
}

/// The plan of [`crate::Backend::arg_reduce`], [`crate::Backend::scan`] and [`crate::Backend::argsort`], which work on rows along one dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RowsPlan<F> {
    /// The operation on each row.
    pub f: F,
    /// The dimension that rows run along.
    pub dim: usize,
    /// The rows of the input and of the output.
    pub rows: Rows<2>,
}

impl<F: Copy> RowsPlan<F> {
    /// The plan for an input and an output with these layouts.
    pub fn new(f: F, dim: usize, x: &Layout, out: &Layout) -> RowsPlan<F> {
        let rows = Rows::along(dim, [x, out]);
        RowsPlan { f, dim, rows }
    }

    /// The splits between rows of tensors of `rank` dimensions.
    pub fn splits(&self, rank: usize) -> impl Iterator<Item = Split> {
        let dim = self.dim;
        (0..rank).filter(move |&d| d != dim).map(Split::of_all)
    }
}

/// The direction of a sort.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// The largest, not the smallest.
    pub descending: bool,
}

fn byte(name: &str, dim: usize) -> Result<u8> {
    u8::try_from(dim).map_err(|_| Error::index(format!("{name}: dimension {dim} is out of range")))
}

/// The position along `dim` of the largest or smallest element; `out` has size 1 there and dtype `int64`.
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

/// A cumulative operation along `dim`.
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

/// The indices of a stable sort of `x` along `dim`, as `int64`; NaN counts as the largest.
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
fn rows<'a, F: Copy>(
    name: &str,
    f: F,
    dim: usize,
    op: &Op,
    x: &'a View<'a>,
    out: Output<'a>,
) -> Result<Planned<'a, RowsPlan<F>>> {
    let expected = op.infer(&[type_of(x)])?;
    result(name, &expected, &out.view())?;
    let plan = RowsPlan::new(f, dim, x.layout(), out.view().layout());
    Ok(Planned::one(plan, from_ref(x), out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dims;

    #[test]
    fn rows_along_a_middle_dimension() {
        let x = Layout::contiguous(Dims::from([2, 8, 4]));
        let y = Layout::contiguous(Dims::from([2, 1, 4]));
        let rows = Rows::along(1, [&x, &y]);
        assert_eq!((rows.count, rows.len), (8, 8));
        assert_eq!(rows.steps, [4, 4]);
        assert_eq!(*rows.kept.strides[0], [32, 1]);
        assert_eq!(*rows.kept.strides[1], [4, 1]);
        assert_eq!(rows.starts(5), [33, 5]);
        assert!(rows.by_columns());
    }

    #[test]
    fn a_scalar_is_one_row() {
        let scalar = Layout::contiguous(Dims::SCALAR);
        let rows = Rows::along(0, [&scalar]);
        assert_eq!((rows.count, rows.len, rows.starts(0)), (1, 1, [0]));
    }
}
