//! The host side of each kernel family: the choice of a kernel, its grid and its parameters.

pub(crate) mod apart;
pub(crate) mod arg_reduce;
pub(crate) mod argsort;
pub(crate) mod attention;
pub(crate) mod check;
pub(crate) mod conv;
pub(crate) mod cross_entropy;
pub(crate) mod fill;
pub(crate) mod fold;
pub(crate) mod fused;
pub(crate) mod gather;
mod indexed;
pub(crate) mod layer_norm;
pub(crate) mod linalg;
pub(crate) mod lines;
pub(crate) mod map;
pub(crate) mod matmul;
pub(crate) mod names;
pub(crate) mod optimizer;
pub(crate) mod params;
pub(crate) mod pool;
pub(crate) mod reduce;
pub(crate) mod scan;
pub(crate) mod scatter;
pub(crate) mod softmax;
pub(crate) mod tiles;
pub(crate) mod wide;
