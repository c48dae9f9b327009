//! The encoder: self-attention and a network for each place, in layers.

use super::layer::{Arguments, Parts, TransformerLayerOptions};
use super::{Masks, attend, become_copy};
use crate::call::surround;
use crate::layers::sizes::room_for_layers;
use crate::layers::{Dropout, LayerNorm, Linear, MultiheadAttention};
use crate::{Call, Forward, Module, ModuleList, ModuleState};
use rushlight_tensor::{Result, Tensor, options};

/// A layer of the encoder: `x = norm1(x + attention(x))`, then `x = norm2(x + linear2(activation(linear1(x))))`; with `norm_first` the norms
/// stand before the attention and the maps. PyTorch: `nn.TransformerEncoderLayer`.
///
/// `[length, n, d_model]` to the same; `[n, length, d_model]` with `batch_first`, and without `n` for a single sequence. Dropout follows the
/// attention, the activation and the second map. `call(&x)` is the layer without masks.
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
    /// The attention of the sequence over itself.
    pub self_attn: MultiheadAttention,
    /// `d_model → dim_feedforward`.
    pub linear1: Linear,
    /// After the activation.
    pub dropout: Dropout,
    /// `dim_feedforward → d_model`.
    pub linear2: Linear,
    /// The norm of the attention.
    pub norm1: LayerNorm,
    /// The norm of the two maps.
    pub norm2: LayerNorm,
    /// After the attention.
    pub dropout1: Dropout,
    /// After the two maps.
    pub dropout2: Dropout,
    #[module(skip)]
    arguments: Arguments,
    state: ModuleState,
}

options! {
    /// The masks of an encoder, as a [`MultiheadAttention`] takes them.
    EncoderMasks {
        /// Which places a place does not see: `[length, length]`, or one for each head.
        mask(into): Option<Tensor> = None,
        /// Which places are padding: `[n, length]`.
        src_key_padding_mask(into): Option<Tensor> = None,
        /// Says that `mask`, which must be given, is the causal one.
        is_causal: bool = false,
    }
}

impl TransformerEncoderLayer {
    /// A layer with PyTorch's defaults.
    ///
    /// # Errors
    /// As [`TransformerEncoderLayer::with`].
    #[track_caller]
    pub fn new(d_model: usize, nhead: usize) -> Result<TransformerEncoderLayer> {
        TransformerEncoderLayer::with(d_model, nhead, ())
    }

    /// A layer with options.
    ///
    /// # Errors
    /// If the heads do not divide `d_model`, `dropout` is outside `[0, 1]`, or the parameters do not fit the memory.
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

    /// The options, without dtype and device.
    pub fn options(&self) -> &TransformerLayerOptions {
        &self.arguments.options
    }

    /// The call, under masks. PyTorch: `layer(src, src_mask, …)`.
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

/// The layer without masks.
impl Forward for TransformerEncoderLayer {
    type Output = Tensor;
    fn forward(&self, src: &Tensor) -> Result<Tensor> {
        self.run(src, &EncoderMasks::default())
    }
}

/// Layers of an encoder, one after the other, and a norm at the end if there is one. PyTorch: `nn.TransformerEncoder`.
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
    /// What follows them.
    pub norm: Option<LayerNorm>,
    state: ModuleState,
}

impl TransformerEncoder {
    /// `num_layers` copies of a layer, which all start with its weights, without a norm at the end.
    ///
    /// # Errors
    /// If the layers do not fit the memory.
    #[track_caller]
    pub fn new(layer: &TransformerEncoderLayer, num_layers: usize) -> Result<TransformerEncoder> {
        TransformerEncoder::with(layer, num_layers, None)
    }

    /// `num_layers` copies of a layer, which all start with its weights, and the norm that follows them.
    ///
    /// # Errors
    /// If the layers do not fit the memory.
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

    /// The call, with the same masks in every layer. PyTorch: `encoder(src, mask, …)`.
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

/// The encoder without masks.
impl Forward for TransformerEncoder {
    type Output = Tensor;
    fn forward(&self, src: &Tensor) -> Result<Tensor> {
        self.run(src, &EncoderMasks::default())
    }
}
