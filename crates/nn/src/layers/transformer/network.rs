//! Encoder and decoder together.

use super::{
    DecoderMasks, EncoderMasks, TransformerActivation, TransformerDecoder, TransformerEncoder,
    TransformerLayerBuilder,
};
use crate::builder::builder;
use crate::call::surround;
use crate::init::xavier_uniform_;
use crate::{Forward, Module, ModuleExt, ModuleState};
use rushlight_tensor::{Error, Options, Result, Tensor};

/// A transformer: an encoder of the source, whose result is the memory of a decoder of the target. PyTorch: `nn.Transformer`.
///
/// Source `[source, n, d_model]` and target `[target, n, d_model]` to the target's shape; `[n, .., d_model]` with `batch_first`, and without
/// `n` for single sequences. `call(&(src, tgt))` is the network without masks. Matrices start as Xavier's uniform, with the numbers PyTorch
/// draws for the same seed.
///
/// ```
/// use rushlight_nn::{Transformer, TransformerMasks};
/// use rushlight_tensor::Tensor;
/// let model = Transformer::builder(16, 4)
///     .num_encoder_layers(2)
///     .num_decoder_layers(2)
///     .dim_feedforward(32)
///     .build()?;
/// let (src, tgt) = (Tensor::randn([7, 2, 16], ())?, Tensor::randn([5, 2, 16], ())?);
/// let causal = Transformer::generate_square_subsequent_mask(5, ())?;
/// let y = model.call_with(&src, &tgt, &TransformerMasks { tgt_mask: Some(&causal), ..Default::default() })?;
/// assert_eq!(y.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(describe = Self::sizes)]
pub struct Transformer {
    /// Reads the source.
    pub encoder: TransformerEncoder,
    /// Reads the target, and what the encoder made of the source.
    pub decoder: TransformerDecoder,
    #[module(skip)]
    args: TransformerBuilder,
    state: ModuleState,
}

builder! {
    /// Options of a [`Transformer`].
    TransformerBuilder(d_model: usize, nhead: usize) {
        /// The probability of a zero in training; by default 0.1.
        dropout: f64 = 0.1,
        /// What stands between the two maps of each layer; by default ReLU.
        activation: TransformerActivation = TransformerActivation::Relu,
        /// Added to the variance in the norms; by default 1e-5.
        layer_norm_eps: f64 = 1e-5,
        /// Whether sequences are `[n, length, ..]`; by default `[length, n, ..]`.
        batch_first: bool = false,
        /// Whether the norms of the layers stand first; by default last.
        norm_first: bool = false,
        /// Whether maps, norms and attentions have biases; by default yes.
        bias: bool = true,
    }
    counts {
        /// How many layers the encoder has; by default 6.
        num_encoder_layers = 6,
        /// How many layers the decoder has; by default 6.
        num_decoder_layers = 6,
        /// The width between the two maps of each layer; by default 2048.
        dim_feedforward = 2048,
    }
}

/// The masks of a [`Transformer`], as a [`MultiheadAttention`](crate::MultiheadAttention) takes them.
#[derive(Clone, Copy, Default, Debug)]
pub struct TransformerMasks<'a> {
    /// Which places of the source a place of it does not see: `[source, source]`, or one for each head.
    pub src_mask: Option<&'a Tensor>,
    /// Which places of the target a place of it does not see: `[target, target]`, or one for each head.
    pub tgt_mask: Option<&'a Tensor>,
    /// Which places of the source a place of the target does not see: `[target, source]`, or one for each head.
    pub memory_mask: Option<&'a Tensor>,
    /// Which places of the source are padding, for the encoder: `[n, source]`.
    pub src_key_padding_mask: Option<&'a Tensor>,
    /// Which places of the target are padding: `[n, target]`.
    pub tgt_key_padding_mask: Option<&'a Tensor>,
    /// Which places of the source are padding, for the decoder: `[n, source]`.
    pub memory_key_padding_mask: Option<&'a Tensor>,
    /// Says that `src_mask`, which must be given, is the causal one.
    pub src_is_causal: bool,
    /// Says that `tgt_mask`, which must be given, is the causal one.
    pub tgt_is_causal: bool,
    /// Says that `memory_mask`, which must be given, is the causal one.
    pub memory_is_causal: bool,
}

impl Transformer {
    /// A network with PyTorch's defaults: six layers each. PyTorch's own sizes are 512 in 8 heads.
    #[track_caller]
    pub fn new(d_model: usize, nhead: usize) -> Result<Transformer> {
        Transformer::builder(d_model, nhead).build()
    }

    /// A network with options.
    pub fn builder(d_model: usize, nhead: usize) -> TransformerBuilder {
        TransformerBuilder::new(d_model, nhead)
    }

