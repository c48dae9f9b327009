//! The decoder: self-attention, attention over the encoder's result, and a network for each place, in layers.

use super::layer::TransformerLayerBuilder;
use super::{Masks, attend, become_copy};
use crate::call::surround;
use crate::layers::sizes::room_for_layers;
use crate::layers::{Dropout, LayerNorm, Linear, MultiheadAttention};
use crate::{Call, Forward, Module, ModuleList, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// A layer of the decoder: `x = norm1(x + attention(x))`, `x = norm2(x + attention(x, memory))`, then
/// `x = norm3(x + linear2(activation(linear1(x))))`; with `norm_first` the norms stand first. PyTorch: `nn.TransformerDecoderLayer`.
///
/// Target `[length, n, d_model]` and memory `[memory, n, d_model]` to the target's shape; `[n, length, d_model]` with `batch_first`, and without
/// `n` for a single sequence. Dropout follows each attention, the activation and the second map. `call(&(target, memory))` is the layer
/// without masks.
///
/// ```
/// use rushlight_nn::{DecoderMasks, Transformer, TransformerDecoderLayer};
/// use rushlight_tensor::Tensor;
/// let layer = TransformerDecoderLayer::builder(16, 4).dim_feedforward(32).build()?;
/// let (tgt, memory) = (Tensor::randn([5, 2, 16], ())?, Tensor::randn([7, 2, 16], ())?);
/// let mask = Transformer::generate_square_subsequent_mask(5, ())?;
/// let y = layer.call_with(&tgt, &memory, &DecoderMasks { tgt_mask: Some(&mask), ..Default::default() })?;
/// assert_eq!(y.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(describe = Self::sizes)]
pub struct TransformerDecoderLayer {
    /// The attention of the target over itself.
    pub self_attn: MultiheadAttention,
    /// The attention of the target over the memory.
    pub multihead_attn: MultiheadAttention,
    /// `d_model → dim_feedforward`.
    pub linear1: Linear,
    /// After the activation.
    pub dropout: Dropout,
    /// `dim_feedforward → d_model`.
    pub linear2: Linear,
    /// The norm of the self-attention.
    pub norm1: LayerNorm,
    /// The norm of the attention over the memory.
    pub norm2: LayerNorm,
    /// The norm of the two maps.
    pub norm3: LayerNorm,
    /// After the self-attention.
    pub dropout1: Dropout,
    /// After the attention over the memory.
    pub dropout2: Dropout,
    /// After the two maps.
    pub dropout3: Dropout,
    #[module(skip)]
    args: TransformerDecoderLayerBuilder,
    state: ModuleState,
}

/// Options of a [`TransformerDecoderLayer`].
pub type TransformerDecoderLayerBuilder = TransformerLayerBuilder<2>;

/// The masks of a decoder, as a [`MultiheadAttention`] takes them.
#[derive(Clone, Copy, Default, Debug)]
pub struct DecoderMasks<'a> {
    /// Which places of the target a place of it does not see: `[length, length]`, or one for each head.
    pub tgt_mask: Option<&'a Tensor>,
    /// Which places of the memory it does not see: `[length, memory]`, or one for each head.
    pub memory_mask: Option<&'a Tensor>,
    /// Which places of the target are padding: `[n, length]`.
    pub tgt_key_padding_mask: Option<&'a Tensor>,
    /// Which places of the memory are padding: `[n, memory]`.
    pub memory_key_padding_mask: Option<&'a Tensor>,
    /// Says that `tgt_mask`, which must be given, is the causal one.
    pub tgt_is_causal: bool,
    /// Says that `memory_mask`, which must be given, is the causal one.
    pub memory_is_causal: bool,
}

impl TransformerDecoderLayer {
    /// A layer with PyTorch's defaults.
    #[track_caller]
    pub fn new(d_model: usize, nhead: usize) -> Result<TransformerDecoderLayer> {
        TransformerDecoderLayer::builder(d_model, nhead).build()
    }

    /// A layer with options.
    pub fn builder(d_model: usize, nhead: usize) -> TransformerDecoderLayerBuilder {
        TransformerDecoderLayerBuilder::new(d_model, nhead)
    }

    /// The call, under masks. PyTorch: `layer(tgt, memory, tgt_mask, …)`.
    #[track_caller]
    pub fn call_with(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        masks: &DecoderMasks<'_>,
    ) -> Result<Tensor> {
        surround(self.as_module(), tgt, |tgt| self.run(tgt, memory, masks))
    }

    fn run(&self, x: &Tensor, memory: &Tensor, masks: &DecoderMasks<'_>) -> Result<Tensor> {
        if self.args.norm_first {
            let x = x.add(&self.own(&self.norm1.call(x)?, masks)?)?;
            let x = x.add(&self.across(&self.norm2.call(&x)?, memory, masks)?)?;
            return x.add(&self.maps(&self.norm3.call(&x)?)?);
        }
        let x = self.norm1.call(&x.add(&self.own(x, masks)?)?)?;
        let x = self.norm2.call(&x.add(&self.across(&x, memory, masks)?)?)?;
        self.norm3.call(&x.add(&self.maps(&x)?)?)
    }

