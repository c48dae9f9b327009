//! Splitting of calls in two, for tensors too large for one binding of a GPU.

use crate::Layout;
use smallvec::SmallVec;

/// A dimension of a computation along which it can be split: for each tensor, inputs before outputs, the dimension that runs along it. A tensor
/// that has none takes part in both halves as a whole; if that is the output, the results of both halves are to be combined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split([Option<usize>; Split::TENSORS]);

impl Split {
    /// The maximum number of tensors of a call that can be split.
    pub const TENSORS: usize = 4;

    /// Along dimension `dim` of every tensor.
    pub fn of_all(dim: usize) -> Split {
        Split([Some(dim); Split::TENSORS])
    }

    /// Along these dimensions.
    pub fn new<const N: usize>(dims: [Option<usize>; N]) -> Split {
        const { assert!(N <= Split::TENSORS) };
        Split(std::array::from_fn(|i| dims.get(i).copied().flatten()))
    }

    /// The dimension of tensor `i`.
    pub fn dim(&self, i: usize) -> Option<usize> {
        self.0[i]
    }

    /// The number of elements along it.
    pub fn size(&self, layouts: &[&Layout]) -> usize {
        let mut sizes = self.0.iter().zip(layouts);
        let size = sizes.find_map(|(dim, layout)| dim.map(|d| layout.shape()[d]));
        size.unwrap_or(1)
    }

    /// How far tensor `i` extends in memory along it, in elements.
    pub fn extent(&self, i: usize, layout: &Layout) -> usize {
        self.0[i].map_or(0, |d| {
            let last = layout.shape()[d].saturating_sub(1);
            layout.strides()[d].saturating_mul(last)
        })
    }

    /// The layouts of both halves.
    ///
    /// ```
    /// use rushlight::backend::{Dims, Layout, plan::Split};
    /// let (a, b) = (Layout::contiguous(Dims::from([5, 3])), Layout::contiguous(Dims::from([3, 2])));
    /// let [first, second] = Split::new([Some(0), None]).halves(&[&a, &b]);
    /// assert_eq!((&**first[0].shape(), &**second[0].shape()), (&[2, 3][..], &[3, 3][..]));
    /// assert_eq!((second[0].offset(), second[1]), (6, b));
    /// ```
    pub fn halves(&self, layouts: &[&Layout]) -> [SmallVec<[Layout; Split::TENSORS]>; 2] {
        let (size, half) = (self.size(layouts), self.size(layouts) / 2);
        [(0, half), (half, size - half)].map(|(start, len)| {
            let tensors = self.0.iter().zip(layouts);
            tensors
                .map(|(dim, layout)| match dim {
                    Some(d) => layout.slice(*d, start, len, 1),
                    None => **layout,
                })
                .collect()
        })
    }
}
