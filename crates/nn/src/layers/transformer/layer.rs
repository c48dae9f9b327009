//! The options and parts that encoder and decoder layers share.

use super::{TransformerActivation, options_of};
use crate::builder::builder;
use crate::layers::{Dropout, LayerNorm, Linear, MultiheadAttention};
use crate::{Call, Parameter};
use rushlight_tensor::{Result, Tensor};

builder! {
    /// Options of a transformer's layer with `ATTENTIONS` attentions: one in the encoder, two in the decoder.
    TransformerLayerBuilder<const ATTENTIONS: usize>(d_model: usize, nhead: usize) {
        /// The probability of a zero in training; by default 0.1.
        dropout: f64 = 0.1,
        /// What stands between the two maps; by default ReLU.
        activation: TransformerActivation = TransformerActivation::Relu,
        /// Added to the variance in the norms; by default 1e-5.
        layer_norm_eps: f64 = 1e-5,
        /// Whether sequences are `[n, length, ..]`; by default `[length, n, ..]`.
        batch_first: bool = false,
        /// Whether the norms stand first; by default last.
        norm_first: bool = false,
        /// Whether maps, norms and attentions have biases; by default yes.
        bias: bool = true,
    }
    counts {
        /// The width between the two maps; by default 2048.
        dim_feedforward = 2048,
    }
}

impl<const ATTENTIONS: usize> TransformerLayerBuilder<ATTENTIONS> {
    /// Creates an attention with uninitialized parameters.
    #[track_caller]
    pub(super) fn blank_attention(&self) -> Result<MultiheadAttention> {
        let mut builder = MultiheadAttention::builder(self.d_model, self.nhead)
            .dropout(self.dropout)
            .bias(self.bias)
            .batch_first(self.batch_first);
        builder.options = self.options.clone();
        MultiheadAttention::blank(builder)
    }

    /// Creates the first linear layer of the feed-forward network, with uninitialized parameters.
    #[track_caller]
    pub(super) fn blank_widening(&self) -> Result<Linear> {
        Linear::blank(self.d_model, self.dim_feedforward, self.bias, &self.options)
    }

    /// Creates the second linear layer of the feed-forward network, with uninitialized parameters.
    #[track_caller]
    pub(super) fn blank_narrowing(&self) -> Result<Linear> {
        Linear::blank(self.dim_feedforward, self.d_model, self.bias, &self.options)
    }

    /// A norm of each place.
    #[track_caller]
    pub(super) fn norm(&self) -> Result<LayerNorm> {
        let mut builder = LayerNorm::builder(self.d_model);
        builder.options = self.options.clone();
        builder.eps(self.layer_norm_eps).bias(self.bias).build()
    }

    /// A dropout of the probability asked for.
    #[track_caller]
    pub(super) fn dropout_layer(&self) -> Result<Dropout> {
        Dropout::new(self.dropout)
    }

    /// The options of a layer that shall be where its parameters are now.
    pub(super) fn like(&self, parameter: &Parameter) -> Self {
        let mut args = self.clone();
        args.options = options_of(parameter);
        args
    }

    /// `narrow(dropout(activation(wide(x))))`.
    pub(super) fn maps(
        &self,
        x: &Tensor,
        wide: &Linear,
        dropout: &Dropout,
        narrow: &Linear,
    ) -> Result<Tensor> {
        narrow.call(&dropout.call(&self.activation.apply(&wide.call(x)?)?)?)
    }

    /// Type and sizes, for error messages.
    pub(super) fn describe(&self, name: &str) -> String {
        format!("{name} {} in {} heads", self.d_model, self.nhead)
    }
}
