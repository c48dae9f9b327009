//! What the CPU backend computes, as one test program.

mod conv;
mod fused;
mod index;
mod large;
mod linear;
mod lock_model;
mod map;
mod matmul;
mod optimizer;
mod order;
mod pointwise;
mod pool;
mod pool_definition;
mod reduce;
mod support;
mod threads;
