//! Pooling in one, two and three dimensions.
//!
//! The functions of one family differ only in the number of spatial dimensions, so a macro defines them with their documentation.

mod adaptive;
mod average;
mod fractional;
mod lp;
mod max;

pub use adaptive::{
    adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d, adaptive_max_pool1d,
    adaptive_max_pool1d_with_indices, adaptive_max_pool2d, adaptive_max_pool2d_with_indices,
    adaptive_max_pool3d, adaptive_max_pool3d_with_indices,
};
pub use average::{avg_pool1d, avg_pool2d, avg_pool3d};
pub(crate) use fractional::fractional_max_pool;
pub use fractional::{
    FractionalMaxPoolOptions, fractional_max_pool2d, fractional_max_pool2d_with_indices,
    fractional_max_pool3d, fractional_max_pool3d_with_indices,
};
pub(crate) use lp::lp_pool;
pub use lp::{LPPoolOptions, lp_pool1d, lp_pool2d, lp_pool3d};
pub use max::{
    max_pool1d, max_pool1d_with_indices, max_pool2d, max_pool2d_with_indices, max_pool3d,
    max_pool3d_with_indices, max_unpool1d, max_unpool2d, max_unpool3d,
};
