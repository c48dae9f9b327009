//! View operations: the same elements under another layout, without a copy.

use crate::{Dims, Layout, MAX_RANK};
use std::sync::Arc;

/// A view. Recorded for its derivative, never dispatched to a backend.
#[derive(Clone, PartialEq, Debug)]
pub enum ViewOp {
    /// The same elements in row-major order under another shape: `view`, `squeeze`, `unsqueeze`, `flatten`.
    Reshape,
    /// Elements repeated along leading dimensions and dimensions of size 1.
    Expand,
    /// Every `step`-th index of a dimension from `start`; the count is the result's.
    Slice {
        /// The sliced dimension.
        dim: u8,
        /// Distance between the indices taken.
        step: usize,
        /// The first index taken.
        start: usize,
    },
    /// Dimension `i` of the result is dimension `axes[i]` of the input.
    Permute([u8; MAX_RANK]),
    /// Any layout over the input's storage: diagonals, sliding windows.
    AsStrided(Arc<Layout>),
}

impl ViewOp {
    /// PyTorch's name.
    pub const fn name(&self) -> &'static str {
        match self {
            ViewOp::Reshape => "view",
            ViewOp::Expand => "expand",
            ViewOp::Slice { .. } => "slice",
            ViewOp::Permute(_) => "permute",
            ViewOp::AsStrided(_) => "as_strided",
        }
    }

    /// A permutation of the dimensions.
    pub fn permute(axes: &[usize]) -> ViewOp {
        let mut list = [0; MAX_RANK];
        for (to, &from) in list.iter_mut().zip(axes) {
            *to = from as u8;
        }
        ViewOp::Permute(list)
    }

    /// The permutation that undoes [`ViewOp::Permute`] of `rank` dimensions.
    pub fn inverse(axes: &[u8; MAX_RANK], rank: usize) -> Dims {
        let mut back = Dims::filled(0, rank);
        for (i, &a) in axes[..rank].iter().enumerate() {
            back[a as usize] = i;
        }
        back
    }
}
