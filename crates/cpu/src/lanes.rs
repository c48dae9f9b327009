//! Reduction of a slice: in SIMD lanes within a block, and in a balanced tree over blocks.
//!
//! The order of operations depends on the number of elements alone, and keeps the error of a long `f32` sum near that of pairwise summation.

/// The number of elements reduced in lanes before the result enters the tree.
pub(crate) const BLOCK: usize = 1024;
/// The number of lanes. It is large enough that the compiler does not unroll the loop over them, and vectorizes it.
const LANES: usize = 128;

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
    let (whole, rest) = x.as_chunks::<LANES>();
    for part in whole {
        for (lane, &v) in lanes.iter_mut().zip(part) {
            *lane = combine(*lane, map(v));
        }
    }
    for (lane, &v) in lanes.iter_mut().zip(rest) {
        *lane = combine(*lane, map(v));
    }
    let mut width = if whole.is_empty() {
        64.min(x.len().next_power_of_two())
    } else {
        LANES / 2
    };
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
