//! Cross entropy of rows of logits with target classes, which backends may compute in one kernel.

use crate::{Tensor, apply_with_aux};
use rushlight_backend::{Fused, Op, Result};
use std::sync::Arc;

impl Tensor {
    /// `ln Σ e^x - x[target]` for each row of logits `[rows, classes]` and its class number in `target: [rows]`, of `int64`; 0 where that is
    /// `ignore` → `[rows]`. `nn.functional.cross_entropy` uses it where a device has a fused kernel.
    #[track_caller]
    pub fn cross_entropy_rows(&self, target: &Tensor, ignore: i64) -> Result<Tensor> {
        let op = Op::Fused(Arc::new(Fused::CrossEntropy { ignore }));
        Ok(apply_with_aux(op, &[self, target])?.0)
    }
}
