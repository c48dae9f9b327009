//! Interpolation, sampling of grids, shuffled pixels.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
