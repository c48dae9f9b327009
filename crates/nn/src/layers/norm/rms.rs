//! RMS normalisation: division by the root mean square over trailing dimensions.

use super::{affine, float, normalized};
use crate::builder::builder;
use crate::functional;
use crate::layers::sizes::tuple;
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Ints, Result, Tensor};

/// `x / √(mean x² + eps) w` over the trailing dimensions. PyTorch: `nn.RMSNorm`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct RMSNorm {
    /// Of the normalised shape.
    pub weight: Option<Parameter>,
    #[module(skip)]
    shape: Vec<usize>,
    #[module(skip)]
    eps: Option<f64>,
    state: ModuleState,
}

builder! {
    /// Options of an [`RMSNorm`].
    RMSNormBuilder(normalized_shape: Ints) {
        /// Added to the mean square; by default the epsilon of the dtype that the input computes in.
        eps: Option<f64> = None,
        /// Whether there is a weight; by default yes.
        elementwise_affine: bool = true,
    }
}

impl RMSNorm {
    /// A layer for inputs whose shape ends with this one.
    #[track_caller]
    pub fn new(normalized_shape: impl Into<Ints>) -> Result<RMSNorm> {
        RMSNorm::builder(normalized_shape).build()
    }

    /// A layer with options.
    pub fn builder(normalized_shape: impl Into<Ints>) -> RMSNormBuilder {
        RMSNormBuilder::new(normalized_shape.into())
    }

    fn repr(&self) -> String {
        let eps = self.eps.map_or("None".to_owned(), float);
        format!(
            "{}, eps={eps}, elementwise_affine={}",
            tuple(&self.shape),
            py_bool(self.weight.is_some())
        )
    }
}

impl RMSNormBuilder {
    /// The layer: ones.
    #[track_caller]
    pub fn build(self) -> Result<RMSNorm> {
        let shape = normalized("RMSNorm", &self.normalized_shape)?;
        let (weight, _) = affine(&shape, self.elementwise_affine, false, &self.options)?;
        Ok(RMSNorm {
            weight,
            shape,
            eps: self.eps,
            state: ModuleState::default(),
        })
    }
}

impl Forward for RMSNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::rms_norm(x, &self.shape, self.weight.as_deref(), self.eps)
    }
}
