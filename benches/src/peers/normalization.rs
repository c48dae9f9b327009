//! Batch norm in training and the cross entropy of classes, forward and backward.

use super::{Reference, Row, Workload, gradient, host, leaf, randn};
use rushlight::autograd::Backward;
use rushlight::nn::BatchNorm2d;
use rushlight::nn::functional::cross_entropy;
use rushlight::prelude::*;
use rushlight::{Result, Tensor};

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new("batchnorm_fwdbwd", batchnorm),
        Row::new("crossentropy_fwdbwd", crossentropy),
    ]
}

const BATCH: usize = 32;
const CHANNELS: usize = 64;
const AREA: usize = 28 * 28;

/// `[32, 64, 28, 28]` with a random gradient from above: with equal gradients that of the input would be zero.
fn batchnorm() -> Result<Workload> {
    let layer = BatchNorm2d::new(CHANNELS)?;
    let x = leaf(&[BATCH, CHANNELS, 28, 28])?;
    let g = randn(&[BATCH, CHANNELS, 28, 28])?;
    let parameters: Vec<Tensor> = layer
        .parameters()
        .iter()
        .map(|p| p.tensor().clone())
        .collect();
    let (input, upstream) = (x.clone(), g.clone());
    Ok(Workload::recorded(
        move || {
            input.zero_grad();
            layer.zero_grad();
            layer.call(&input)?.backward_with(Backward {
                gradient: Some(&upstream),
                ..Backward::default()
            })
        },
        move || {
            let (values, g) = (host(&x)?, host(&g)?);
            let mut normalized = vec![0.0; values.len()];
            let mut want = vec![0.0; values.len()];
            let (mut weight, mut bias) = (vec![0.0; CHANNELS], vec![0.0; CHANNELS]);
            for channel in 0..CHANNELS {
                let elements = || {
                    (0..BATCH * AREA)
                        .map(move |i| (i / AREA * CHANNELS + channel) * AREA + i % AREA)
                };
                let n = (BATCH * AREA) as f64;
                let mean = elements().map(|i| values[i]).sum::<f64>() / n;
                let variance = elements().map(|i| (values[i] - mean).powi(2)).sum::<f64>() / n;
                let scale = 1.0 / (variance + 1e-5).sqrt();
                for i in elements() {
                    normalized[i] = (values[i] - mean) * scale;
                    bias[channel] += g[i];
                    weight[channel] += g[i] * normalized[i];
                }
                // The weights are 1.
                for i in elements() {
                    want[i] =
                        scale * (g[i] - bias[channel] / n - normalized[i] * weight[channel] / n);
                }
            }
            Reference::values(want)
                .within(1e-5)
                .agrees("gradient of the input", &gradient(&x)?)?;
            Reference::values(weight)
                .within(1e-3)
                .agrees("gradient of the weight", &gradient(&parameters[0])?)?;
            Reference::values(bias)
                .within(1e-3)
                .agrees("gradient of the bias", &gradient(&parameters[1])?)
        },
    ))
}

/// A thousand samples of a thousand classes. The gradient of the mean is `(softmax(x) - onehot(y)) / n`.
fn crossentropy() -> Result<Workload> {
    const N: usize = 1024;
    let x = leaf(&[N, N])?;
    let y = Tensor::randint(0, N as i64, [N], ())?;
    let (input, target) = (x.clone(), y.clone());
    Ok(Workload::recorded(
        move || {
            input.zero_grad();
            cross_entropy(&input, &target, ())?.backward()
        },
        move || {
            let (values, y) = (host(&x)?, y.to_vec::<i64>()?);
            let sums: Vec<f64> = (0..N)
                .map(|row| values[row * N..][..N].iter().map(|x| x.exp()).sum())
                .collect();
            Reference::new(N * N, 16, move |i| {
                let (row, class) = (i / N, i % N);
                let wanted = if y[row] == class as i64 { 1.0 } else { 0.0 };
                (values[i].exp() / sums[row] - wanted) / N as f64
            })
            .within(1e-8)
            .agrees("gradient of the scores", &gradient(&x)?)
        },
    ))
}
