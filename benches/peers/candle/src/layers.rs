//! Convolutions, pooling, losses, attention, recurrent layers.

use crate::harness::Bench;
use crate::{randn, row};
use candle_core::{D, DType, Device, Module, ModuleT, Result, Tensor, Var};
use candle_nn::{Conv2d, Conv2dConfig, RNN, VarBuilder, VarMap, loss, ops, rnn};

pub fn rows(bench: &mut Bench) -> Result<()> {
    convolutions(bench)?;
    poolings(bench)?;
    normalizations(bench)?;
    attentions(bench)?;
    recurrent(bench)
}

fn convolutions(bench: &mut Bench) -> Result<()> {
    for (key, batch, inputs, outputs, stride) in [
        ("conv_n32_3x32_k3", 32, 3, 32, 1),
        ("conv_n32_64x64_k3", 32, 64, 64, 1),
        ("conv_n8_128x256_k3s2", 8, 128, 256, 2),
    ] {
        let config = Conv2dConfig {
            stride,
            padding: 1,
            ..Default::default()
        };
        let tensors = || -> Result<[Tensor; 3]> {
            Ok([
                randn((batch, inputs, 28, 28))?,
                randn((outputs, inputs, 3, 3))?,
                randn(outputs)?,
            ])
        };
        row(bench, &format!("{key}_fwd"), || {
            let [x, weight, bias] = tensors()?;
            let layer = Conv2d::new(weight, Some(bias), config);
            Ok(move || layer.forward(&x))
        })?;
        row(bench, &format!("{key}_fwdbwd"), || {
            let [x, weight, bias] = tensors()?;
            let (x, weight, bias) = (variable(&x)?, variable(&weight)?, variable(&bias)?);
            let layer = Conv2d::new(weight, Some(bias), config);
            // The gradient from above is 1 everywhere.
            Ok(move || layer.forward(&x)?.backward())
        })?;
    }
    row(bench, "depthwise_fwd", || {
        let config = Conv2dConfig {
            padding: 1,
            groups: 128,
            ..Default::default()
        };
        let layer = Conv2d::new(randn((128, 1, 3, 3))?, Some(randn(128)?), config);
        let x = randn((8, 128, 28, 28))?;
        Ok(move || layer.forward(&x))
    })?;
    row(bench, "conv1x1_fwd", || {
        let layer = Conv2d::new(randn((64, 64, 1, 1))?, Some(randn(64)?), Default::default());
        let x = randn((32, 64, 28, 28))?;
        Ok(move || layer.forward(&x))
    })
}

/// A leaf that requires a gradient.
fn variable(x: &Tensor) -> Result<Tensor> {
    Ok(Var::from_tensor(x)?.as_tensor().clone())
}

fn poolings(bench: &mut Bench) -> Result<()> {
    let x = || randn((32, 64, 28, 28));
    row(bench, "maxpool2_n32_c64_28_fwd", || {
        let x = x()?;
        Ok(move || x.max_pool2d(2))
    })?;
    row(bench, "maxpool2_n32_c64_28_fwdbwd", || {
        let x = variable(&x()?)?;
        Ok(move || x.max_pool2d(2)?.backward())
    })
}

fn normalizations(bench: &mut Bench) -> Result<()> {
    row(bench, "batchnorm_fwdbwd", || {
        let variables = VarMap::new();
        let builder = VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu);
        let layer = candle_nn::batch_norm(64, 1e-5, builder)?;
        let (x, g) = (
            variable(&randn((32, 64, 28, 28))?)?,
            randn((32, 64, 28, 28))?,
        );
        // There is no backward pass with a gradient: the product with it has the same.
        Ok(move || {
            let _variables = &variables;
            (layer.forward_t(&x, true)? * &g)?.sum_all()?.backward()
        })
    })?;
    row(bench, "crossentropy_fwdbwd", || {
        let x = variable(&randn((1024, 1024))?)?;
        let y: Vec<u32> = (0..1024).map(|i| i * 7919 % 1024).collect();
        let y = Tensor::from_vec(y, 1024, &Device::Cpu)?;
        Ok(move || loss::cross_entropy(&x, &y)?.backward())
    })
}

/// Composed attention, which has a backward pass.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let scale = 1.0 / (q.dim(D::Minus1)? as f64).sqrt();
    let scores = (q.matmul(&k.t()?)? * scale)?;
    let scores = match mask {
        Some(mask) => scores.broadcast_add(mask)?,
        None => scores,
    };
    ops::softmax(&scores, D::Minus1)?.matmul(v)
}

/// 0 for the keys up to the query, and -∞ for later ones.
pub fn causal_mask(length: usize) -> Result<Tensor> {
    let mask = (0..length * length).map(|i| match i % length > i / length {
        true => f32::NEG_INFINITY,
        false => 0.0,
    });
    Tensor::from_vec(mask.collect::<Vec<_>>(), (length, length), &Device::Cpu)
}

fn attentions(bench: &mut Bench) -> Result<()> {
    let shape = (8, 8, 128, 32);
    row(bench, "attention_fwd", || {
        let (q, k, v) = (randn(shape)?, randn(shape)?, randn(shape)?);
        let mask = causal_mask(128)?;
        Ok(move || attention(&q, &k, &v, Some(&mask)))
    })?;
    row(bench, "attention_fwdbwd", || {
        let [q, k, v] = [
            variable(&randn(shape)?)?,
            variable(&randn(shape)?)?,
            variable(&randn(shape)?)?,
        ];
        let mask = causal_mask(128)?;
        Ok(move || attention(&q, &k, &v, Some(&mask))?.sum_all()?.backward())
    })?;
    row(bench, "attention_long_fwd", || {
        let shape = (1, 8, 2048, 64);
        let (q, k, v) = (randn(shape)?, randn(shape)?, randn(shape)?);
        Ok(move || attention(&q, &k, &v, None))
    })
}

/// All outputs of a layer; its weights are variables, so that the forward pass is recorded as well.
fn run<L: RNN>(layer: &L, x: &Tensor) -> Result<Tensor> {
    layer.states_to_tensor(&layer.seq(x)?)
}

fn recurrent(bench: &mut Bench) -> Result<()> {
    let x = || randn((32, 64, 128));
    let variables = VarMap::new();
    let builder = VarBuilder::from_varmap(&variables, DType::F32, &Device::Cpu);
    let lstm = || rnn::lstm(128, 256, Default::default(), builder.pp("lstm"));
    let gru = || rnn::gru(128, 256, Default::default(), builder.pp("gru"));
    row(bench, "lstm_fwd", || {
        let (layer, x) = (lstm()?, x()?);
        Ok(move || run(&layer, &x))
    })?;
    row(bench, "lstm_fwdbwd", || {
        let (layer, x) = (lstm()?, variable(&x()?)?);
        Ok(move || run(&layer, &x)?.sum_all()?.backward())
    })?;
    row(bench, "gru_fwd", || {
        let (layer, x) = (gru()?, x()?);
        Ok(move || run(&layer, &x))
    })?;
    row(bench, "gru_fwdbwd", || {
        let (layer, x) = (gru()?, variable(&x()?)?);
        Ok(move || run(&layer, &x)?.sum_all()?.backward())
    })
}
