//! Attention in one pass.

use crate::{Tensor, apply_with_aux};
use rushlight_backend::{Fused, Op, Result};
use std::sync::Arc;

impl Tensor {
    /// `softmax(scale q kᵀ) v` for queries `self: [b, n, d]`, `key: [b, m, d]` and `value: [b, m, e]` → `[b, n, e]`; if `causal`, query `i` sees
    /// the keys up to `i`. What `nn.functional.scaled_dot_product_attention` is made of where a device has it in one go.
    #[track_caller]
    pub fn attention(
        &self,
        key: &Tensor,
        value: &Tensor,
        scale: f64,
        causal: bool,
    ) -> Result<Tensor> {
        let op = Op::Fused(Arc::new(Fused::Attention { scale, causal }));
        Ok(apply_with_aux(op, &[self, key, value])?.0)
    }
}
