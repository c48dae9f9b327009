//! The combining function and the identity of each reduction.

use crate::element::Wide;
use std::marker::PhantomData;

/// A reduction of numbers of one type.
pub(crate) trait Rule: 'static {
    type W: Wide;
    /// The result for zero elements.
    const IDENTITY: Self::W;
    fn combine(a: Self::W, b: Self::W) -> Self::W;
}

macro_rules! rules {
    ($($name:ident, $identity:ident, $combine:ident;)*) => { $(
        pub(crate) struct $name<W>(PhantomData<W>);

        impl<W: Wide> Rule for $name<W> {
            type W = W;
            const IDENTITY: W = W::$identity;
            #[inline(always)]
            fn combine(a: W, b: W) -> W { a.$combine(b) }
        }
    )* };
}

rules! {
    Sum, EMPTY_SUM, plus;
    Prod, EMPTY_PRODUCT, times;
    Max, LOWEST, larger;
    Min, HIGHEST, smaller;
}
