//! Changes of dtype.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
