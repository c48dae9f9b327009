//! Nested loops over several tensors at once, merged into as few loops as possible.

use crate::Dims;
use smallvec::SmallVec;

/// One shape, outermost dimension first, and each tensor's strides over it, in elements.
///
/// No loop has size 1, and neighbouring loops are merged if a single stride describes them in every tensor. A contiguous tensor alone is one
/// loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loops<const N: usize> {
    /// The size of each loop.
    pub shape: Dims,
    /// The stride of each loop in each tensor.
    pub strides: [Dims; N],
}

impl<const N: usize> Loops<N> {
    /// The loops over `shape`, in its order.
    ///
    /// ```
    /// use rushlight::backend::{Dims, plan::Loops};
    /// let (dense, row) = (Dims::from([12, 4, 1]), Dims::from([0, 0, 1]));
    /// let loops = Loops::new(&Dims::from([2, 3, 4]), [&dense, &row]);
    /// assert_eq!(*loops.shape, [6, 4]);
    /// assert_eq!((&*loops.strides[0], &*loops.strides[1]), (&[4, 1][..], &[0, 1][..]));
    /// ```
    #[inline]
    pub fn new(shape: &Dims, strides: [&Dims; N]) -> Loops<N> {
        Loops::over(0..shape.len(), shape, strides.map(|s| &**s))
    }

    /// The loops over the dimensions `dims` of `shape`, those with the largest stride in tensor `k` outermost, which is its memory order.
    #[inline]
    pub fn in_memory_order(
        k: usize,
        dims: impl Iterator<Item = usize>,
        shape: &[usize],
        strides: [&[usize]; N],
    ) -> Loops<N> {
        let mut dims: SmallVec<[usize; crate::MAX_RANK]> =
            dims.filter(|&d| shape[d] != 1).collect();
        dims.sort_by_key(|&d| std::cmp::Reverse(strides[k][d]));
        Loops::over(dims.into_iter(), shape, strides)
    }

    /// The loops over the dimensions `dims` of `shape`, in that order.
    #[inline]
    pub(super) fn over(
        dims: impl Iterator<Item = usize>,
        shape: &[usize],
        strides: [&[usize]; N],
    ) -> Loops<N> {
        let mut loops = Loops {
            shape: Dims::SCALAR,
            strides: [Dims::SCALAR; N],
        };
        for d in dims {
            loops.push(shape[d], strides.map(|s| s[d]));
        }
        loops
    }

    /// Adds a loop inside the others, or lengthens the innermost one if that visits the same elements.
    #[inline]
    fn push(&mut self, size: usize, steps: [usize; N]) {
        if size == 1 {
            return;
        }
        if let Some(last) = self.rank().checked_sub(1) {
            let even = (0..N).all(|k| self.strides[k][last] == steps[k].saturating_mul(size));
            if even {
                self.shape[last] *= size;
                (0..N).for_each(|k| self.strides[k][last] = steps[k]);
                return;
            }
        }
        self.shape.push(size);
        (0..N).for_each(|k| self.strides[k].push(steps[k]));
    }

    /// The number of loops.
    #[inline]
    pub fn rank(&self) -> usize {
        self.shape.len()
    }

    /// The size and strides of the innermost loop, and the loops around it. Without loops, a loop of a single element.
    #[inline]
    pub fn split_innermost(&self) -> (usize, [usize; N], Loops<N>) {
        let Some(last) = self.rank().checked_sub(1) else {
            return (1, [1; N], *self);
        };
        let mut outer = *self;
        outer.shape.truncate(last);
        outer.strides.iter_mut().for_each(|s| s.truncate(last));
        (self.shape[last], self.strides.map(|s| s[last]), outer)
    }

    /// The offset of element `i`, in the order of the loops, in each tensor.
    #[inline(always)]
    pub fn offsets(&self, mut i: usize) -> [usize; N] {
        if self.rank() == 1 {
            return std::array::from_fn(|k| i * self.strides[k][0]);
        }
        let mut offsets = [0; N];
        for d in (0..self.rank()).rev() {
            let at = i % self.shape[d];
            i /= self.shape[d];
            (0..N).for_each(|k| offsets[k] += at * self.strides[k][d]);
        }
        offsets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_neighbours_merge_and_others_do_not() {
        let dense = Dims::from([12, 4, 1]);
        let loops = Loops::new(&Dims::from([2, 3, 4]), [&dense]);
        assert_eq!(*loops.shape, [24]);
        let loops = Loops::new(&Dims::from([2, 3, 4]), [&dense, &Dims::from([0, 0, 1])]);
        assert_eq!(*loops.shape, [6, 4]);
        assert_eq!(loops.offsets(4 * 5 + 2), [22, 2]);
        let (size, steps, outer) = loops.split_innermost();
        assert_eq!((size, steps, outer.rank()), (4, [1, 1], 1));
    }

    #[test]
    fn a_transposed_tensor_is_one_loop_in_memory_order() {
        let loops = Loops::in_memory_order(0, 0..2, &[8, 6], [&[1, 8]]);
        assert_eq!(*loops.shape, [48]);
        assert_eq!(Loops::new(&Dims::SCALAR, [&Dims::SCALAR]).offsets(0), [0]);
    }
}
