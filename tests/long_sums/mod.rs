//! Sums and counts that are longer than their dtype's digits, and means of numbers far from 0: on every device, against float64.

use rushlight::Result;
use rushlight::prelude::*;

mod means;
mod sums;

const HALVES: [DType; 2] = [DType::F16, DType::BF16];

/// `n` as a half holds it: rounded once.
fn rounded(n: f64, dtype: DType) -> Result<f64> {
    Tensor::full((), n, dtype)?.to(DType::F64)?.item()
}

fn first(t: &Tensor) -> Result<f64> {
    Ok(t.detach().to(DType::F32)?.reshape(-1)?.to_vec::<f32>()?[0] as f64)
}
