//! Requirements of operations on the values of elements, beyond shape and dtype.

use crate::Error;

/// A requirement on every element of a tensor, and the error if an element violates it.
///
/// The CPU checks the elements at once. A GPU checks them in a kernel, and reports a violation when a poisoned tensor is read, as it does for
/// an index out of range, so that the host does not wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Check {
    /// Floats in `[0, 1]`, as `binary_cross_entropy` requires. NaN is a violation.
    Probabilities,
    /// Integers that start at 0, never decrease, and are at most `most`: the offsets of the bags of `embedding_bag`.
    Offsets {
        /// The number of indices.
        most: usize,
    },
}

impl Check {
    /// The operation that requires it.
    pub const fn name(self) -> &'static str {
        match self {
            Check::Probabilities => "binary_cross_entropy",
            Check::Offsets { .. } => "embedding_bag",
        }
    }

    /// The error for element `index`.
    #[track_caller]
    pub fn error(self, index: usize) -> Error {
        match self {
            Check::Probabilities => Error::value(format!(
                "binary_cross_entropy: the input must be probabilities in [0, 1], which element {index} is not; for logits use binary_cross_entropy_with_logits"
            )),
            Check::Offsets { most } => Error::index(format!(
                "embedding_bag: offsets start at 0, never fall, and end at most at {most}, the number of indices; offset {index} does not fit"
            )),
        }
    }
}
