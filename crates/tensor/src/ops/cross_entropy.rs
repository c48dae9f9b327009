//! Cross entropy of rows of logits with target classes, which backends may compute in one kernel.

use crate::{Tensor, apply_with_aux};
use rushlight_backend::{Fused, Op, Result};
use std::sync::Arc;

impl Tensor {
    /// The cross entropy of each row of logits with a target class, `ln Σ eˣ - x[target]`: logits `[rows, classes]` of a floating-point dtype,
    /// `target` `[rows]` of `int64` → `[rows]`. Rows whose target is `ignore` give 0.
    ///
    /// PyTorch: `nn.functional.cross_entropy(reduction="none", ignore_index=ignore)`, whose counterpart `nn::functional::cross_entropy` adds
    /// weights, label smoothing and reductions.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[0.0, 0.0], [0.0, 1000.0], [5.0, 5.0]]);
    /// let loss = x.cross_entropy_rows(&tensor!([1, 0, -100]), -100)?;
    /// assert_eq!(loss.to_vec::<f32>()?, [std::f32::consts::LN_2, 1000.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not fit, the logits are not floats or the targets not `int64`, or a target that is not `ignore` is out of range.
    #[track_caller]
    pub fn cross_entropy_rows(&self, target: &Tensor, ignore: i64) -> Result<Tensor> {
        let op = Op::Fused(Arc::new(Fused::CrossEntropy { ignore }));
        Ok(apply_with_aux(op, &[self, target])?.0)
    }
}
