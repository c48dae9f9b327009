//! Attention, embeddings and dropout.

use super::{Row, rows};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {};
