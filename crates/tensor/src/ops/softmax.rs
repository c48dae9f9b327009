//! Softmax, its logarithm, and layer normalisation: operations that backends do in one go.

use crate::parameters::dim_of;
use crate::{Ints, Tensor, apply, apply_with_aux};
use rushlight_backend::{DType, Error, Fused, Op, Result, TensorType};
use std::sync::Arc;

impl Tensor {
    /// `eˣ / Σ eˣ` along a dimension, without overflow. Floats only. PyTorch: `torch.softmax`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let p = tensor!([1000.0, 1000.0]).softmax(-1)?;
    /// assert_eq!(p.to_vec::<f32>()?, [0.5, 0.5]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn softmax(&self, dim: isize) -> Result<Tensor> {
        self.normalised(dim, false)
    }

    /// `x - ln Σ eˣ` along a dimension, without overflow. Floats only. PyTorch: `torch.log_softmax`.
    #[track_caller]
    pub fn log_softmax(&self, dim: isize) -> Result<Tensor> {
        self.normalised(dim, true)
    }

    #[track_caller]
    fn normalised(&self, dim: isize, log: bool) -> Result<Tensor> {
        let name = if log { "log_softmax" } else { "softmax" };
        let dim = dim_of(name, dim, self.ndim())?;
        let op = Op::Fused(Arc::new(Fused::Softmax { dim, log }));
        if self.ndim() == 0 {
            apply(op, &[&self.reshape(1)?])?.reshape(())
        } else {
            apply(op, &[self])
        }
    }

    /// `ln Σ e^x - x[target]` for each row of logits `[rows, classes]` and its class number in `target: [rows]`, of `int64`; 0 where that is
    /// `ignore` → `[rows]`. What `nn.functional.cross_entropy` is made of where a device has it in one go.
    #[track_caller]
    pub fn cross_entropy_rows(&self, target: &Tensor, ignore: i64) -> Result<Tensor> {
        let op = Op::Fused(Arc::new(Fused::CrossEntropy { ignore }));
        Ok(apply_with_aux(op, &[self, target])?.0)
    }

    /// `(x - mean) / √(var + eps) w + b` over the trailing dimensions `shape`, with the biased variance.
    /// PyTorch: `nn.functional.layer_norm`.
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
            // There is nothing to normalise, but shapes and dtypes must fit.
            let types: Vec<TensorType> = inputs.iter().map(|t| t.tensor_type()).collect();
            op.infer(&types)?;
            return self.copy();
        }
        Ok(apply_with_aux(op, &inputs)?.0)
    }
}
