//! The encoder: self-attention and a network for each place, in layers.

use super::layer::TransformerLayerBuilder;
use super::{Masks, attend, become_copy};
use crate::call::surround;
use crate::layers::sizes::room_for_layers;
use crate::layers::{Dropout, LayerNorm, Linear, MultiheadAttention};
use crate::{Call, Forward, Module, ModuleList, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// A layer of the encoder: `x = norm1(x + attention(x))`, then `x = norm2(x + linear2(activation(linear1(x))))`; with `norm_first` the norms
/// stand before the attention and the maps. PyTorch: `nn.TransformerEncoderLayer`.
///
/// `[length, n, d_model]` to the same; `[n, length, d_model]` with `batch_first`, and without `n` for a single sequence. Dropout follows the
/// attention, the activation and the second map. `call(&x)` is the layer without masks.
///
/// ```
/// use rushlight_nn::{Call, EncoderMasks, Transformer, TransformerEncoderLayer};
/// use rushlight_tensor::Tensor;
/// let layer = TransformerEncoderLayer::builder(16, 4).dim_feedforward(32).build()?;
/// let x = Tensor::randn([5, 2, 16], ())?;
/// assert_eq!(layer.call(&x)?.shape(), [5, 2, 16]);
/// let mask = Transformer::generate_square_subsequent_mask(5, ())?;
/// let y = layer.call_with(&x, &EncoderMasks { mask: Some(&mask), ..Default::default() })?;
/// assert_eq!(y.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight_tensor::Error>(())
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
    args: TransformerEncoderLayerBuilder,
    state: ModuleState,
}

/// Options of a [`TransformerEncoderLayer`].
pub type TransformerEncoderLayerBuilder = TransformerLayerBuilder<1>;

/// The masks of an encoder, as a [`MultiheadAttention`] takes them.
#[derive(Clone, Copy, Default, Debug)]
pub struct EncoderMasks<'a> {
    /// Which places a place does not see: `[length, length]`, or one for each head.
    pub mask: Option<&'a Tensor>,
    /// Which places are padding: `[n, length]`.
    pub src_key_padding_mask: Option<&'a Tensor>,
    /// Says that `mask`, which must be given, is the causal one.
    pub is_causal: bool,
}

impl TransformerEncoderLayer {
    /// A layer with PyTorch's defaults.
    #[track_caller]
    pub fn new(d_model: usize, nhead: usize) -> Result<TransformerEncoderLayer> {
        TransformerEncoderLayer::builder(d_model, nhead).build()
    }

    /// A layer with options.
    pub fn builder(d_model: usize, nhead: usize) -> TransformerEncoderLayerBuilder {
        TransformerEncoderLayerBuilder::new(d_model, nhead)
    }

    /// The call, under masks. PyTorch: `layer(src, src_mask, …)`.
    #[track_caller]
    pub fn call_with(&self, src: &Tensor, masks: &EncoderMasks<'_>) -> Result<Tensor> {
        surround(self.as_module(), src, |src| self.run(src, masks))
    }

    fn run(&self, x: &Tensor, masks: &EncoderMasks<'_>) -> Result<Tensor> {
        if self.args.norm_first {
            let x = x.add(&self.attention(&self.norm1.call(x)?, masks)?)?;
            return x.add(&self.maps(&self.norm2.call(&x)?)?);
        }
        let x = self.norm1.call(&x.add(&self.attention(x, masks)?)?)?;
        self.norm2.call(&x.add(&self.maps(&x)?)?)
    }

    fn attention(&self, x: &Tensor, masks: &EncoderMasks<'_>) -> Result<Tensor> {
        let masks = Masks {
            attn: masks.mask,
            key_padding: masks.src_key_padding_mask,
            is_causal: masks.is_causal,
        };
        self.dropout1.call(&attend(&self.self_attn, x, x, masks)?)
    }

    fn maps(&self, x: &Tensor) -> Result<Tensor> {
        let maps = self
            .args
            .maps(x, &self.linear1, &self.dropout, &self.linear2)?;
        self.dropout2.call(&maps)
    }

    fn sizes(&self) -> String {
        self.args.describe("TransformerEncoderLayer")
    }

    #[track_caller]
    fn blank(args: TransformerEncoderLayerBuilder) -> Result<TransformerEncoderLayer> {
        Ok(TransformerEncoderLayer {
            self_attn: args.blank_attention()?,
            linear1: args.blank_widening()?,
            dropout: args.dropout_layer()?,
            linear2: args.blank_narrowing()?,
            norm1: args.norm()?,
            norm2: args.norm()?,
            dropout1: args.dropout_layer()?,
            dropout2: args.dropout_layer()?,
            args,
            state: ModuleState::default(),
        })
    }

    #[track_caller]
    fn copy(&self) -> Result<TransformerEncoderLayer> {
        let args = self.args.like(&self.linear1.weight);
        become_copy(TransformerEncoderLayer::blank(args)?, self)
    }
}

impl TransformerEncoderLayerBuilder {
    /// Draws the parameters.
    #[track_caller]
    pub fn build(self) -> Result<TransformerEncoderLayer> {
        let layer = TransformerEncoderLayer::blank(self)?;
        layer.self_attn.draw()?;
        layer.linear1.draw()?;
        layer.linear2.draw()?;
        Ok(layer)
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
/// use rushlight_nn::{Call, TransformerEncoder, TransformerEncoderLayer};
/// use rushlight_tensor::Tensor;
/// let layer = TransformerEncoderLayer::builder(16, 4).dim_feedforward(32).build()?;
/// let encoder = TransformerEncoder::new(&layer, 3, None)?;
/// assert_eq!(encoder.call(&Tensor::randn([5, 2, 16], ())?)?.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight_tensor::Error>(())
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
    /// `num_layers` copies of a layer, which all start with its weights.
    #[track_caller]
    pub fn new(
        layer: &TransformerEncoderLayer,
        num_layers: usize,
        norm: Option<LayerNorm>,
    ) -> Result<TransformerEncoder> {
        let mut layers = ModuleList::new();
        room_for_layers("TransformerEncoder", num_layers)?;
        for _ in 0..num_layers {
            layers.push(layer.copy()?);
        }
        Ok(TransformerEncoder {
            layers,
            norm,
            state: ModuleState::default(),
        })
    }

    /// The call, with the same masks in every layer. PyTorch: `encoder(src, mask, …)`.
    #[track_caller]
    pub fn call_with(&self, src: &Tensor, masks: &EncoderMasks<'_>) -> Result<Tensor> {
        surround(self.as_module(), src, |src| self.run(src, masks))
    }

    fn run(&self, src: &Tensor, masks: &EncoderMasks<'_>) -> Result<Tensor> {
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
