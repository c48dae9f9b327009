//! A transformer of an encoder and a decoder.

use super::{
    DecoderMasks, EncoderMasks, TransformerActivation, TransformerDecoder, TransformerDecoderLayer,
    TransformerEncoder, TransformerEncoderLayer, TransformerLayerOptions,
};
use crate::call::surround;
use crate::init::xavier_uniform_;
use crate::layers::{LayerNorm, LayerNormOptions};
use crate::{Forward, Module, ModuleExt, ModuleState};
use rushlight_tensor::{Error, Options, Result, Tensor, options};

/// A transformer: an encoder of the source, whose result is the memory for a decoder of the target. PyTorch: `nn.Transformer`.
///
/// The source is `[source, n, d_model]` and the target `[target, n, d_model]`; the result has the target's shape. With `batch_first`, they
/// are `[n, .., d_model]`; single sequences have no `n`. `call(&(src, tgt))` computes the network without masks. Matrices are initialized
/// with Xavier's uniform distribution, with the numbers that PyTorch draws for the same seed.
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
    /// The encoder of the source.
    pub encoder: TransformerEncoder,
    /// The decoder of the target and the encoder's result.
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
        /// The number of encoder layers; by default 6.
        num_encoder_layers: usize = 6,
        /// The number of decoder layers; by default 6.
        num_decoder_layers: usize = 6,
        /// The width of each layer's feed-forward network; by default 2048.
        dim_feedforward: usize = 2048,
        /// The dropout probability in training; by default 0.1.
        dropout: f64 = 0.1,
        /// The activation of each layer's feed-forward network; by default ReLU.
        activation: TransformerActivation = TransformerActivation::Relu,
        /// The number that the norms add to the variance; by default 1e-5.
        layer_norm_eps: f64 = 1e-5,
        /// Whether sequences are `[n, length, ..]` instead of `[length, n, ..]`; by default false.
        batch_first: bool = false,
        /// Whether the norms come before the attentions and the feed-forward network of each layer; by default false, and they come after.
        norm_first: bool = false,
        /// Whether linear layers, norms and attentions have biases; by default true.
        bias: bool = true,
    }
    parameters
}

options! {
    /// The masks of a [`Transformer`], in the form that a [`MultiheadAttention`](crate::MultiheadAttention) takes.
    TransformerMasks {
        /// The positions of the source that each position of the source ignores: `[source, source]`, or one mask for each head.
        src_mask(into): Option<Tensor> = None,
        /// The positions of the target that each position of the target ignores: `[target, target]`, or one mask for each head.
        tgt_mask(into): Option<Tensor> = None,
        /// The positions of the source that each position of the target ignores: `[target, source]`, or one mask for each head.
        memory_mask(into): Option<Tensor> = None,
        /// The padding positions of the source, for the encoder: `[n, source]`.
        src_key_padding_mask(into): Option<Tensor> = None,
        /// The padding positions of the target: `[n, target]`.
        tgt_key_padding_mask(into): Option<Tensor> = None,
        /// The padding positions of the source, for the decoder: `[n, source]`.
        memory_key_padding_mask(into): Option<Tensor> = None,
        /// Declares that `src_mask`, which must be given, is the causal mask.
        src_is_causal: bool = false,
        /// Declares that `tgt_mask`, which must be given, is the causal mask.
        tgt_is_causal: bool = false,
        /// Declares that `memory_mask`, which must be given, is the causal mask.
        memory_is_causal: bool = false,
    }
}

impl Transformer {
    /// Creates a network with PyTorch's defaults: six encoder layers and six decoder layers. PyTorch's default sizes are a `d_model` of 512
    /// and 8 heads.
    ///
    /// # Errors
    /// Returns the same errors as [`Transformer::with`].
    #[track_caller]
    pub fn new(d_model: usize, nhead: usize) -> Result<Transformer> {
        Transformer::with(d_model, nhead, ())
    }

    /// Creates a network with options.
    ///
    /// # Errors
    /// Returns an error if the number of heads does not divide `d_model`, `dropout` is outside `[0, 1]`, or the parameters do not fit in
    /// memory.
    #[track_caller]
    pub fn with(
        d_model: usize,
        nhead: usize,
        options: impl Into<TransformerOptions>,
    ) -> Result<Transformer> {
        let mut options = options.into();
        let layer = options.layer();
        // PyTorch draws one encoder layer and one decoder layer, copies them, and then draws all matrices anew.
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

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &TransformerOptions {
        &self.options
    }

    /// Creates the causal mask: -∞ above the diagonal and 0 elsewhere, so that no position attends to later ones.
    /// PyTorch: `generate_square_subsequent_mask`.
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

    /// Calls the network with masks. PyTorch: `transformer(src, tgt, src_mask, …)`.
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

    /// Creates the norm at the end of the encoder or decoder.
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

/// Computes the network without masks, for a source and a target.
impl Forward<(Tensor, Tensor)> for Transformer {
    type Output = Tensor;
    fn forward(&self, (src, tgt): &(Tensor, Tensor)) -> Result<Tensor> {
        self.run(src, tgt, TransformerMasks::default())
    }
}