    /// The causal mask: -∞ above the diagonal, 0 elsewhere, so that no place sees those after it. PyTorch: `generate_square_subsequent_mask`.
    ///
    /// ```
    /// use rushlight_nn::Transformer;
    /// let mask = Transformer::generate_square_subsequent_mask(2, ())?;
    /// assert_eq!(mask.to_vec::<f32>()?, [0.0, f32::NEG_INFINITY, 0.0, 0.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn generate_square_subsequent_mask(
        size: usize,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        Tensor::full([size, size], f64::NEG_INFINITY, options)?.triu(1)
    }

    /// The call, under masks. PyTorch: `transformer(src, tgt, src_mask, …)`.
    #[track_caller]
    pub fn call_with(
        &self,
        src: &Tensor,
        tgt: &Tensor,
        masks: &TransformerMasks<'_>,
    ) -> Result<Tensor> {
        surround(self.as_module(), src, |src| self.run(src, tgt, masks))
    }

    fn run(&self, src: &Tensor, tgt: &Tensor, masks: &TransformerMasks<'_>) -> Result<Tensor> {
        self.check(src, tgt)?;
        let of_source = EncoderMasks {
            mask: masks.src_mask,
            src_key_padding_mask: masks.src_key_padding_mask,
            is_causal: masks.src_is_causal,
        };
        let of_target = DecoderMasks {
            tgt_mask: masks.tgt_mask,
            memory_mask: masks.memory_mask,
            tgt_key_padding_mask: masks.tgt_key_padding_mask,
            memory_key_padding_mask: masks.memory_key_padding_mask,
            tgt_is_causal: masks.tgt_is_causal,
            memory_is_causal: masks.memory_is_causal,
        };
        let memory = self.encoder.call_with(src, &of_source)?;
        self.decoder.call_with(tgt, &memory, &of_target)
    }

    fn check(&self, src: &Tensor, tgt: &Tensor) -> Result<()> {
        let width = self.args.d_model;
        let batch = !self.args.batch_first as usize;
        let rank = src.ndim();
        let ranks = (rank == 2 || rank == 3) && tgt.ndim() == rank;
        let fits = ranks
            && src.shape()[rank - 1] == width
            && tgt.shape()[rank - 1] == width
            && (rank == 2 || src.shape()[batch] == tgt.shape()[batch]);
        if fits {
            return Ok(());
        }
        let order = if self.args.batch_first {
            "n, length"
        } else {
            "length, n"
        };
        Err(Error::shape(format!(
            "Transformer: expected source and target [{order}, {width}] with the same n, or both [length, {width}]; got {:?} and {:?}",
            src.shape(),
            tgt.shape()
        )))
    }

    fn sizes(&self) -> String {
        let (width, heads) = (self.args.d_model, self.args.nhead);
        format!("Transformer {width} in {heads} heads")
    }
}

impl TransformerBuilder {
    /// Draws the parameters: those of one layer for each half, as PyTorch does, and then all matrices anew.
    #[track_caller]
    pub fn build(self) -> Result<Transformer> {
        let layer = self.layer::<1>();
        let encoder = TransformerEncoder::new(
            &layer.clone().build()?,
            self.num_encoder_layers,
            Some(layer.norm()?),
        )?;
        let layer = self.layer::<2>();
        let decoder = TransformerDecoder::new(
            &layer.clone().build()?,
            self.num_decoder_layers,
            Some(layer.norm()?),
        )?;
        let transformer = Transformer {
            encoder,
            decoder,
            args: self,
            state: ModuleState::default(),
        };
        for matrix in transformer.parameters().iter().filter(|p| p.ndim() > 1) {
            xavier_uniform_(matrix, 1.0)?;
        }
        Ok(transformer)
    }

    /// The options of each layer of the encoder, with one attention, or of the decoder, with two.
    fn layer<const ATTENTIONS: usize>(&self) -> TransformerLayerBuilder<ATTENTIONS> {
        let mut layer = TransformerLayerBuilder::new(self.d_model, self.nhead)
            .dim_feedforward(self.dim_feedforward)
            .dropout(self.dropout)
            .activation(self.activation)
            .layer_norm_eps(self.layer_norm_eps)
            .batch_first(self.batch_first)
            .norm_first(self.norm_first)
            .bias(self.bias);
        layer.options = self.options.clone();
        layer
    }
}

/// The network without masks, of source and target.
impl Forward<(Tensor, Tensor)> for Transformer {
    type Output = Tensor;
    fn forward(&self, (src, tgt): &(Tensor, Tensor)) -> Result<Tensor> {
        self.run(src, tgt, &TransformerMasks::default())
    }
}
