//! Reductions: loops over results and, for each, over the elements reduced into it.

use super::planned::{Planned, result, type_of};
use super::{Loops, Split};
use crate::{Axes, Dims, Layout, Op, Output, Reduce, Result, View};
use std::slice::from_ref;

/// The plan of [`crate::Backend::reduce`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReducePlan {
    /// The function that combines elements.
    pub f: Reduce,
    /// The dimensions that are reduced.
    pub axes: Axes,
    /// The loops over results and elements.
    pub loops: ReduceLoops,
}

impl ReducePlan {
    /// Reduces the `axes` of `x`; `out` has them as dimensions of size 1.
    pub fn new(f: Reduce, axes: Axes, x: &Layout, out: &Layout) -> ReducePlan {
        let loops = ReduceLoops::new(axes, x, out);
        ReducePlan { f, axes, loops }
    }

    /// The splits of a reduction along `axes` of `rank` dimensions, of the input and the output: between results, and between the elements of
    /// each result.
    pub fn splits(axes: Axes, rank: usize) -> impl Iterator<Item = Split> {
        let of_output = move |d: usize| (!axes.contains(d)).then_some(d);
        (0..rank).map(move |d| Split::new([Some(d), of_output(d)]))
    }
}

/// Reduces `axes` of `x`; `out` has them as dimensions of size 1. Accumulates in the dtype of `out` or better.
#[track_caller]
pub fn reduce<'a>(
    f: Reduce,
    axes: Axes,
    x: &'a View<'a>,
    out: Output<'a>,
) -> Result<Planned<'a, ReducePlan>> {
    let keepdim = true;
    let expected = Op::Reduce { f, axes, keepdim }.infer(&[type_of(x)])?;
    result(f.name(), &expected, &out.view())?;
    let plan = ReducePlan::new(f, axes, x.layout(), out.view().layout());
    Ok(Planned::one(plan, from_ref(x), out))
}

/// The loops of a reduction; each group is in the memory order of the input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReduceLoops {
    /// Over results: the strides of the input and of the output.
    pub kept: Loops<2>,
    /// Over the elements of one result: the strides of the input.
    pub reduced: Loops<1>,
    /// The number of results.
    pub outputs: usize,
    /// The number of elements reduced into each result.
    pub count: usize,
}

impl ReduceLoops {
    /// Reduces the `axes` of `x`; `out` has them as dimensions of size 1.
    ///
    /// ```
    /// use rushlight::backend::{Axes, Dims, Layout, plan::ReduceLoops};
    /// let x = Layout::contiguous(Dims::from([6, 8])).transpose(0, 1);
    /// let loops = ReduceLoops::new(Axes::all(2), &x, &Layout::contiguous(Dims::from([1, 1])));
    /// assert_eq!((loops.outputs, loops.count, &*loops.reduced.shape), (1, 48, &[48][..]));
    /// ```
    pub fn new(axes: Axes, x: &Layout, out: &Layout) -> ReduceLoops {
        let shape = x.shape();
        let dims = |reduced: bool| (0..shape.len()).filter(move |&d| axes.contains(d) == reduced);
        let product = |reduced: bool| dims(reduced).map(|d| shape[d]).product();
        let (outputs, count) = (product(false), product(true));
        ReduceLoops {
            kept: Loops::in_memory_order(0, dims(false), shape, [x.strides(), out.strides()]),
            reduced: match count {
                // If one loop is empty, the others may have any length.
                0 => Loops {
                    shape: Dims::from([0]),
                    strides: [Dims::from([0])],
                },
                _ => Loops::in_memory_order(0, dims(true), shape, [x.strides()]),
            },
            outputs,
            count,
        }
    }
}
