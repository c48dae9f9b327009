//! Layer normalisation, over trailing dimensions.

use super::{affine, float, normalized};
use crate::builder::builder;
use crate::functional;
use crate::layers::sizes::tuple;
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Ints, Result, Tensor};

/// `(x - mean) / √(var + eps) w + b` over the trailing dimensions. PyTorch: `nn.LayerNorm`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct LayerNorm {
    /// Of the normalised shape.
    pub weight: Option<Parameter>,
    /// Of the normalised shape.
    pub bias: Option<Parameter>,
    #[module(skip)]
    shape: Vec<usize>,
    #[module(skip)]
    eps: f64,
    state: ModuleState,
}

builder! {
    /// Options of a [`LayerNorm`].
    LayerNormBuilder(normalized_shape: Ints) {
        /// Added to the variance; by default 1e-5.
        eps: f64 = 1e-5,
        /// Whether there is a weight, and with it a bias; by default yes.
        elementwise_affine: bool = true,
        /// Whether there is a bias next to the weight; true by default.
        bias: bool = true,
    }
}

impl LayerNorm {
    /// A layer for inputs whose shape ends with this one.
    #[track_caller]
    pub fn new(normalized_shape: impl Into<Ints>) -> Result<LayerNorm> {
        LayerNorm::builder(normalized_shape).build()
    }

    /// A layer with options.
    pub fn builder(normalized_shape: impl Into<Ints>) -> LayerNormBuilder {
        LayerNormBuilder::new(normalized_shape.into())
    }

    fn repr(&self) -> String {
        let affine = py_bool(self.weight.is_some());
        format!(
            "{}, eps={}, elementwise_affine={affine}, bias={}",
            tuple(&self.shape),
            float(self.eps),
            py_bool(self.bias.is_some())
        )
    }
}

impl LayerNormBuilder {
    /// The layer: ones and zeros.
    #[track_caller]
    pub fn build(self) -> Result<LayerNorm> {
        let shape = normalized("LayerNorm", &self.normalized_shape)?;
        let (weight, bias) = affine(&shape, self.elementwise_affine, self.bias, &self.options)?;
        Ok(LayerNorm {
            weight,
            bias,
            shape,
            eps: self.eps,
            state: ModuleState::default(),
        })
    }
}

impl Forward for LayerNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::layer_norm(
            x,
            &self.shape,
            self.weight.as_deref(),
            self.bias.as_deref(),
            self.eps,
        )
    }
}
