//! Multi-head attention with projections.

mod heads;
mod mask;

use super::linear::Linear;
use crate::call::surround;
use crate::functional::probability;
use crate::init::{xavier_normal_, xavier_uniform_, zeros_};
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Error, Options, Result, Tensor, options};

/// Multi-head attention (Vaswani et al. 2017): query, key and value are projected, each head computes attention on its share of the width,
/// `softmax(q kᵀ / √(embed_dim / heads) + mask) v`, and the results of the heads are projected again. PyTorch: `nn.MultiheadAttention`.
///
/// The shapes are query `[length, n, embed_dim]`, key `[keys, n, kdim]`, value `[keys, n, vdim] → [length, n, embed_dim]`; with
/// `batch_first`, they are `[n, length, ..]`; a single sequence has no `n`. `call(&x)` computes self-attention;
/// [`MultiheadAttention::attend`] takes separate keys and values, and options.
///
/// The projections are initialized with Xavier's uniform distribution and the biases with zero, with the numbers that PyTorch draws for the
/// same seed.
///
/// ```
/// use rushlight::nn::{Call, MultiheadAttention, MultiheadAttentionOptions};
/// use rushlight::Tensor;
/// let options = MultiheadAttentionOptions::new().batch_first(true);
/// let attention = MultiheadAttention::with(16, 4, options)?;
/// let x = Tensor::randn([2, 5, 16], ())?;
/// assert_eq!(attention.call(&x)?.shape(), [2, 5, 16]);
/// // Attend to another sequence; the returned weights are averaged over the heads.
/// let memory = Tensor::randn([2, 7, 16], ())?;
/// let (y, weights) = attention.attend(&x, &memory, &memory, ())?;
/// assert_eq!((y.shape(), weights.unwrap().shape()), (&[2, 5, 16][..], &[2, 5, 7][..]));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(describe = Self::sizes)]
pub struct MultiheadAttention {
    /// The projections of query, key and value if all have one width, `[3 embed_dim, embed_dim]`.
    pub in_proj_weight: Option<Parameter>,
    /// The projection of the query if the widths differ, `[embed_dim, embed_dim]`.
    pub q_proj_weight: Option<Parameter>,
    /// The projection of the key if the widths differ, `[embed_dim, kdim]`.
    pub k_proj_weight: Option<Parameter>,
    /// The projection of the value if the widths differ, `[embed_dim, vdim]`.
    pub v_proj_weight: Option<Parameter>,
    /// The biases of the three projections, `[3 embed_dim]`.
    pub in_proj_bias: Option<Parameter>,
    /// A learnt key, with `add_bias_kv`: `[1, 1, embed_dim]`.
    pub bias_k: Option<Parameter>,
    /// The value of the learnt key: `[1, 1, embed_dim]`.
    pub bias_v: Option<Parameter>,
    /// The output projection.
    pub out_proj: Linear,
    #[module(skip)]
    embed_dim: usize,
    #[module(skip)]
    num_heads: usize,
    #[module(skip)]
    options: MultiheadAttentionOptions,
    state: ModuleState,
}

options! {
    /// Options of a [`MultiheadAttention`].
    MultiheadAttentionOptions {
        /// The dropout probability of the attention weights in training; by default 0.
        dropout: f64 = 0.0,
        /// Whether the projections have biases; by default true.
        bias: bool = true,
        /// Whether a learnt key and value are added; by default false.
        add_bias_kv: bool = false,
        /// Whether a key and value of zeros are added; by default false.
        add_zero_attn: bool = false,
        /// The width of keys; by default `embed_dim`.
        kdim(into): Option<usize> = None,
        /// The width of values; by default `embed_dim`.
        vdim(into): Option<usize> = None,
        /// Whether sequences are `[n, length, ..]` instead of `[length, n, ..]`; by default false.
        batch_first: bool = false,
    }
    parameters
}

options! {
    /// Options of one call, [`MultiheadAttention::attend`].
    MultiheadOptions {
        /// The mask of keys to ignore: `[n, keys]`, or `[keys]` without a batch; either `bool`, true for a key to ignore, or numbers that
        /// are added to the scores.
        key_padding_mask(into): Option<Tensor> = None,
        /// Whether the attention weights are returned; by default true. For a query whose keys are all masked, the result is zero without
        /// them, and NaN with them.
        need_weights: bool = true,
        /// The mask of keys that a query ignores: `[length, keys]`, or `[n heads, length, keys]` for each head; either `bool` or numbers,
        /// as above.
        attn_mask(into): Option<Tensor> = None,
        /// Whether the returned weights are averaged over the heads; by default true.
        average_attn_weights: bool = true,
        /// Declares that `attn_mask`, which must be given, is the causal mask, so that its elements need not be read.
        is_causal: bool = false,
    }
}

/// Creates an uninitialized parameter, if there is one.
#[track_caller]
fn blank_if(there: bool, shape: &[usize], options: &Options) -> Result<Option<Parameter>> {
    match there {
        true => Ok(Some(Parameter::new(Tensor::empty(
            shape,
            options.clone(),
        )?)?)),
        false => Ok(None),
    }
}

impl MultiheadAttention {
    /// Creates a layer with `num_heads` heads, which must divide `embed_dim`.
    ///
    /// # Errors
    /// Returns the same errors as [`MultiheadAttention::with`].
    #[track_caller]
    pub fn new(embed_dim: usize, num_heads: usize) -> Result<MultiheadAttention> {
        MultiheadAttention::with(embed_dim, num_heads, ())
    }

