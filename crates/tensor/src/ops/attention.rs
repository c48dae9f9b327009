//! Scaled dot-product attention, which backends may compute in one kernel.

use crate::{Tensor, apply_with_aux};
use rushlight_backend::{Fused, Op, Result};
use std::sync::Arc;

impl Tensor {
    /// Scaled dot-product attention `softmax(scale q kᵀ) v`: queries `self` `[b, n, d]`, `key` `[b, m, d]`, `value` `[b, m, e]` → `[b, n, e]`. If
    /// `causal`, query `i` attends to the keys 0 to `i` only. One floating-point dtype.
    ///
    /// PyTorch: `nn.functional.scaled_dot_product_attention(is_causal=causal, scale=scale)`, whose counterpart
    /// `nn::functional::scaled_dot_product_attention` adds masks and dropout.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (q, k) = (tensor!([[[0.0, 0.0], [1.0, 0.0]]]), tensor!([[[1.0, 0.0], [1.0, 0.0]]]));
    /// let y = q.attention(&k, &tensor!([[[2.0], [4.0]]]), 1.0, false)?;
    /// assert_eq!(y.to_vec::<f32>()?, [3.0, 3.0]);
    /// let y = q.attention(&k, &tensor!([[[2.0], [4.0]]]), 1.0, true)?;
    /// assert_eq!(y.to_vec::<f32>()?, [2.0, 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not fit each other, or the dtypes differ or are not floating-point.
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
