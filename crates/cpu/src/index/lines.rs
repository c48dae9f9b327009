//! A tensor as lines along its last dimension.

use rushlight_backend::Dims;

/// The lines along the last dimension of a shape, in row-major order. A scalar is one line of one element.
pub(super) struct Lines {
    outer: Dims,
    /// How many lines.
    pub count: usize,
    /// How many elements in each.
    pub len: usize,
}

impl Lines {
    pub fn new(shape: &[usize]) -> Lines {
        let (len, outer) = shape.split_last().map_or((1, Dims::SCALAR), |(n, outer)| {
            (*n, outer.iter().copied().collect())
        });
        Lines {
            outer,
            count: outer.numel(),
            len,
        }
    }

    /// Where line `i` starts in a tensor with these strides.
    #[inline]
    pub fn offset(&self, strides: &[usize], mut i: usize) -> usize {
        let mut offset = 0;
        for (n, stride) in self.outer.iter().zip(strides).rev() {
            offset += i % n * stride;
            i /= n;
        }
        offset
    }

    /// Distance between the elements of a line.
    #[inline]
    pub fn step(&self, strides: &[usize]) -> usize {
        strides.last().copied().unwrap_or(1)
    }
}
