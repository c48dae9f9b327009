//! Joining, splitting and repeating.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
