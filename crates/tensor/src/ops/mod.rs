//! The user's methods, by what they do. Each ends in [`crate::apply`] or [`crate::apply_in_place`].

mod addmm;
mod arithmetic;
mod compare;
mod contract;
mod conv;
mod einsum;
mod gather;
mod in_place;
mod indexing;
mod join;
mod matmul;
mod operators;
mod pad;
mod pointwise;
mod pool;
mod reduce;
mod scan;
mod softmax;
mod sort;
mod statistics;
mod triangle;
mod unpool;
mod views;
mod weighted;

pub use conv::{ConvOptions, ConvPadding};
pub use indexing::{Ellipsis, Index, Indices, NewAxis, step};
pub use pool::{OutputSizes, PoolOptions};
