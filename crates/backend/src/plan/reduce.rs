//! Reductions: loops over results and, for each, over the elements reduced into it.

use super::Loops;
use crate::{Axes, Dims, Layout};

/// The loops of a reduction, each group in the order in which the input lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReducePlan {
    /// Over results: the strides of the input and of the output.
    pub kept: Loops<2>,
    /// Over the elements of one result: the strides of the input.
    pub reduced: Loops<1>,
    /// How many results.
    pub outputs: usize,
    /// How many elements are reduced into each.
    pub count: usize,
}

impl ReducePlan {
    /// Reduces the `axes` of `x`; `out` has them as dimensions of size 1.
    ///
    /// ```
    /// use rushlight_backend::{Axes, Dims, Layout, plan::ReducePlan};
    /// let x = Layout::contiguous(Dims::from([6, 8])).transpose(0, 1);
    /// let plan = ReducePlan::new(Axes::all(2), &x, &Layout::contiguous(Dims::from([1, 1])));
    /// assert_eq!((plan.outputs, plan.count, &*plan.reduced.shape), (1, 48, &[48][..]));
    /// ```
    pub fn new(axes: Axes, x: &Layout, out: &Layout) -> ReducePlan {
        let shape = x.shape();
        let dims = |reduced: bool| (0..shape.len()).filter(move |&d| axes.contains(d) == reduced);
        let product = |reduced: bool| dims(reduced).map(|d| shape[d]).product();
        let (outputs, count) = (product(false), product(true));
        ReducePlan {
            kept: Loops::in_memory_order(0, dims(false), shape, [x.strides(), out.strides()]),
            reduced: match count {
                // The loops beside an empty one may be of any length.
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
