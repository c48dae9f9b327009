//! Layers that only rearrange.

use super::{Row, rows};
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.Flatten" = "nn::Flatten": |a| {
        Flatten::with(FlattenOptions {
            start_dim: a.int_or(0, "start_dim", 1)? as isize,
            end_dim: a.int_or(1, "end_dim", -1)? as isize,
        })
    };
    "nn.Unflatten" = "nn::Unflatten": |a| Unflatten::new(a.dim(0)?, a.ints(1, "unflattened_size")?);
};
