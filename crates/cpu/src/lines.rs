//! The rows of a tensor along one dimension, called lines here because the dimension need not be the last.

use rushlight_backend::MAX_RANK;
use smallvec::SmallVec;

/// The lines along one dimension of a shape, numbered in row-major order. A scalar is one line of one element.
pub(crate) struct Lines {
    /// The other dimensions: which, and how large.
    outer: SmallVec<[(usize, usize); MAX_RANK]>,
    dim: usize,
    /// The number of lines.
    pub count: usize,
    /// The number of elements in each line.
    pub len: usize,
}

impl Lines {
    pub fn new(shape: &[usize], dim: usize) -> Lines {
        let others = shape.iter().copied().enumerate();
        let outer: SmallVec<[_; MAX_RANK]> = others.filter(|(d, _)| *d != dim).collect();
        Lines {
            count: outer.iter().map(|(_, n)| n).product(),
            len: shape.get(dim).copied().unwrap_or(1),
            outer,
            dim,
        }
    }

    /// The lines along the last dimension.
    pub fn last(shape: &[usize]) -> Lines {
        Lines::new(shape, shape.len().saturating_sub(1))
    }

    /// The offset of line `i` in a tensor with these strides.
    #[inline]
    pub fn offset(&self, strides: &[usize], mut i: usize) -> usize {
        let mut offset = 0;
        for &(d, n) in self.outer.iter().rev() {
            offset += i % n * strides[d];
            i /= n;
        }
        offset
    }

    /// Distance between the elements of a line.
    #[inline]
    pub fn step(&self, strides: &[usize]) -> usize {
        strides.get(self.dim).copied().unwrap_or(1)
    }
}
