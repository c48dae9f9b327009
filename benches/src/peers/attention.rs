//! Scaled dot-product attention.

use super::{Reference, Row, Workload, gradient, host, leaf, randn};
use rushlight::nn::functional::{ScaledDotProductAttentionOptions, scaled_dot_product_attention};
use rushlight::prelude::*;
use rushlight::{Result, Tensor};

/// Heads of all samples, positions, numbers of a position, and whether positions attend only to earlier ones.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    length: usize,
    width: usize,
    causal: bool,
}

const HEADS: usize = 8;
/// That of the GPT.
const SHORT: Sizes = Sizes {
    batch: 8,
    length: 128,
    width: 32,
    causal: true,
};
const LONG: Sizes = Sizes {
    batch: 1,
    length: 2048,
    width: 64,
    causal: false,
};

impl Sizes {
    fn shape(self) -> [usize; 4] {
        [self.batch, HEADS, self.length, self.width]
    }

    fn attend(self, [q, k, v]: &[Tensor; 3]) -> Result<Tensor> {
        let options = ScaledDotProductAttentionOptions::new().is_causal(self.causal);
        scaled_dot_product_attention(q, k, v, options)
    }

    /// The weights with which a position of a head, both counted from the first, attends to the positions of its head.
    fn weights(self, q: &[f64], k: &[f64], position: usize) -> Vec<f64> {
        let width = self.width;
        let first = position / self.length * self.length;
        let last = match self.causal {
            true => position,
            false => first + self.length - 1,
        };
        let query = &q[position * width..][..width];
        let mut weights: Vec<f64> = (first..=last)
            .map(|key| {
                let dot: f64 = query
                    .iter()
                    .zip(&k[key * width..])
                    .map(|(q, k)| q * k)
                    .sum();
                (dot / (width as f64).sqrt()).exp()
            })
            .collect();
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        weights
    }
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new("attention_fwd", || forward(SHORT)),
        Row::new("attention_fwdbwd", forward_and_backward),
        Row::new("attention_long_fwd", || forward(LONG)),
    ]
}

fn forward(sizes: Sizes) -> Result<Workload> {
    let shape = sizes.shape();
    let inputs = [randn(&shape)?, randn(&shape)?, randn(&shape)?];
    let arguments = inputs.clone();
    Ok(Workload::forward(
        move || sizes.attend(&arguments),
        move || {
            let [q, k, v] = inputs;
            let (q, k, v) = (host(&q)?, host(&k)?, host(&v)?);
            let width = sizes.width;
            let cost = sizes.length * (width + 16);
            Ok(Reference::new(q.len(), cost, move |i| {
                let (position, column) = (i / width, i % width);
                let first = position / sizes.length * sizes.length;
                let weights = sizes.weights(&q, &k, position);
                let values = weights.iter().enumerate();
                values
                    .map(|(key, w)| w * v[(first + key) * width + column])
                    .sum()
            })
            .within(1e-5))
        },
    ))
}

/// The gradients of the sum of the result.
fn forward_and_backward() -> Result<Workload> {
    let sizes = SHORT;
    let shape = sizes.shape();
    let inputs = [leaf(&shape)?, leaf(&shape)?, leaf(&shape)?];
    let arguments = inputs.clone();
    Ok(Workload::recorded(
        move || {
            arguments.iter().for_each(|x| x.zero_grad());
            sizes.attend(&arguments)?.sum()?.backward()
        },
        move || {
            let [q, k, v] = [host(&inputs[0])?, host(&inputs[1])?, host(&inputs[2])?];
            let want = gradients(sizes, &q, &k, &v);
            let names = ["query", "key", "value"];
            for ((name, input), want) in names.iter().zip(&inputs).zip(want) {
                Reference::values(want)
                    .agrees(&format!("gradient of the {name}"), &gradient(input)?)?;
            }
            Ok(())
        },
    ))
}

/// With `p` the weights and 1 the gradient of each result: `dv = pᵀ 1`, `ds = p (1 vᵀ - Σ p (1 vᵀ))`, `dq = ds k / √width`, `dk = dsᵀ q / √width`.
fn gradients(sizes: Sizes, q: &[f64], k: &[f64], v: &[f64]) -> [Vec<f64>; 3] {
    let width = sizes.width;
    let scale = 1.0 / (width as f64).sqrt();
    let [mut dq, mut dk, mut dv] = [vec![0.0; q.len()], vec![0.0; q.len()], vec![0.0; q.len()]];
    for position in 0..q.len() / width {
        let first = position / sizes.length * sizes.length;
        let weights = sizes.weights(q, k, position);
        let value = |key: usize| v[key * width..][..width].iter().sum::<f64>();
        let mean: f64 = (first..).zip(&weights).map(|(key, w)| w * value(key)).sum();
        for (key, w) in (first..).zip(&weights) {
            let score = w * (value(key) - mean) * scale;
            for column in 0..width {
                dq[position * width + column] += score * k[key * width + column];
                dk[key * width + column] += score * q[position * width + column];
                dv[key * width + column] += w;
            }
        }
    }
    [dq, dk, dv]
}
