//! What the GPU backend computes and how it fails, as one test program.

mod agreement;
mod arg_reduce;
mod argsort;
mod binding_limits;
mod conv;
mod engine;
mod failures;
mod faults;
mod gather;
mod guards;
mod int64;
mod layer_norm;
mod linalg;
mod matmul;
mod optimizer;
mod pool;
mod reduce;
mod scan;
mod scatter;
mod softmax;
mod support;
mod threads;
mod upload;
