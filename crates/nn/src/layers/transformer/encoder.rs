//! The encoder: layers of self-attention and a position-wise feed-forward network.

use super::layer::{Arguments, Parts, TransformerLayerOptions};
use super::{Masks, attend, become_copy};
use crate::call::surround;
use crate::layers::sizes::room_for_layers;
use crate::layers::{Dropout, LayerNorm, Linear, MultiheadAttention};
use crate::{Call, Forward, Module, ModuleList, ModuleState};
use rushlight_tensor::{Result, Tensor, options};

/// An encoder layer. It computes `x = norm1(x + attention(x))`, then `x = norm2(x + linear2(activation(linear1(x))))`; with `norm_first`,
/// the norms come before the attention and the feed-forward network. PyTorch: `nn.TransformerEncoderLayer`.
///
/// The input is `[length, n, d_model]`, and the result has its shape. With `batch_first`, they are `[n, length, d_model]`; a single
/// sequence has no `n`. Dropout follows the attention, the activation and the second linear layer. `call(&x)` computes the layer without
/// masks.
///
/// ```
/// use rushlight::nn::{Call, EncoderMasks, Transformer, TransformerEncoderLayer, TransformerLayerOptions};
/// use rushlight::Tensor;
/// let layer = TransformerEncoderLayer::with(16, 4, TransformerLayerOptions::new().dim_feedforward(32))?;
/// let x = Tensor::randn([5, 2, 16], ())?;
/// assert_eq!(layer.call(&x)?.shape(), [5, 2, 16]);
/// let mask = Transformer::generate_square_subsequent_mask(5, ())?;
/// let y = layer.call_with(&x, EncoderMasks::new().mask(mask))?;
/// assert_eq!(y.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(describe = Self::sizes)]
pub struct TransformerEncoderLayer {
    /// The self-attention of the sequence.
    pub self_attn: MultiheadAttention,
    /// The first linear layer, `d_model → dim_feedforward`.
    pub linear1: Linear,
    /// The dropout after the activation.
    pub dropout: Dropout,
    /// The second linear layer, `dim_feedforward → d_model`.
    pub linear2: Linear,
    /// The norm of the attention.
    pub norm1: LayerNorm,
    /// The norm of the feed-forward network.
    pub norm2: LayerNorm,
    /// The dropout after the attention.
    pub dropout1: Dropout,
    /// The dropout after the feed-forward network.
    pub dropout2: Dropout,
    #[module(skip)]
    arguments: Arguments,
    state: ModuleState,
}

options! {
    /// The masks of an encoder, in the form that a [`MultiheadAttention`] takes.
    EncoderMasks {
        /// The positions that each position ignores: `[length, length]`, or one mask for each head.
        mask(into): Option<Tensor> = None,
        /// The padding positions: `[n, length]`.
        src_key_padding_mask(into): Option<Tensor> = None,
        /// Declares that `mask`, which must be given, is the causal mask.
        is_causal: bool = false,
    }
}

impl TransformerEncoderLayer {
    /// Creates a layer with PyTorch's defaults.
    ///
    /// # Errors
    /// Returns the same errors as [`TransformerEncoderLayer::with`].
    #[track_caller]
    pub fn new(d_model: usize, nhead: usize) -> Result<TransformerEncoderLayer> {
        TransformerEncoderLayer::with(d_model, nhead, ())
    }

