//! Tests of the shaders without a GPU, as one program.

mod kernels;
mod library;
mod spirv;
mod validation;
