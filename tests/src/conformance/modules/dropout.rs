//! Random zeros.

use super::{Row, rows};
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.AlphaDropout" = "nn::AlphaDropout": |a| AlphaDropout::new(a.float_or(0, "p", 0.5)?)?;
    "nn.Dropout" = "nn::Dropout": |a| Dropout::new(a.float_or(0, "p", 0.5)?)?;
    "nn.Dropout1d" = "nn::Dropout1d": |a| Dropout1d::new(a.float_or(0, "p", 0.5)?)?;
    "nn.Dropout2d" = "nn::Dropout2d": |a| Dropout2d::new(a.float_or(0, "p", 0.5)?)?;
    "nn.Dropout3d" = "nn::Dropout3d": |a| Dropout3d::new(a.float_or(0, "p", 0.5)?)?;
    "nn.FeatureAlphaDropout" = "nn::FeatureAlphaDropout": |a| FeatureAlphaDropout::new(a.float_or(0, "p", 0.5)?)?;
};