    fn own(&self, x: &Tensor, masks: &DecoderMasks<'_>) -> Result<Tensor> {
        let masks = Masks {
            attn: masks.tgt_mask,
            key_padding: masks.tgt_key_padding_mask,
            is_causal: masks.tgt_is_causal,
        };
        self.dropout1.call(&attend(&self.self_attn, x, x, masks)?)
    }

    fn across(&self, x: &Tensor, memory: &Tensor, masks: &DecoderMasks<'_>) -> Result<Tensor> {
        let masks = Masks {
            attn: masks.memory_mask,
            key_padding: masks.memory_key_padding_mask,
            is_causal: masks.memory_is_causal,
        };
        self.dropout2
            .call(&attend(&self.multihead_attn, x, memory, masks)?)
    }

    fn maps(&self, x: &Tensor) -> Result<Tensor> {
        let maps = self
            .args
            .maps(x, &self.linear1, &self.dropout, &self.linear2)?;
        self.dropout3.call(&maps)
    }

    fn sizes(&self) -> String {
        self.args.describe("TransformerDecoderLayer")
    }

    #[track_caller]
    fn blank(args: TransformerDecoderLayerBuilder) -> Result<TransformerDecoderLayer> {
        Ok(TransformerDecoderLayer {
            self_attn: args.blank_attention()?,
            multihead_attn: args.blank_attention()?,
            linear1: args.blank_widening()?,
            dropout: args.dropout_layer()?,
            linear2: args.blank_narrowing()?,
            norm1: args.norm()?,
            norm2: args.norm()?,
            norm3: args.norm()?,
            dropout1: args.dropout_layer()?,
            dropout2: args.dropout_layer()?,
            dropout3: args.dropout_layer()?,
            args,
            state: ModuleState::default(),
        })
    }

    #[track_caller]
    fn copy(&self) -> Result<TransformerDecoderLayer> {
        let args = self.args.like(&self.linear1.weight);
        become_copy(TransformerDecoderLayer::blank(args)?, self)
    }
}

impl TransformerDecoderLayerBuilder {
    /// Draws the parameters.
    #[track_caller]
    pub fn build(self) -> Result<TransformerDecoderLayer> {
        let layer = TransformerDecoderLayer::blank(self)?;
        layer.self_attn.draw()?;
        layer.multihead_attn.draw()?;
        layer.linear1.draw()?;
        layer.linear2.draw()?;
        Ok(layer)
    }
}

/// The layer without masks, of target and memory.
impl Forward<(Tensor, Tensor)> for TransformerDecoderLayer {
    type Output = Tensor;
    fn forward(&self, (tgt, memory): &(Tensor, Tensor)) -> Result<Tensor> {
        self.run(tgt, memory, &DecoderMasks::default())
    }
}

/// Layers of a decoder, one after the other, and a norm at the end if there is one. PyTorch: `nn.TransformerDecoder`.
///
/// ```
/// use rushlight_nn::{Call, TransformerDecoder, TransformerDecoderLayer};
/// use rushlight_tensor::Tensor;
/// let layer = TransformerDecoderLayer::builder(16, 4).dim_feedforward(32).build()?;
/// let decoder = TransformerDecoder::new(&layer, 3, None)?;
/// let (tgt, memory) = (Tensor::randn([5, 2, 16], ())?, Tensor::randn([7, 2, 16], ())?);
/// assert_eq!(decoder.call(&(tgt, memory))?.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct TransformerDecoder {
    /// The layers.
    pub layers: ModuleList<TransformerDecoderLayer>,
    /// What follows them.
    pub norm: Option<LayerNorm>,
    state: ModuleState,
}

impl TransformerDecoder {
    /// `num_layers` copies of a layer, which all start with its weights.
    #[track_caller]
    pub fn new(
        layer: &TransformerDecoderLayer,
        num_layers: usize,
        norm: Option<LayerNorm>,
    ) -> Result<TransformerDecoder> {
        let mut layers = ModuleList::new();
        room_for_layers("TransformerDecoder", num_layers)?;
        for _ in 0..num_layers {
            layers.push(layer.copy()?);
        }
        Ok(TransformerDecoder {
            layers,
            norm,
            state: ModuleState::default(),
        })
    }

    /// The call, with the same masks in every layer. PyTorch: `decoder(tgt, memory, tgt_mask, …)`.
    #[track_caller]
    pub fn call_with(
        &self,
        tgt: &Tensor,
        memory: &Tensor,
        masks: &DecoderMasks<'_>,
    ) -> Result<Tensor> {
        surround(self.as_module(), tgt, |tgt| self.run(tgt, memory, masks))
    }

    fn run(&self, tgt: &Tensor, memory: &Tensor, masks: &DecoderMasks<'_>) -> Result<Tensor> {
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

/// The decoder without masks, of target and memory.
impl Forward<(Tensor, Tensor)> for TransformerDecoder {
    type Output = Tensor;
    fn forward(&self, (tgt, memory): &(Tensor, Tensor)) -> Result<Tensor> {
        self.run(tgt, memory, &DecoderMasks::default())
    }
}
