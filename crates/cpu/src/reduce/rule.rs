//! What each reduction computes: how two partial results join, and the tree in which they do.

use crate::element::Wide;
use std::marker::PhantomData;

/// A reduction of numbers of one type.
pub(super) trait Rule: 'static {
    type W: Wide;
    /// The result of no element.
    const IDENTITY: Self::W;
    fn join(a: Self::W, b: Self::W) -> Self::W;
}

macro_rules! rules {
    ($($name:ident, $identity:ident, $join:ident;)*) => { $(
        pub(super) struct $name<W>(PhantomData<W>);

        impl<W: Wide> Rule for $name<W> {
            type W = W;
            const IDENTITY: W = W::$identity;
            #[inline(always)]
            fn join(a: W, b: W) -> W { a.$join(b) }
        }
    )* };
}

rules! {
    Sum, EMPTY_SUM, plus;
    Prod, EMPTY_PRODUCT, times;
    Max, LOWEST, larger;
    Min, HIGHEST, smaller;
}

/// Partial results joined as a balanced tree, in the order they come: level `k` holds the result of `2ᵏ` of them.
pub(super) struct Cascade<A> {
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
