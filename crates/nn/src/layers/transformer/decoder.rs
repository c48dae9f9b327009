//! The decoder: layers of self-attention, attention over the encoder's result, and a position-wise feed-forward network.

use super::layer::{Arguments, Parts, TransformerLayerOptions};
use super::{Masks, attend, become_copy};
use crate::call::surround;
use crate::layers::sizes::room_for_layers;
use crate::layers::{Dropout, LayerNorm, Linear, MultiheadAttention};
use crate::{Call, Forward, Module, ModuleList, ModuleState};
use rushlight_tensor::{Result, Tensor, options};

/// A decoder layer. It computes `x = norm1(x + attention(x))`, `x = norm2(x + attention(x, memory))`, then
/// `x = norm3(x + linear2(activation(linear1(x))))`; with `norm_first`, the norms come first. PyTorch: `nn.TransformerDecoderLayer`.
///
/// The target is `[length, n, d_model]` and the memory `[memory, n, d_model]`; the result has the target's shape. With `batch_first`, they
/// are `[n, length, d_model]`; a single sequence has no `n`. Dropout follows each attention, the activation and the second linear layer.
/// `call(&(target, memory))` computes the layer without masks.
///
/// ```
/// use rushlight::nn::{DecoderMasks, Transformer, TransformerDecoderLayer, TransformerLayerOptions};
/// use rushlight::Tensor;
/// let layer = TransformerDecoderLayer::with(16, 4, TransformerLayerOptions::new().dim_feedforward(32))?;
/// let (tgt, memory) = (Tensor::randn([5, 2, 16], ())?, Tensor::randn([7, 2, 16], ())?);
/// let mask = Transformer::generate_square_subsequent_mask(5, ())?;
/// let y = layer.call_with(&tgt, &memory, DecoderMasks::new().tgt_mask(mask))?;
/// assert_eq!(y.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(describe = Self::sizes)]
pub struct TransformerDecoderLayer {
    /// The self-attention of the target.
    pub self_attn: MultiheadAttention,
    /// The attention of the target over the memory.
    pub multihead_attn: MultiheadAttention,
    /// The first linear layer, `d_model → dim_feedforward`.
    pub linear1: Linear,
    /// The dropout after the activation.
    pub dropout: Dropout,
    /// The second linear layer, `dim_feedforward → d_model`.
    pub linear2: Linear,
    /// The norm of the self-attention.
    pub norm1: LayerNorm,
    /// The norm of the attention over the memory.
    pub norm2: LayerNorm,
    /// The norm of the feed-forward network.
    pub norm3: LayerNorm,
    /// The dropout after the self-attention.
    pub dropout1: Dropout,
    /// The dropout after the attention over the memory.
    pub dropout2: Dropout,
    /// The dropout after the feed-forward network.
    pub dropout3: Dropout,
    #[module(skip)]
    arguments: Arguments,
    state: ModuleState,
}

options! {
    /// The masks of a decoder, in the form that a [`MultiheadAttention`] takes.
    DecoderMasks {
        /// The positions of the target that each position of the target ignores: `[length, length]`, or one mask for each head.
        tgt_mask(into): Option<Tensor> = None,
        /// The positions of the memory that each position of the target ignores: `[length, memory]`, or one mask for each head.
        memory_mask(into): Option<Tensor> = None,
        /// The padding positions of the target: `[n, length]`.
        tgt_key_padding_mask(into): Option<Tensor> = None,
        /// The padding positions of the memory: `[n, memory]`.
        memory_key_padding_mask(into): Option<Tensor> = None,
        /// Declares that `tgt_mask`, which must be given, is the causal mask.
        tgt_is_causal: bool = false,
        /// Declares that `memory_mask`, which must be given, is the causal mask.
        memory_is_causal: bool = false,
    }
}

