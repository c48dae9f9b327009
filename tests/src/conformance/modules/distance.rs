//! Similarity and distance of pairs.

use super::{Row, pair, rows};
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.CosineSimilarity" = "nn::CosineSimilarity": |a| CosineSimilarity::with(CosineSimilarityOptions { dim: a.dim_or(0, 1)?, eps: a.float_or(1, "eps", 1e-8)? }) => pair;
    "nn.PairwiseDistance" = "nn::PairwiseDistance": |a| {
        PairwiseDistance::with(PairwiseDistanceOptions {
            p: a.float_or(0, "p", 2.0)?,
            eps: a.float_or(1, "eps", 1e-6)?,
            keepdim: a.flag(2, "keepdim", false)?,
        })
    } => pair;
};
