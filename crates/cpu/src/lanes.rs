//! Reduction of a slice: in SIMD lanes within a block, and in a balanced tree over blocks.
//!
//! The order of operations depends on the number of elements alone, and keeps the error of a long `f32` sum near that of pairwise summation.

/// The number of elements reduced in lanes before the result enters the tree.
pub(crate) const BLOCK: usize = 1024;
/// The number of lanes: the accumulators fill half of the registers of the smallest instruction set.
const LANES: usize = 32;
/// The number of rows of lanes that are combined in a tree before they are combined with the accumulators, so that these depend on each other
/// less often, and rounding errors grow less.
const ROWS: usize = 4;

/// Reduces a slice. Meant to be inlined into code compiled for the CPU's instruction set.
#[inline(always)]
pub(crate) fn reduce<W: Copy>(x: &[W], identity: W, combine: impl Fn(W, W) -> W + Copy) -> W {
    reduce_mapped(x, identity, |v| v, combine)
}

/// Reduces the results of `map` on each element.
#[inline(always)]
pub(crate) fn reduce_mapped<W: Copy>(
    x: &[W],
    identity: W,
    map: impl Fn(W) -> W + Copy,
    combine: impl Fn(W, W) -> W + Copy,
) -> W {
    if x.len() <= BLOCK {
        return block(x, identity, map, combine);
    }
    let mut tree = Cascade::new(identity);
    for part in x.chunks(BLOCK) {
        tree.push(block(part, identity, map, combine), combine);
    }
    tree.finish(identity, combine)
}

/// Reduces at most [`BLOCK`] elements.
#[inline(always)]
fn block<W: Copy>(
    x: &[W],
    identity: W,
    map: impl Fn(W) -> W + Copy,
    combine: impl Fn(W, W) -> W + Copy,
) -> W {
    if x.len() < 16 {
        return x.iter().fold(identity, |acc, &v| combine(acc, map(v)));
    }
    let mut lanes = [identity; LANES];
    let (whole, rest) = x.as_chunks::<{ ROWS * LANES }>();
    for part in whole {
        for (i, lane) in lanes.iter_mut().enumerate() {
            let at = |row: usize| map(part[i + row * LANES]);
            let tree = combine(combine(at(0), at(1)), combine(at(2), at(3)));
            *lane = combine(*lane, tree);
        }
    }
    let (rows, rest) = rest.as_chunks::<LANES>();
    for row in rows {
        for (lane, &v) in lanes.iter_mut().zip(row) {
            *lane = combine(*lane, map(v));
        }
    }
    if !rest.is_empty() {
        // Through a row of its own, because lanes with an index that is not constant would not stay in registers.
        let mut last = [identity; LANES];
        for (slot, &v) in last.iter_mut().zip(rest) {
            *slot = map(v);
        }
        for (lane, &v) in lanes.iter_mut().zip(&last) {
            *lane = combine(*lane, v);
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        let (low, high) = lanes.split_at_mut(width);
        for (a, &b) in low.iter_mut().zip(high.iter()) {
            *a = combine(*a, b);
        }
        width /= 2;
    }
    lanes[0]
}

/// Partial results combined in a balanced tree, in order: level `k` holds the result of `2ᵏ` of them.
pub(crate) struct Cascade<A> {
    levels: [A; usize::BITS as usize],
    pushed: usize,
}

impl<A: Copy> Cascade<A> {
    #[inline(always)]
    pub fn new(identity: A) -> Cascade<A> {
        Cascade {
            levels: [identity; usize::BITS as usize],
            pushed: 0,
        }
    }

    #[inline(always)]
    pub fn push(&mut self, mut value: A, combine: impl Fn(A, A) -> A) {
        let mut level = 0;
        while self.pushed >> level & 1 == 1 {
            value = combine(self.levels[level], value);
            level += 1;
        }
        self.levels[level] = value;
        self.pushed += 1;
    }

    #[inline(always)]
    pub fn finish(&self, identity: A, combine: impl Fn(A, A) -> A) -> A {
        let mut total = None;
        let mut left = self.pushed;
        while left != 0 {
            let value = self.levels[left.trailing_zeros() as usize];
            total = Some(total.map_or(value, |t| combine(value, t)));
            left &= left - 1;
        }
        total.unwrap_or(identity)
    }
}
