//! The loops of elementwise work: dimensions reordered and merged until as few as possible remain.

use rushlight_backend::MAX_RANK;

/// The most operands that elementwise work reads.
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
    /// The output's smallest stride becomes innermost; neighbours that every operand walks through evenly become one.
    pub fn new(shape: &[usize], out: (&[usize], usize), ins: &[(&[usize], usize)]) -> Nest {
        let mut nest = Nest {
            rank: 0,
            size: [1; MAX_RANK],
            out: [0; MAX_RANK],
            ins: [[0; MAX_RANK]; MAX_INPUTS],
        };
        let mut order = [0; MAX_RANK];
        let mut rank = 0;
        for d in (0..shape.len()).rev().filter(|&d| shape[d] != 1) {
            let mut at = rank;
            while at > 0 && out.0[order[at - 1]] > out.0[d] {
                order[at] = order[at - 1];
                at -= 1;
            }
            order[at] = d;
            rank += 1;
        }
        for &d in &order[..rank] {
            nest.push(
                shape[d],
                out.0[d] * out.1,
                ins.iter().map(|(s, size)| s.get(d).map_or(0, |s| s * size)),
            );
        }
        nest
    }

    /// Adds a loop around the others, or widens the outermost one if that says the same.
    fn push(&mut self, size: usize, out: usize, ins: impl Iterator<Item = usize> + Clone) {
        if let Some(last) = self.rank.checked_sub(1) {
            let wide = self.size[last];
            let even = out == self.out[last] * wide
                && ins
                    .clone()
                    .zip(&self.ins)
                    .all(|(s, own)| s == own[last] * wide);
            if even {
                self.size[last] *= size;
                return;
            }
        }
        let at = self.rank;
        self.rank += 1;
        self.size[at] = size;
        self.out[at] = out;
        for (own, s) in self.ins.iter_mut().zip(ins) {
            own[at] = s;
        }
    }

    /// Exchanges two loops.
    pub fn swap(&mut self, a: usize, b: usize) {
        self.size.swap(a, b);
        self.out.swap(a, b);
        self.ins.iter_mut().for_each(|s| s.swap(a, b));
    }
}
