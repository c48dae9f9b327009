//! The loops of elementwise operations: dimensions reordered and merged until as few as possible remain.

use rushlight_backend::MAX_RANK;
use rushlight_backend::plan::Loops;

/// The maximum number of operands that an elementwise operation reads.
pub(super) const MAX_INPUTS: usize = 3;

/// Nested loops, innermost first; strides in bytes.
#[derive(Clone, Copy)]
pub(super) struct Nest {
    pub rank: usize,
    pub size: [usize; MAX_RANK],
    pub out: [usize; MAX_RANK],
    pub ins: [[usize; MAX_RANK]; MAX_INPUTS],
}

impl Nest {
    /// The loops over `shape`. Each operand is given by its strides (none: one element for all) and the size of its elements.
    ///
    /// The output's smallest stride becomes innermost; neighbouring loops that a single stride describes in every operand are merged.
    pub fn new(shape: &[usize], out: (&[usize], usize), ins: &[(&[usize], usize)]) -> Nest {
        let none = [0; MAX_RANK];
        let strides = std::array::from_fn(|k| match k.checked_sub(1) {
            None => out.0,
            Some(i) => match ins.get(i) {
                Some((strides, _)) if !strides.is_empty() => strides,
                _ => &none[..shape.len()],
            },
        });
        let loops: Loops<{ MAX_INPUTS + 1 }> =
            Loops::in_memory_order(0, 0..shape.len(), shape, strides);
        let rank = loops.rank();
        let mut size = [1; MAX_RANK];
        let bytes = |k: usize, each: usize| {
            let mut steps = [0; MAX_RANK];
            (0..rank).for_each(|d| steps[d] = loops.strides[k][rank - 1 - d] * each);
            steps
        };
        (0..rank).for_each(|d| size[d] = loops.shape[rank - 1 - d]);
        Nest {
            rank,
            size,
            out: bytes(0, out.1),
            ins: std::array::from_fn(|i| bytes(i + 1, ins.get(i).map_or(0, |(_, size)| *size))),
        }
    }

    /// Exchanges two loops.
    pub fn swap(&mut self, a: usize, b: usize) {
        self.size.swap(a, b);
        self.out.swap(a, b);
        self.ins.iter_mut().for_each(|s| s.swap(a, b));
    }
}
