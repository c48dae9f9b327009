//! The entries of an index expression (Python's square brackets), converted from Rust numbers, ranges and tuples.

use crate::Tensor;
use crate::parameters::nearest;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// One entry of an index, for one dimension (or for none, or for all that are left).
#[derive(Clone)]
pub enum Index {
    /// One position, which removes the dimension. Negative positions count from the end.
    At(isize),
    /// Every `step`-th position from `start` before `end`, as Python's slices.
    Slice {
        /// First position, by default 0.
        start: Option<isize>,
        /// Position before which to stop, by default the size.
        end: Option<isize>,
        /// Distance between the positions.
        step: usize,
    },
    /// A new dimension of size 1. Python: `None`.
    NewAxis,
    /// All dimensions that no other entry indexes. Python: `...`.
    Ellipsis,
    /// Positions (`int64`, `int32`) or a mask (`bool`) over as many dimensions as it has.
    Tensor(Tensor),
}

/// A new dimension of size 1 in an index. Python: `None`.
#[derive(Clone, Copy)]
pub struct NewAxis;

/// All dimensions that no other entry of an index names. Python: `...`.
#[derive(Clone, Copy)]
pub struct Ellipsis;

impl From<NewAxis> for Index {
    fn from(_: NewAxis) -> Index {
        Index::NewAxis
    }
}

impl From<Ellipsis> for Index {
    fn from(_: Ellipsis) -> Index {
        Index::Ellipsis
    }
}

impl From<&Tensor> for Index {
    fn from(t: &Tensor) -> Index {
        Index::Tensor(t.clone())
    }
}

impl From<RangeFull> for Index {
    fn from(_: RangeFull) -> Index {
        Index::Slice {
            start: None,
            end: None,
            step: 1,
        }
    }
}

macro_rules! positions {
    ($($t:ty),*) => { $(
        impl From<$t> for Index {
            fn from(at: $t) -> Index { Index::At(nearest!(at)) }
        }
        impl From<Range<$t>> for Index {
            fn from(r: Range<$t>) -> Index { Index::Slice { start: Some(nearest!(r.start)), end: Some(nearest!(r.end)), step: 1 } }
        }
        impl From<RangeFrom<$t>> for Index {
            fn from(r: RangeFrom<$t>) -> Index { Index::Slice { start: Some(nearest!(r.start)), end: None, step: 1 } }
        }
        impl From<RangeTo<$t>> for Index {
            fn from(r: RangeTo<$t>) -> Index { Index::Slice { start: None, end: Some(nearest!(r.end)), step: 1 } }
        }
        impl From<RangeInclusive<$t>> for Index {
            fn from(r: RangeInclusive<$t>) -> Index { Index::Slice { start: Some(nearest!(*r.start())), end: after(nearest!(*r.end())), step: 1 } }
        }
        impl From<RangeToInclusive<$t>> for Index {
            fn from(r: RangeToInclusive<$t>) -> Index { Index::Slice { start: None, end: after(nearest!(r.end)), step: 1 } }
        }
        impl<const N: usize> Indices for [$t; N] {
            fn into_list(self) -> Vec<Index> { self.into_iter().map(Index::from).collect() }
        }
        impl<const N: usize> Indices for &[$t; N] {
            fn into_list(self) -> Vec<Index> { self.iter().map(|&at| Index::from(at)).collect() }
        }
        impl Indices for &[$t] {
            fn into_list(self) -> Vec<Index> { self.iter().map(|&at| Index::from(at)).collect() }
        }
    )* };
}

positions!(i32, u32, i64, u64, isize, usize);

/// The exclusive bound for an inclusive one; `None` for the last position, which has no successor.
fn after(end: isize) -> Option<isize> {
    if end == -1 {
        None
    } else {
        Some(end.saturating_add(1))
    }
}

/// Every `step`-th position of a range, as an entry of [`Tensor::i`](crate::Tensor::i). Python and PyTorch: `a:b:step`.
///
/// ```
/// # use rushlight::{step, tensor};
/// assert_eq!(tensor!([0, 1, 2, 3, 4]).i(step(1.., 2))?.to_vec::<i64>()?, [1, 3]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub fn step(range: impl Into<Index>, step: usize) -> Index {
    match range.into() {
        Index::Slice { start, end, .. } => Index::Slice { start, end, step },
        other => other,
    }
}

/// The argument of [`Tensor::i`]: one entry, a tuple of entries, or a list of positions (coordinates, one per dimension).
pub trait Indices {
    /// The entries in order.
    fn into_list(self) -> Vec<Index>;
}

impl<I: Into<Index>> Indices for I {
    fn into_list(self) -> Vec<Index> {
        vec![self.into()]
    }
}

impl Indices for Vec<Index> {
    fn into_list(self) -> Vec<Index> {
        self
    }
}

macro_rules! tuples {
    ($(($($name:ident)*))*) => { $(
        impl<$($name: Into<Index>),*> Indices for ($($name,)*) {
            #[allow(non_snake_case)]
            fn into_list(self) -> Vec<Index> {
                let ($($name,)*) = self;
                vec![$($name.into()),*]
            }
        }
    )* };
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) }
