//! What each reduction computes: how two partial results join.

use crate::element::Wide;
use std::marker::PhantomData;

/// A reduction of numbers of one type.
pub(crate) trait Rule: 'static {
    type W: Wide;
    /// The result of no element.
    const IDENTITY: Self::W;
    fn join(a: Self::W, b: Self::W) -> Self::W;
}

macro_rules! rules {
    ($($name:ident, $identity:ident, $join:ident;)*) => { $(
        pub(crate) struct $name<W>(PhantomData<W>);

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
