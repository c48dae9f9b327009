//! Folding many neighbours into one: in lanes that the processor adds side by side, and block by block as a balanced tree.
//!
//! The order of joins depends on the number of elements alone, and keeps the error of a long `f32` sum near that of pairwise summation.

/// Elements folded in lanes before their result enters the tree.
pub(crate) const BLOCK: usize = 1024;
/// Lanes that run side by side: so many that the loop over them stays a loop, and becomes one over vectors.
const LANES: usize = 128;

/// Folds a slice. Meant to be inlined into code compiled for the processor.
#[inline(always)]
pub(crate) fn fold<W: Copy>(x: &[W], identity: W, join: impl Fn(W, W) -> W + Copy) -> W {
    fold_each(x, identity, |v| v, join)
}

/// Folds what `lift` makes of each element.
#[inline(always)]
pub(crate) fn fold_each<W: Copy>(
    x: &[W],
    identity: W,
    lift: impl Fn(W) -> W + Copy,
    join: impl Fn(W, W) -> W + Copy,
) -> W {
    if x.len() <= BLOCK {
        return block(x, identity, lift, join);
    }
    let mut tree = Cascade::new(identity);
    for part in x.chunks(BLOCK) {
        tree.push(block(part, identity, lift, join), join);
    }
    tree.finish(identity, join)
}

/// Folds at most [`BLOCK`] elements.
#[inline(always)]
fn block<W: Copy>(
    x: &[W],
    identity: W,
    lift: impl Fn(W) -> W + Copy,
    join: impl Fn(W, W) -> W + Copy,
) -> W {
    if x.len() < 16 {
        return x.iter().fold(identity, |acc, &v| join(acc, lift(v)));
    }
    let mut lanes = [identity; LANES];
    let (whole, rest) = x.as_chunks::<LANES>();
    for part in whole {
        for (lane, &v) in lanes.iter_mut().zip(part) {
            *lane = join(*lane, lift(v));
        }
    }
    for (lane, &v) in lanes.iter_mut().zip(rest) {
        *lane = join(*lane, lift(v));
    }
    let mut width = if whole.is_empty() {
        64.min(x.len().next_power_of_two())
    } else {
        LANES / 2
    };
    while width > 0 {
        let (low, high) = lanes.split_at_mut(width);
        for (a, &b) in low.iter_mut().zip(high.iter()) {
            *a = join(*a, b);
        }
        width /= 2;
    }
    lanes[0]
}

/// Partial results joined as a balanced tree, in the order they come: level `k` holds the result of `2ᵏ` of them.
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
    pub fn push(&mut self, mut value: A, join: impl Fn(A, A) -> A) {
        let mut level = 0;
        while self.pushed >> level & 1 == 1 {
            value = join(self.levels[level], value);
            level += 1;
        }
        self.levels[level] = value;
        self.pushed += 1;
    }

    #[inline(always)]
    pub fn finish(&self, identity: A, join: impl Fn(A, A) -> A) -> A {
        let mut total = None;
        let mut left = self.pushed;
        while left != 0 {
            let value = self.levels[left.trailing_zeros() as usize];
            total = Some(total.map_or(value, |t| join(value, t)));
            left &= left - 1;
        }
        total.unwrap_or(identity)
    }
}
