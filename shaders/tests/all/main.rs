//! The shaders without a GPU, as one test program.

mod kernels;
mod library;
mod spirv;
mod validation;