impl TransformerDecoderLayer {
    /// Creates a layer with PyTorch's defaults.
    ///
    /// # Errors
    /// Returns the same errors as [`TransformerDecoderLayer::with`].
    #[track_caller]
    pub fn new(d_model: usize, nhead: usize) -> Result<TransformerDecoderLayer> {
        TransformerDecoderLayer::with(d_model, nhead, ())
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
    ) -> Result<TransformerDecoderLayer> {
        let mut options = options.into();
        let factory = options.take_factory();
        let arguments = Arguments {
            d_model,
            nhead,
            options,
        };
        let layer = TransformerDecoderLayer::blank(&arguments.parts(factory))?;
        layer.draw()?;
        Ok(layer)
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &TransformerLayerOptions {
        &self.arguments.options
    }

    /// Calls the layer with masks. PyTorch: `layer(tgt, memory, tgt_mask, …)`.
    #[track_caller]
    pub fn call_with(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        masks: impl Into<DecoderMasks>,
    ) -> Result<Tensor> {
        let masks = masks.into();
        surround(self.as_module(), tgt, |tgt| self.run(tgt, memory, &masks))
    }

    fn run(&self, x: &Tensor, memory: &Tensor, masks: &DecoderMasks) -> Result<Tensor> {
        if self.arguments.options.norm_first {
            let x = x.add(&self.own(&self.norm1.call(x)?, masks)?)?;
            let x = x.add(&self.across(&self.norm2.call(&x)?, memory, masks)?)?;
            return x.add(&self.maps(&self.norm3.call(&x)?)?);
        }
        let x = self.norm1.call(&x.add(&self.own(x, masks)?)?)?;
        let x = self.norm2.call(&x.add(&self.across(&x, memory, masks)?)?)?;
        self.norm3.call(&x.add(&self.maps(&x)?)?)
    }

    fn own(&self, x: &Tensor, masks: &DecoderMasks) -> Result<Tensor> {
        let masks = Masks {
            attn: masks.tgt_mask.as_ref(),
            key_padding: masks.tgt_key_padding_mask.as_ref(),
            is_causal: masks.tgt_is_causal,
        };
        self.dropout1.call(&attend(&self.self_attn, x, x, masks)?)
    }

    fn across(&self, x: &Tensor, memory: &Tensor, masks: &DecoderMasks) -> Result<Tensor> {
        let masks = Masks {
            attn: masks.memory_mask.as_ref(),
            key_padding: masks.memory_key_padding_mask.as_ref(),
            is_causal: masks.memory_is_causal,
        };
        self.dropout2
            .call(&attend(&self.multihead_attn, x, memory, masks)?)
    }

    fn maps(&self, x: &Tensor) -> Result<Tensor> {
        let maps = self
            .arguments
            .maps(x, &self.linear1, &self.dropout, &self.linear2)?;
        self.dropout3.call(&maps)
    }

    fn sizes(&self) -> String {
        self.arguments.describe("TransformerDecoderLayer")
    }

    #[track_caller]
    fn blank(parts: &Parts<'_>) -> Result<TransformerDecoderLayer> {
        Ok(TransformerDecoderLayer {
            self_attn: parts.blank_attention()?,
            multihead_attn: parts.blank_attention()?,
            linear1: parts.blank_widening()?,
            dropout: parts.dropout_layer()?,
            linear2: parts.blank_narrowing()?,
            norm1: parts.norm()?,
            norm2: parts.norm()?,
            norm3: parts.norm()?,
            dropout1: parts.dropout_layer()?,
            dropout2: parts.dropout_layer()?,
            dropout3: parts.dropout_layer()?,
            arguments: parts.arguments(),
            state: ModuleState::default(),
        })
    }

    #[track_caller]
    fn copy(&self) -> Result<TransformerDecoderLayer> {
        let parts = self.arguments.parts_like(&self.linear1.weight);
        become_copy(TransformerDecoderLayer::blank(&parts)?, self)
    }

    /// Draws the parameters in PyTorch's order.
    #[track_caller]
    fn draw(&self) -> Result<()> {
        self.self_attn.draw()?;
        self.multihead_attn.draw()?;
        self.linear1.draw()?;
        self.linear2.draw()
    }
}

/// Computes the layer without masks, for a target and a memory.
impl Forward<(Tensor, Tensor)> for TransformerDecoderLayer {
    type Output = Tensor;
    fn forward(&self, (tgt, memory): &(Tensor, Tensor)) -> Result<Tensor> {
        self.run(tgt, memory, &DecoderMasks::default())
    }
}

/// A sequence of decoder layers, with an optional norm at the end. PyTorch: `nn.TransformerDecoder`.
///
/// ```
/// use rushlight::nn::{Call, TransformerDecoder, TransformerDecoderLayer, TransformerLayerOptions};
/// use rushlight::Tensor;
/// let layer = TransformerDecoderLayer::with(16, 4, TransformerLayerOptions::new().dim_feedforward(32))?;
/// let decoder = TransformerDecoder::new(&layer, 3)?;
/// let (tgt, memory) = (Tensor::randn([5, 2, 16], ())?, Tensor::randn([7, 2, 16], ())?);
/// assert_eq!(decoder.call(&(tgt, memory))?.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct TransformerDecoder {
    /// The layers.
    pub layers: ModuleList<TransformerDecoderLayer>,
    /// The norm after the layers.
    pub norm: Option<LayerNorm>,
    state: ModuleState,
}

impl TransformerDecoder {
    /// Creates `num_layers` copies of a layer, which all start with its weights, without a norm at the end.
    ///
    /// # Errors
    /// Returns an error if the layers do not fit in memory.
    #[track_caller]
    pub fn new(layer: &TransformerDecoderLayer, num_layers: usize) -> Result<TransformerDecoder> {
        TransformerDecoder::with(layer, num_layers, None)
    }

    /// Creates `num_layers` copies of a layer, which all start with its weights, with a norm at the end.
    ///
    /// # Errors
    /// Returns an error if the layers do not fit in memory.
    #[track_caller]
    pub fn with(
        layer: &TransformerDecoderLayer,
        num_layers: usize,
        norm: impl Into<Option<LayerNorm>>,
    ) -> Result<TransformerDecoder> {
        let mut layers = ModuleList::new();
        room_for_layers("TransformerDecoder", num_layers)?;
        for _ in 0..num_layers {
            layers.push(layer.copy()?);
        }
        Ok(TransformerDecoder {
            layers,
            norm: norm.into(),
            state: ModuleState::default(),
        })
    }

    /// Calls the decoder with the same masks in every layer. PyTorch: `decoder(tgt, memory, tgt_mask, …)`.
    #[track_caller]
    pub fn call_with(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        masks: impl Into<DecoderMasks>,
    ) -> Result<Tensor> {
        let masks = masks.into();
        surround(self.as_module(), tgt, |tgt| self.run(tgt, memory, &masks))
    }

    fn run(&self, tgt: &Tensor, memory: &Tensor, masks: &DecoderMasks) -> Result<Tensor> {
        let mut x = tgt.clone();
        for layer in &self.layers {
            x = layer.call_with(&x, memory, masks)?;
        }
        match &self.norm {
            Some(norm) => norm.call(&x),
            None => Ok(x),
        }
    }
}

/// Computes the decoder without masks, for a target and a memory.
impl Forward<(Tensor, Tensor)> for TransformerDecoder {
    type Output = Tensor;
    fn forward(&self, (tgt, memory): &(Tensor, Tensor)) -> Result<Tensor> {
        self.run(tgt, memory, &DecoderMasks::default())
    }
}
