//! Encoder and decoder together.

use super::{
    DecoderMasks, EncoderMasks, TransformerActivation, TransformerDecoder, TransformerDecoderLayer,
    TransformerEncoder, TransformerEncoderLayer, TransformerLayerOptions,
};
use crate::call::surround;
use crate::init::xavier_uniform_;
use crate::layers::{LayerNorm, LayerNormOptions};
use crate::{Forward, Module, ModuleExt, ModuleState};
use rushlight_tensor::{Error, Options, Result, Tensor, options};

/// A transformer: an encoder of the source, whose result is the memory of a decoder of the target. PyTorch: `nn.Transformer`.
///
/// Source `[source, n, d_model]` and target `[target, n, d_model]` to the target's shape; `[n, .., d_model]` with `batch_first`, and without
/// `n` for single sequences. `call(&(src, tgt))` is the network without masks. Matrices start as Xavier's uniform, with the numbers PyTorch
/// draws for the same seed.
///
/// ```
/// use rushlight::nn::{Transformer, TransformerMasks, TransformerOptions};
/// use rushlight::Tensor;
/// let options = TransformerOptions::new()
///     .num_encoder_layers(2)
///     .num_decoder_layers(2)
///     .dim_feedforward(32);
/// let model = Transformer::with(16, 4, options)?;
/// let (src, tgt) = (Tensor::randn([7, 2, 16], ())?, Tensor::randn([5, 2, 16], ())?);
/// let causal = Transformer::generate_square_subsequent_mask(5, ())?;
/// let y = model.call_with(&src, &tgt, TransformerMasks::new().tgt_mask(causal))?;
/// assert_eq!(y.shape(), [5, 2, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(describe = Self::sizes)]
pub struct Transformer {
    /// Reads the source.
    pub encoder: TransformerEncoder,
    /// Reads the target, and what the encoder made of the source.
    pub decoder: TransformerDecoder,
    #[module(skip)]
    d_model: usize,
    #[module(skip)]
    nhead: usize,
    #[module(skip)]
    options: TransformerOptions,
    state: ModuleState,
}

options! {
    /// Options of a [`Transformer`].
    TransformerOptions {
        /// How many layers the encoder has; by default 6.
        num_encoder_layers: usize = 6,
        /// How many layers the decoder has; by default 6.
        num_decoder_layers: usize = 6,
        /// The width between the two maps of each layer; by default 2048.
        dim_feedforward: usize = 2048,
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
        /// Whether maps, norms and attentions have biases; by default they have.
        bias: bool = true,
    }
    parameters
}

options! {
    /// The masks of a [`Transformer`], as a [`MultiheadAttention`](crate::MultiheadAttention) takes them.
    TransformerMasks {
        /// Which places of the source a place of it does not see: `[source, source]`, or one for each head.
        src_mask(into): Option<Tensor> = None,
        /// Which places of the target a place of it does not see: `[target, target]`, or one for each head.
        tgt_mask(into): Option<Tensor> = None,
        /// Which places of the source a place of the target does not see: `[target, source]`, or one for each head.
        memory_mask(into): Option<Tensor> = None,
        /// Which places of the source are padding, for the encoder: `[n, source]`.
        src_key_padding_mask(into): Option<Tensor> = None,
        /// Which places of the target are padding: `[n, target]`.
        tgt_key_padding_mask(into): Option<Tensor> = None,
        /// Which places of the source are padding, for the decoder: `[n, source]`.
        memory_key_padding_mask(into): Option<Tensor> = None,
        /// Says that `src_mask`, which must be given, is the causal one.
        src_is_causal: bool = false,
        /// Says that `tgt_mask`, which must be given, is the causal one.
        tgt_is_causal: bool = false,
        /// Says that `memory_mask`, which must be given, is the causal one.
        memory_is_causal: bool = false,
    }
}

impl Transformer {
    /// A network with PyTorch's defaults: six layers each. PyTorch's own sizes are 512 in 8 heads.
    ///
    /// # Errors
    /// As [`Transformer::with`].
    #[track_caller]
    pub fn new(d_model: usize, nhead: usize) -> Result<Transformer> {
        Transformer::with(d_model, nhead, ())
    }

