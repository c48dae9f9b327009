//! Scaled dot-product attention, which backends may compute in one kernel.

use crate::{Tensor, apply_with_aux};
use rushlight_backend::{Fused, Op, Result};
use std::sync::Arc;

impl Tensor {
    /// `softmax(scale q kᵀ) v` for queries `self: [b, n, d]`, `key: [b, m, d]` and `value: [b, m, e]` → `[b, n, e]`; if `causal`, query `i` attends to
    /// the keys up to `i`. `nn.functional.scaled_dot_product_attention` uses it where a device has a fused kernel.
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
