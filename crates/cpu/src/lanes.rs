//! Folding many neighbours into one: in lanes that the processor adds side by side, and block by block as a balanced tree.
//!
//! The order of joins depends on the number of elements alone, and keeps the error of a long `f32` sum near that of pairwise summation.

/// Elements folded in lanes before their result enters the tree.
pub(crate) const BLOCK: usize = 1024;
/// Lanes of one accumulator; four of them run side by side.
const LANES: usize = 16;

/// Folds a slice. Meant to be inlined into code compiled for the processor.
#[inline(always)]
pub(crate) fn fold<W: Copy>(x: &[W], identity: W, join: impl Fn(W, W) -> W + Copy) -> W {
    if x.len() <= BLOCK {
        return block(x, identity, join);
    }
    let mut tree = Cascade::new(identity);
    for part in x.chunks(BLOCK) {
        tree.push(block(part, identity, join), join);
    }
    tree.finish(identity, join)
}

/// Folds at most [`BLOCK`] elements.
#[inline(always)]
fn block<W: Copy>(x: &[W], identity: W, join: impl Fn(W, W) -> W + Copy) -> W {
    if x.len() < LANES {
        return x.iter().fold(identity, |acc, &v| join(acc, v));
    }
    let mut acc = [[identity; LANES]; 4];
    let (wide, rest) = x.as_chunks::<{ 4 * LANES }>();
    for chunk in wide {
        for (lanes, part) in acc.iter_mut().zip(chunk.as_chunks::<LANES>().0) {
            absorb(lanes, part, join);
        }
    }
    let (narrow, rest) = rest.as_chunks::<LANES>();
    for part in narrow {
        absorb(&mut acc[0], part, join);
    }
    for (lane, &v) in acc[1].iter_mut().zip(rest) {
        *lane = join(*lane, v);
    }
    let [mut a, b, mut c, d] = acc;
    absorb(&mut a, &b, join);
    absorb(&mut c, &d, join);
    absorb(&mut a, &c, join);
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            a[i] = join(a[i], a[i + width]);
        }
        width /= 2;
    }
    a[0]
}

#[inline(always)]
fn absorb<W: Copy>(lanes: &mut [W; LANES], x: &[W; LANES], join: impl Fn(W, W) -> W) {
    for (lane, &v) in lanes.iter_mut().zip(x) {
        *lane = join(*lane, v);
    }
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