    /// Creates a layer with options.
    ///
    /// # Errors
    /// Returns an error if the number of heads does not divide `d_model`, `dropout` is outside `[0, 1]`, or the parameters do not fit in
    /// memory.
    #[track_caller]
    pub fn with(
        d_model: usize,
        nhead: usize,
        options: impl Into<TransformerLayerOptions>,
    ) -> Result<TransformerEncoderLayer> {
        let mut options = options.into();
        let factory = options.take_factory();
        let arguments = Arguments {
            d_model,
            nhead,
            options,
        };
        let layer = TransformerEncoderLayer::blank(&arguments.parts(factory))?;
        layer.draw()?;
        Ok(layer)
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &TransformerLayerOptions {
        &self.arguments.options
    }

    /// Calls the layer with masks. PyTorch: `layer(src, src_mask, …)`.
    #[track_caller]
    pub fn call_with(&self, src: &Tensor, masks: impl Into<EncoderMasks>) -> Result<Tensor> {
        let masks = masks.into();
        surround(self.as_module(), src, |src| self.run(src, &masks))
    }

    fn run(&self, x: &Tensor, masks: &EncoderMasks) -> Result<Tensor> {
        if self.arguments.options.norm_first {
            let x = x.add(&self.attention(&self.norm1.call(x)?, masks)?)?;
            return x.add(&self.maps(&self.norm2.call(&x)?)?);
        }
        let x = self.norm1.call(&x.add(&self.attention(x, masks)?)?)?;
        self.norm2.call(&x.add(&self.maps(&x)?)?)
    }

    fn attention(&self, x: &Tensor, masks: &EncoderMasks) -> Result<Tensor> {
        let masks = Masks {
            attn: masks.mask.as_ref(),
            key_padding: masks.src_key_padding_mask.as_ref(),
            is_causal: masks.is_causal,
        };
        self.dropout1.call(&attend(&self.self_attn, x, x, masks)?)
    }

    fn maps(&self, x: &Tensor) -> Result<Tensor> {
        let maps = self
            .arguments
            .maps(x, &self.linear1, &self.dropout, &self.linear2)?;
        self.dropout2.call(&maps)
    }

    fn sizes(&self) -> String {
        self.arguments.describe("TransformerEncoderLayer")
    }

    #[track_caller]
    fn blank(parts: &Parts<'_>) -> Result<TransformerEncoderLayer> {
        Ok(TransformerEncoderLayer {
            self_attn: parts.blank_attention()?,
            linear1: parts.blank_widening()?,
            dropout: parts.dropout_layer()?,
            linear2: parts.blank_narrowing()?,
            norm1: parts.norm()?,
            norm2: parts.norm()?,
            dropout1: parts.dropout_layer()?,
            dropout2: parts.dropout_layer()?,
            arguments: parts.arguments(),
            state: ModuleState::default(),
        })
    }

    #[track_caller]
    fn copy(&self) -> Result<TransformerEncoderLayer> {
        let parts = self.arguments.parts_like(&self.linear1.weight);
        become_copy(TransformerEncoderLayer::blank(&parts)?, self)
    }

    /// Draws the parameters in PyTorch's order.
    #[track_caller]
    fn draw(&self) -> Result<()> {
        self.self_attn.draw()?;
        self.linear1.draw()?;
        self.linear2.draw()
    }
}

/// Computes the layer without masks.
impl Forward for TransformerEncoderLayer {
    type Output = Tensor;
    fn forward(&self, src: &Tensor) -> Result<Tensor> {
        self.run(src, &EncoderMasks::default())
    }
}

/// A sequence of encoder layers, with an optional norm at the end. PyTorch: `nn.TransformerEncoder`.
///
/// ```
/// use rushlight::nn::{Call, TransformerEncoder, TransformerEncoderLayer, TransformerLayerOptions};
/// use rushlight::Tensor;
/// let layer = TransformerEncoderLayer::with(16, 4, TransformerLayerOptions::new().dim_feedforward(32))?;
/// let encoder = TransformerEncoder::new(&layer, 3)?;
/// assert_eq!(encoder.call(&Tensor::randn([5, 2, 16], ())?)?.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct TransformerEncoder {
    /// The layers.
    pub layers: ModuleList<TransformerEncoderLayer>,
    /// The norm after the layers.
    pub norm: Option<LayerNorm>,
    state: ModuleState,
}

impl TransformerEncoder {
    /// Creates `num_layers` copies of a layer, which all start with its weights, without a norm at the end.
    ///
    /// # Errors
    /// Returns an error if the layers do not fit in memory.
    #[track_caller]
    pub fn new(layer: &TransformerEncoderLayer, num_layers: usize) -> Result<TransformerEncoder> {
        TransformerEncoder::with(layer, num_layers, None)
    }

    /// Creates `num_layers` copies of a layer, which all start with its weights, with a norm at the end.
    ///
    /// # Errors
    /// Returns an error if the layers do not fit in memory.
    #[track_caller]
    pub fn with(
        layer: &TransformerEncoderLayer,
        num_layers: usize,
        norm: impl Into<Option<LayerNorm>>,
    ) -> Result<TransformerEncoder> {
        let mut layers = ModuleList::new();
        room_for_layers("TransformerEncoder", num_layers)?;
        for _ in 0..num_layers {
            layers.push(layer.copy()?);
        }
        Ok(TransformerEncoder {
            layers,
            norm: norm.into(),
            state: ModuleState::default(),
        })
    }

    /// Calls the encoder with the same masks in every layer. PyTorch: `encoder(src, mask, …)`.
    #[track_caller]
    pub fn call_with(&self, src: &Tensor, masks: impl Into<EncoderMasks>) -> Result<Tensor> {
        let masks = masks.into();
        surround(self.as_module(), src, |src| self.run(src, &masks))
    }

    fn run(&self, src: &Tensor, masks: &EncoderMasks) -> Result<Tensor> {
        let mut x = src.clone();
        for layer in &self.layers {
            x = layer.call_with(&x, masks)?;
        }
        match &self.norm {
            Some(norm) => norm.call(&x),
            None => Ok(x),
        }
    }
}

/// Computes the encoder without masks.
impl Forward for TransformerEncoder {
    type Output = Tensor;
    fn forward(&self, src: &Tensor) -> Result<Tensor> {
        self.run(src, &EncoderMasks::default())
    }
}
