//! Parameters in the layout of the shaders' uniform blocks.

use rushlight_backend::{Dims, MAX_RANK, Scalar};
use rushlight_shaders::Compute;

/// Bytes of a kernel's `Params`, appended in its order.
#[derive(Default)]
pub(crate) struct Params(Vec<u8>);

impl Params {
    pub fn new() -> Params {
        Params(Vec::with_capacity(256))
    }

    /// Room for the launch's number, the first word of kernels that may find a fault.
    #[must_use]
    pub fn launch(self) -> Params {
        self.word(0)
    }

    /// A `u32`.
    #[must_use]
    pub fn word(mut self, value: usize) -> Params {
        self.0.extend_from_slice(&(value as u32).to_ne_bytes());
        self
    }

    /// A number of the computing type, with `@size(16)`.
    #[must_use]
    pub fn number(mut self, value: Scalar, compute: Compute) -> Params {
        let end = self.0.len() + 16;
        match (compute, value) {
            (Compute::F32, Scalar::Int(i)) => self.0.extend_from_slice(&(i as f32).to_ne_bytes()),
            (Compute::F32, _) => self
                .0
                .extend_from_slice(&(value.to_f64() as f32).to_ne_bytes()),
            (Compute::F64, _) => self.0.extend_from_slice(&value.to_f64().to_ne_bytes()),
            (Compute::I32, _) => self
                .0
                .extend_from_slice(&(value.to_i64() as i32).to_ne_bytes()),
            (Compute::I64 | Compute::Pair, _) => {
                self.0.extend_from_slice(&value.to_i64().to_ne_bytes())
            }
        }
        self.0.resize(end, 0);
        self
    }

    /// Zeros up to a multiple of `alignment`.
    #[must_use]
    pub fn align(mut self, alignment: usize) -> Params {
        self.0.resize(self.0.len().next_multiple_of(alignment), 0);
        self
    }

    /// Sizes or strides as `array<vec4<u32>, 2>`, which begins at a multiple of 16.
    #[must_use]
    pub fn dims(self, dims: &Dims) -> Params {
        let mut params = self.align(16);
        for i in 0..MAX_RANK {
            params = params.word(dims.get(i).copied().unwrap_or(0));
        }
        params
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