    /// A network with options.
    ///
    /// # Errors
    /// If the heads do not divide `d_model`, `dropout` is outside `[0, 1]`, or the parameters do not fit the memory.
    #[track_caller]
    pub fn with(
        d_model: usize,
        nhead: usize,
        options: impl Into<TransformerOptions>,
    ) -> Result<Transformer> {
        let mut options = options.into();
        let layer = options.layer();
        // PyTorch draws one layer for each half, copies it, and draws all matrices anew.
        let encoder = TransformerEncoder::with(
            &TransformerEncoderLayer::with(d_model, nhead, &layer)?,
            options.num_encoder_layers,
            options.norm(d_model)?,
        )?;
        let decoder = TransformerDecoder::with(
            &TransformerDecoderLayer::with(d_model, nhead, &layer)?,
            options.num_decoder_layers,
            options.norm(d_model)?,
        )?;
        options.take_factory();
        let transformer = Transformer {
            encoder,
            decoder,
            d_model,
            nhead,
            options,
            state: ModuleState::default(),
        };
        for matrix in transformer.parameters().iter().filter(|p| p.ndim() > 1) {
            xavier_uniform_(matrix, 1.0)?;
        }
        Ok(transformer)
    }

    /// The options, without dtype and device.
    pub fn options(&self) -> &TransformerOptions {
        &self.options
    }

    /// The causal mask: -∞ above the diagonal, 0 elsewhere, so that no place sees those after it. PyTorch: `generate_square_subsequent_mask`.
    ///
    /// ```
    /// use rushlight::nn::Transformer;
    /// let mask = Transformer::generate_square_subsequent_mask(2, ())?;
    /// assert_eq!(mask.to_vec::<f32>()?, [0.0, f32::NEG_INFINITY, 0.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
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
        masks: impl Into<TransformerMasks>,
    ) -> Result<Tensor> {
        let masks = masks.into();
        surround(self.as_module(), src, |src| self.run(src, tgt, masks))
    }

    fn run(&self, src: &Tensor, tgt: &Tensor, masks: TransformerMasks) -> Result<Tensor> {
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
        let memory = self.encoder.call_with(src, of_source)?;
        self.decoder.call_with(tgt, &memory, of_target)
    }

    fn check(&self, src: &Tensor, tgt: &Tensor) -> Result<()> {
        let width = self.d_model;
        let batch = !self.options.batch_first as usize;
        let rank = src.ndim();
        let ranks = (rank == 2 || rank == 3) && tgt.ndim() == rank;
        let fits = ranks
            && src.shape()[rank - 1] == width
            && tgt.shape()[rank - 1] == width
            && (rank == 2 || src.shape()[batch] == tgt.shape()[batch]);
        if fits {
            return Ok(());
        }
        let order = if self.options.batch_first {
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
        let (width, heads) = (self.d_model, self.nhead);
        format!("Transformer {width} in {heads} heads")
    }
}

impl TransformerOptions {
    /// The options of each layer.
    fn layer(&self) -> TransformerLayerOptions {
        TransformerLayerOptions {
            dim_feedforward: self.dim_feedforward,
            dropout: self.dropout,
            activation: self.activation,
            layer_norm_eps: self.layer_norm_eps,
            batch_first: self.batch_first,
            norm_first: self.norm_first,
            bias: self.bias,
            dtype: self.dtype,
            device: self.device.clone(),
        }
    }

    /// The norm at the end of encoder and decoder.
    #[track_caller]
    fn norm(&self, d_model: usize) -> Result<LayerNorm> {
        let norm = LayerNormOptions {
            eps: self.layer_norm_eps,
            bias: self.bias,
            dtype: self.dtype,
            device: self.device.clone(),
            ..LayerNormOptions::new()
        };
        LayerNorm::with(d_model, norm)
    }
}

/// The network without masks, of source and target.
impl Forward<(Tensor, Tensor)> for Transformer {
    type Output = Tensor;
    fn forward(&self, (src, tgt): &(Tensor, Tensor)) -> Result<Tensor> {
        self.run(src, tgt, TransformerMasks::default())
    }
}
