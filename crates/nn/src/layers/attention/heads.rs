//! The computation of attention: input projections, scores and weighted values of each head, output projection.

use super::mask::Scores;
use super::{MultiheadAttention, MultiheadOptions};
use crate::functional::{ScaledDotProductAttentionOptions, dropout, scaled_dot_product_attention};
use crate::{Call, Parameter};
use rushlight_tensor::{Half, Result, Tensor};

impl MultiheadAttention {
    /// Computes the attention of a call after its hooks have run, as [`MultiheadAttention::attend`] returns it.
    pub(super) fn run(
        &self,
        query: &Tensor,
        key: &Tensor,
        value: &Tensor,
        options: &MultiheadOptions,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let batched = self.check(query, key, value)?;
        let [q, k, v] = self.projected(query, key, value)?;
        // From here on, the shapes are [n, length, width].
        let batch_first = |t: Tensor| match (batched, self.options.batch_first) {
            (false, _) => t.unsqueeze(0),
            (true, true) => Ok(t),
            (true, false) => t.transpose(0, 1),
        };
        let q = batch_first(q)?;
        let (n, length) = (q.shape()[0], q.shape()[1]);
        let given = key.shape()[(batched && self.options.batch_first) as usize];
        let k = self.extended(batch_first(k)?, &self.bias_k)?;
        let v = self.extended(batch_first(v)?, &self.bias_v)?;
        let scores = Scores {
            n,
            heads: self.num_heads,
            length,
            given,
            keys: k.shape()[1],
        };
        let mask = scores.mask(options, self.out_proj.weight.dtype())?;
        let dropout_p = match self.state.is_training() {
            true => self.options.dropout,
            false => 0.0,
        };
        let (q, k, v) = (self.heads(&q)?, self.heads(&k)?, self.heads(&v)?);
        let (found, weights) = if options.need_weights {
            let weights = dropout(&fit(&q, &k, mask.as_ref())?, dropout_p, true)?;
            (weights.matmul(&v)?, Some(weights))
        } else {
            let is_causal = self.may_skip_mask(options);
            let attention = ScaledDotProductAttentionOptions {
                attn_mask: mask.filter(|_| !is_causal),
                dropout_p,
                is_causal,
                ..Default::default()
            };
            (scaled_dot_product_attention(&q, &k, &v, attention)?, None)
        };
        let y = self.joined(&found, batched)?;
        let weights = match weights {
            Some(w) if options.average_attn_weights => Some(w.mean_dim(1, false)?),
            weights => weights,
        };
        match weights {
            Some(w) if !batched => Ok((y, Some(w.squeeze_dim(0)?))),
            weights => Ok((y, weights)),
        }
    }

    /// Applies the output projection to the heads' results, `[n, heads, length, width]`, and restores the layout of the query.
    ///
    /// In training, the strides are those of `[length, n, ..]` for every layout: dropout draws in memory order, and so draws PyTorch's
    /// numbers.
    fn joined(&self, found: &Tensor, batched: bool) -> Result<Tensor> {
        let (n, length) = (found.shape()[0], found.shape()[2]);
        let project = |t: Tensor| self.out_proj.call(&t);
        let width = self.embed_dim;
        if batched && self.options.batch_first && !self.state.is_training() {
            return project(found.transpose(1, 2)?.reshape([n, length, width])?);
        }
        let y = project(found.permute([2, 0, 1, 3])?.reshape([length, n, width])?)?;
        match (batched, self.options.batch_first) {
            (false, _) => y.squeeze_dim(1),
            (true, true) => y.transpose(0, 1),
            (true, false) => Ok(y),
        }
    }

    /// Whether causal attention alone has the effect of the mask.
    fn may_skip_mask(&self, options: &MultiheadOptions) -> bool {
        let more_keys = self.options.add_bias_kv || self.options.add_zero_attn;
        options.is_causal && options.key_padding_mask.is_none() && !more_keys
    }

    /// Projects query, key and value, with a single product if they are the same tensor.
    fn projected(&self, query: &Tensor, key: &Tensor, value: &Tensor) -> Result<[Tensor; 3]> {
        let width = self.embed_dim;
        let part = |t: &Tensor, dim: isize, i: usize| t.narrow(dim, i * width, width);
        let bias = |i: usize| {
            self.in_proj_bias
                .as_ref()
                .map(|b| part(b, 0, i))
                .transpose()
        };
        let Some(packed) = &self.in_proj_weight else {
            let separate = [
                (query, &self.q_proj_weight),
                (key, &self.k_proj_weight),
                (value, &self.v_proj_weight),
            ];
            let mut out = [query.clone(), key.clone(), value.clone()];
            for (i, (x, weight)) in separate.into_iter().enumerate() {
                if let Some(weight) = weight {
                    out[i] = x.linear(weight, bias(i)?.as_ref())?;
                }
            }
            return Ok(out);
        };
        if query.is(key) && key.is(value) {
            let all = query.linear(packed, self.in_proj_bias.as_deref())?;
            return Ok([part(&all, -1, 0)?, part(&all, -1, 1)?, part(&all, -1, 2)?]);
        }
        let one = |x: &Tensor, i: usize| x.linear(&part(packed, 0, i)?, bias(i)?.as_ref());
        Ok([one(query, 0)?, one(key, 1)?, one(value, 2)?])
    }

    /// Appends the keys or values that the layer adds to `[n, keys, embed_dim]`.
    fn extended(&self, x: Tensor, learnt: &Option<Parameter>) -> Result<Tensor> {
        let row = [x.shape()[0], 1, self.embed_dim];
        let mut parts = vec![x];
        if let Some(learnt) = learnt {
            parts.push(learnt.expand(row)?);
        }
        if self.options.add_zero_attn {
            parts.push(parts[0].new_zeros(row)?);
        }
        match &parts[..] {
            [x] => Ok(x.clone()),
            _ => Tensor::cat(&parts.iter().collect::<Vec<_>>(), 1),
        }
    }

    /// Splits the heads: `[n, length, embed_dim] → [n, heads, length, embed_dim / heads]`.
    fn heads(&self, x: &Tensor) -> Result<Tensor> {
        let heads = self.num_heads;
        x.unflatten(-1, [heads as isize, -1])?.transpose(1, 2)
    }
}

/// Computes the attention weights of each query, whose sum is 1.
fn fit(q: &Tensor, k: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    if let Some(half) = Half::among([q, k]) {
        let (q, k, mask) = (half.widen(q)?, half.widen(k)?, half.widen_option(mask)?);
        return half.round(fit(&q, &k, mask.as_ref())?);
    }
    let width = q.shape()[3] as f64;
    let scores = q.mul((1.0 / width).sqrt())?.matmul(&k.mt()?)?;
    match mask {
        Some(mask) => scores.add(mask)?.softmax(-1),
        None => scores.softmax(-1),
    }
}
