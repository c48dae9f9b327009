//! Layer normalization, which backends may compute in one kernel.

use crate::{Ints, Tensor, apply_with_aux};
use rushlight_backend::{DType, Error, Fused, Op, Result, TensorType};
use std::sync::Arc;

impl Tensor {
    /// Layer normalization `(x - mean) / √(var + eps) w + b` over the trailing dimensions `shape`, with the biased variance:
    /// `[*, *shape] → [*, *shape]`. `weight` and `bias` have shape `shape`. All have one floating-point dtype; next to halves, the parameters may
    /// be `float32`. PyTorch: `nn.functional.layer_norm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1.0, 3.0], [10.0, 30.0]]);
    /// let y = x.layer_norm(2, None, None, 0.0)?;
    /// assert_eq!(y.to_vec2::<f32>()?, [[-1.0, 1.0], [-1.0, 1.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor's shape does not end with `shape`, the parameters do not have that shape, or the dtypes differ or are not floating-point.
    #[track_caller]
    pub fn layer_norm(
        &self,
        shape: impl Into<Ints>,
        weight: Option<&Tensor>,
        bias: Option<&Tensor>,
        eps: f64,
    ) -> Result<Tensor> {
        let given = shape.into();
        let shape = given.shape("layer_norm")?;
        if shape.is_empty() || !self.shape().ends_with(&shape) {
            return Err(Error::shape(format!(
                "layer_norm: shape {:?} does not end with {shape:?}",
                self.shape()
            )));
        }
        if !self.dtype().is_float() {
            return Err(Error::dtype(format!(
                "layer_norm: not defined for {}",
                self.dtype()
            )));
        }
        let op = Op::Fused(Arc::new(Fused::LayerNorm {
            axes: shape.len(),
            eps,
            weight: weight.is_some(),
        }));
        // Parameters next to halves may be in the dtype that those compute in.
        let mut parameters = [weight, bias].into_iter().flatten();
        if self.dtype().is_half() && parameters.any(|t| t.dtype() == DType::F32) {
            let wide = |t: Option<&Tensor>| t.map(|t| t.to(DType::F32)).transpose();
            let (weight, bias) = (wide(weight)?, wide(bias)?);
            let y = self.to(DType::F32)?;
            return y
                .layer_norm(given, weight.as_ref(), bias.as_ref(), eps)?
                .to(self.dtype());
        }
        let inputs: Vec<&Tensor> = [Some(self), weight, bias].into_iter().flatten().collect();
        if shape.contains(&0) {
            // There is nothing to normalize, but shapes and dtypes must fit.
            let types: Vec<TensorType> = inputs.iter().map(|t| t.tensor_type()).collect();
            op.infer(&types)?;
            return self.copy();
        }
        Ok(apply_with_aux(op, &inputs)?.0)
    }
}
