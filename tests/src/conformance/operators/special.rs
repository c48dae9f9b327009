//! Functions of mathematics with names of their own: gamma, Bessel, normal distribution; windows.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
