//! The layers.

mod linear;

pub use linear::{Bilinear, BilinearBuilder, Identity, Linear, LinearBuilder};
