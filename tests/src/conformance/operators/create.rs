//! New tensors, filled with numbers or drawn.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
