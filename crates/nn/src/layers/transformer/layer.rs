//! The options and parts that encoder and decoder layers share.

use super::{TransformerActivation, options_of};
use crate::layers::{Dropout, LayerNorm, LayerNormOptions, Linear};
use crate::layers::{MultiheadAttention, MultiheadAttentionOptions};
use crate::{Call, Parameter};
use rushlight_tensor::{Options, Result, Tensor, options};

options! {
    /// Options of a [`TransformerEncoderLayer`](crate::TransformerEncoderLayer) or a
    /// [`TransformerDecoderLayer`](crate::TransformerDecoderLayer).
    TransformerLayerOptions {
        /// The width of the feed-forward network; by default 2048.
        dim_feedforward: usize = 2048,
        /// The dropout probability in training; by default 0.1.
        dropout: f64 = 0.1,
        /// The activation of the feed-forward network; by default ReLU.
        activation: TransformerActivation = TransformerActivation::Relu,
        /// The number that the norms add to the variance; by default 1e-5.
        layer_norm_eps: f64 = 1e-5,
        /// Whether sequences are `[n, length, ..]` instead of `[length, n, ..]`; by default false.
        batch_first: bool = false,
        /// Whether the norms come before the attentions and the feed-forward network; by default false, and they come after.
        norm_first: bool = false,
        /// Whether linear layers, norms and attentions have biases; by default true.
        bias: bool = true,
    }
    parameters
}

/// The arguments of a layer.
#[derive(Clone, Debug)]
pub(super) struct Arguments {
    pub d_model: usize,
    pub nhead: usize,
    /// The options, without dtype and device.
    pub options: TransformerLayerOptions,
}

/// Creates the parts of a layer with a dtype and on a device.
pub(super) struct Parts<'a> {
    arguments: &'a Arguments,
    factory: Options,
}

impl Arguments {
    /// Creates the parts of a new layer.
    pub fn parts(&self, factory: Options) -> Parts<'_> {
        Parts {
            arguments: self,
            factory,
        }
    }

    /// Creates the parts of a layer with the current dtype and device of this parameter.
    pub fn parts_like(&self, parameter: &Parameter) -> Parts<'_> {
        self.parts(options_of(parameter))
    }

    /// Computes `narrow(dropout(activation(wide(x))))`.
    pub fn maps(
        &self,
        x: &Tensor,
        wide: &Linear,
        dropout: &Dropout,
        narrow: &Linear,
    ) -> Result<Tensor> {
        narrow.call(&dropout.call(&self.options.activation.apply(&wide.call(x)?)?)?)
    }

    /// Type and sizes, for error messages.
    pub fn describe(&self, name: &str) -> String {
        format!("{name} {} in {} heads", self.d_model, self.nhead)
    }
}

impl Parts<'_> {
    /// A copy of the arguments for the layer to keep.
    pub fn arguments(&self) -> Arguments {
        self.arguments.clone()
    }

    /// Creates an attention with uninitialized parameters.
    #[track_caller]
    pub fn blank_attention(&self) -> Result<MultiheadAttention> {
        let Arguments {
            d_model,
            nhead,
            options,
        } = self.arguments;
        let options = MultiheadAttentionOptions::new()
            .dropout(options.dropout)
            .bias(options.bias)
            .batch_first(options.batch_first);
        MultiheadAttention::blank(*d_model, *nhead, options, &self.factory)
    }

    /// Creates the first linear layer of the feed-forward network, with uninitialized parameters.
    #[track_caller]
    pub fn blank_widening(&self) -> Result<Linear> {
        let (d_model, options) = (self.arguments.d_model, &self.arguments.options);
        Linear::blank(
            d_model,
            options.dim_feedforward,
            options.bias,
            &self.factory,
        )
    }

    /// Creates the second linear layer of the feed-forward network, with uninitialized parameters.
    #[track_caller]
    pub fn blank_narrowing(&self) -> Result<Linear> {
        let (d_model, options) = (self.arguments.d_model, &self.arguments.options);
        Linear::blank(
            options.dim_feedforward,
            d_model,
            options.bias,
            &self.factory,
        )
    }

    /// Creates a norm over the features of each position.
    #[track_caller]
    pub fn norm(&self) -> Result<LayerNorm> {
        let options = &self.arguments.options;
        let norm = LayerNormOptions {
            eps: options.layer_norm_eps,
            bias: options.bias,
            dtype: self.factory.dtype,
            device: self.factory.device.clone(),
            ..LayerNormOptions::new()
        };
        LayerNorm::with(self.arguments.d_model, norm)
    }

    /// Creates a dropout with the configured probability.
    #[track_caller]
    pub fn dropout_layer(&self) -> Result<Dropout> {
        Dropout::new(self.arguments.options.dropout)
    }
}
