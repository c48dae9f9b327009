//! Vectorisable mathematical functions.
