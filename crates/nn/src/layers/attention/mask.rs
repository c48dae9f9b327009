//! Masks as tensors that are added to the scores.

use super::MultiheadOptions;
use rushlight_tensor::{DType, Error, Result, Tensor};

/// The sizes of the scores `[n, heads, length, keys]`; the first `given` keys are those of the call, and the layer added the others.
pub(super) struct Scores {
    pub n: usize,
    pub heads: usize,
    pub length: usize,
    pub given: usize,
    pub keys: usize,
}

impl Scores {
    /// Combines both masks into one that broadcasts to the scores.
    pub fn mask(&self, options: &MultiheadOptions, dtype: DType) -> Result<Option<Tensor>> {
        let of_queries = match &options.attn_mask {
            Some(mask) => Some(self.of_queries(&added("attn_mask", mask, dtype)?)?),
            None if options.is_causal => {
                return Err(Error::value(
                    "MultiheadAttention: is_causal describes attn_mask, which must be given too",
                ));
            }
            None => None,
        };
        let of_keys = match &options.key_padding_mask {
            Some(mask) => Some(self.of_keys(&added("key_padding_mask", mask, dtype)?)?),
            None => None,
        };
        let mask = match (of_queries, of_keys) {
            (Some(a), Some(b)) => a.add(&b)?,
            (Some(mask), None) | (None, Some(mask)) => mask,
            (None, None) => return Ok(None),
        };
        if self.keys == self.given {
            return Ok(Some(mask));
        }
        // Every query attends to the keys that the layer adds.
        let mut shape = mask.shape().to_vec();
        shape[mask.ndim() - 1] = self.keys - self.given;
        Ok(Some(Tensor::cat(&[&mask, &mask.new_zeros(shape)?], -1)?))
    }

    fn of_queries(&self, mask: &Tensor) -> Result<Tensor> {
        let &Scores {
            n,
            heads,
            length,
            given,
            ..
        } = self;
        match *mask.shape() {
            [l, k] if (l, k) == (length, given) => Ok(mask.clone()),
            [each, l, k] if (each, l, k) == (n * heads, length, given) => {
                mask.reshape([n, heads, length, given])
            }
            _ => Err(Error::shape(format!(
                "MultiheadAttention: attn_mask must be [length, keys] = [{length}, {given}] or [n heads, length, keys] = [{}, {length}, {given}], not {:?}",
                n * heads,
                mask.shape()
            ))),
        }
    }

    fn of_keys(&self, mask: &Tensor) -> Result<Tensor> {
        let &Scores { n, given, .. } = self;
        match *mask.shape() {
            [k] if n == 1 && k == given => mask.reshape([1, 1, 1, given]),
            [rows, k] if (rows, k) == (n, given) => mask.reshape([n, 1, 1, given]),
            _ => Err(Error::shape(format!(
                "MultiheadAttention: key_padding_mask must be [n, keys] = [{n}, {given}], or [keys] without batch, not {:?}",
                mask.shape()
            ))),
        }
    }
}

/// Converts a mask to numbers: -∞ where a `bool` is true.
fn added(name: &str, mask: &Tensor, dtype: DType) -> Result<Tensor> {
    match mask.dtype() {
        DType::Bool => {
            let zeros = Tensor::zeros(mask.shape(), (dtype, mask.device()))?;
            zeros.masked_fill(mask, f64::NEG_INFINITY)
        }
        float if float.is_float() => mask.to(dtype),
        other => Err(Error::dtype(format!(
            "MultiheadAttention: {name} must be bool or floating-point, not {other}"
        ))),
    }
}