    /// Creates a layer with options.
    ///
    /// # Errors
    /// Returns an error if the number of heads does not divide `embed_dim`, `dropout` is outside `[0, 1]`, or the parameters do not fit in
    /// memory.
    #[track_caller]
    pub fn with(
        embed_dim: usize,
        num_heads: usize,
        options: impl Into<MultiheadAttentionOptions>,
    ) -> Result<MultiheadAttention> {
        let mut options = options.into();
        let factory = options.take_factory();
        let layer = MultiheadAttention::blank(embed_dim, num_heads, options, &factory)?;
        layer.draw()?;
        Ok(layer)
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &MultiheadAttentionOptions {
        &self.options
    }

    /// Computes the attention of `query` over `key` and `value`, and its weights if they are requested: `[n, length, keys]`, or
    /// `[n, heads, length, keys]` if they are not averaged. The keys that the layer adds come last.
    /// PyTorch: `attention(query, key, value, …)`.
    ///
    /// # Errors
    /// Returns an error if the shapes or dtypes of query, key, value and masks do not match, or `is_causal` is set without `attn_mask`.
    #[track_caller]
    pub fn attend(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        options: impl Into<MultiheadOptions>,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let options = options.into();
        let same = [query.is(key), key.is(value)];
        surround(self.as_module(), query, |q| {
            // If a hook replaces the query, it also replaces the keys and values that are the same tensor.
            let k = if same[0] { q } else { key };
            let v = if same[1] { k } else { value };
            self.run(q, k, v, &options)
        })
    }

    /// Returns whether there is a batch dimension, or an error if the shapes do not match.
    fn check(&self, query: &Tensor, key: &Tensor, value: &Tensor) -> Result<bool> {
        let (width, options) = (self.embed_dim, &self.options);
        let shapes = [query.shape(), key.shape(), value.shape()];
        let widths = [
            width,
            options.kdim.unwrap_or(width),
            options.vdim.unwrap_or(width),
        ];
        let fits = |batch: usize| {
            let [q, k, v] = shapes;
            k[..k.len() - 1] == v[..v.len() - 1] && (q.len() == 2 || q[batch] == k[batch])
        };
        let batched = query.ndim() == 3;
        let batch = !options.batch_first as usize;
        let ranks = shapes
            .iter()
            .all(|s| s.len() == if batched { 3 } else { 2 });
        if ranks && shapes.iter().zip(widths).all(|(s, w)| s[s.len() - 1] == w) && fits(batch) {
            return Ok(batched);
        }
        let [q, k, v] = widths;
        let order = |what: &str| match options.batch_first {
            true => format!("n, {what}"),
            false => format!("{what}, n"),
        };
        let (length, keys) = (order("length"), order("keys"));
        Err(Error::shape(format!(
            "MultiheadAttention: expected query [{length}, {q}], key [{keys}, {k}] and value [{keys}, {v}], all with n or all without n; got {:?}, {:?} and {:?}",
            shapes[0], shapes[1], shapes[2]
        )))
    }

    fn sizes(&self) -> String {
        let (width, heads) = (self.embed_dim, self.num_heads);
        format!("MultiheadAttention {width} in {heads} heads")
    }

    /// Creates a layer with uninitialized parameters.
    #[track_caller]
    pub(super) fn blank(
        width: usize,
        heads: usize,
        options: MultiheadAttentionOptions,
        factory: &Options,
    ) -> Result<MultiheadAttention> {
        if width == 0 || heads == 0 || !width.is_multiple_of(heads) {
            return Err(Error::value(format!(
                "MultiheadAttention: an embed_dim of {width} is not divisible by {heads} heads"
            )));
        }
        probability("MultiheadAttention", options.dropout)?;
        let (kdim, vdim) = (options.kdim.unwrap_or(width), options.vdim.unwrap_or(width));
        let packed = kdim == width && vdim == width;
        let all_three = width.saturating_mul(3);
        Ok(MultiheadAttention {
            in_proj_weight: blank_if(packed, &[all_three, width], factory)?,
            q_proj_weight: blank_if(!packed, &[width, width], factory)?,
            k_proj_weight: blank_if(!packed, &[width, kdim], factory)?,
            v_proj_weight: blank_if(!packed, &[width, vdim], factory)?,
            in_proj_bias: blank_if(options.bias, &[all_three], factory)?,
            bias_k: blank_if(options.add_bias_kv, &[1, 1, width], factory)?,
            bias_v: blank_if(options.add_bias_kv, &[1, 1, width], factory)?,
            out_proj: Linear::blank(width, width, options.bias, factory)?,
            embed_dim: width,
            num_heads: heads,
            options,
            state: ModuleState::default(),
        })
    }

    /// Draws the parameters in PyTorch's order: the output projection first, as any linear layer.
    #[track_caller]
    pub(super) fn draw(&self) -> Result<()> {
        self.out_proj.draw()?;
        let weights = [
            &self.in_proj_weight,
            &self.q_proj_weight,
            &self.k_proj_weight,
            &self.v_proj_weight,
        ];
        for weight in weights.into_iter().flatten() {
            xavier_uniform_(weight, 1.0)?;
        }
        for bias in [&self.in_proj_bias, &self.out_proj.bias]
            .into_iter()
            .flatten()
        {
            zeros_(bias)?;
        }
        for learnt in [&self.bias_k, &self.bias_v].into_iter().flatten() {
            xavier_normal_(learnt, 1.0)?;
        }
        Ok(())
    }
}

/// Computes self-attention without masks.
impl Forward for MultiheadAttention {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let plain = MultiheadOptions {
            need_weights: false,
            ..Default::default()
        };
        Ok(self.run(x, x, x, &plain)?.0)
    }
}
