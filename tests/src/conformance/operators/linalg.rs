//! Linear algebra: decompositions, solutions, norms of matrices.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
