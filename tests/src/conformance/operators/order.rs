//! Sorting, searching, counting, and running operations.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
