//! Reading and writing by index or mask.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
