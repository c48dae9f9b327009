//! Poolings and their inverses.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
