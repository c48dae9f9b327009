//! Matrix products of every kind.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
