//! Loops over several operands at once: as few dimensions as say the same.

use rushlight_backend::{Dims, Layout};
use smallvec::SmallVec;

/// One shape, and each operand's strides over it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loops<const N: usize> {
    pub shape: Dims,
    pub strides: [Dims; N],
}

impl<const N: usize> Loops<N> {
    /// The loops over `shape`: dimensions of size 1 left out, neighbours that every operand walks through evenly merged.
    pub fn new(shape: &Dims, strides: [&Dims; N]) -> Loops<N> {
        let mut loops = Loops {
            shape: Dims::SCALAR,
            strides: [Dims::SCALAR; N],
        };
        for d in (0..shape.len()).filter(|&d| shape[d] != 1) {
            let last = loops.shape.len().wrapping_sub(1);
            let even = !loops.shape.is_empty()
                && (0..N).all(|k| loops.strides[k][last] == strides[k][d] * shape[d]);
            if even {
                loops.shape[last] *= shape[d];
                (0..N).for_each(|k| loops.strides[k][last] = strides[k][d]);
            } else {
                loops.shape.push(shape[d]);
                (0..N).for_each(|k| loops.strides[k].push(strides[k][d]));
            }
        }
        loops
    }

    pub fn rank(&self) -> usize {
        self.shape.len()
    }
}

/// Cuts layouts of one shape in two along the dimension that they reach farthest over; for tensors too large for one binding.
pub(crate) fn halves(layouts: &[Layout]) -> Option<[SmallVec<[Layout; 4]>; 2]> {
    let shape = layouts.first()?.shape();
    let reach = |d: usize| {
        layouts
            .iter()
            .map(|l| l.strides()[d].saturating_mul(shape[d] - 1))
            .max()
    };
    let dim = (0..shape.len())
        .filter(|&d| shape[d] > 1)
        .max_by_key(|&d| reach(d))?;
    let half = shape[dim] / 2;
    let part = |start: usize, len: usize| {
        layouts
            .iter()
            .map(|l| l.slice(dim, start, len, 1))
            .collect()
    };
    Some([part(0, half), part(half, shape[dim] - half)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_neighbours_merge_and_others_do_not() {
        let dense = Dims::from([12, 4, 1]);
        let row = Dims::from([0, 0, 1]);
        let loops = Loops::new(&Dims::from([2, 3, 4]), [&dense, &row]);
        assert_eq!(*loops.shape, [6, 4]);
        assert_eq!(*loops.strides[0], [4, 1]);
        assert_eq!(*loops.strides[1], [0, 1]);
        let loops = Loops::new(&Dims::from([2, 3, 4]), [&dense]);
        assert_eq!(*loops.shape, [24]);
    }

    #[test]
    fn halves_cover_everything_once() {
        let layout = Layout::contiguous(Dims::from([5, 3]));
        let [a, b] = halves(&[layout]).unwrap();
        assert_eq!((a[0].numel(), b[0].numel()), (6, 9));
        assert_eq!(b[0].offset(), 6);
        assert!(halves(&[Layout::contiguous(Dims::from([1, 1]))]).is_none());
    }
}
