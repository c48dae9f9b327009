//! Convolutions, pooling, losses, attention, recurrent layers.

use crate::harness::Bench;
use crate::{leaf, plain, randn, recording, row};
use burn::nn::conv::Conv2dConfig;
use burn::nn::gru::GruConfig;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::MaxPool2dConfig;
use burn::nn::{BatchNormConfig, LstmConfig, PaddingConfig2d};
use burn::prelude::*;
use burn::tensor::module;
use burn::tensor::ops::AttentionModuleOptions;

pub fn rows(bench: &mut Bench) {
    convolutions(bench);
    poolings(bench);
    normalizations(bench);
    attentions(bench);
    recurrent(bench);
}

fn convolutions(bench: &mut Bench) {
    let padded = PaddingConfig2d::Explicit(1, 1, 1, 1);
    for (key, batch, inputs, outputs, stride) in [
        ("conv_n32_3x32_k3", 32, 3, 32, 1),
        ("conv_n32_64x64_k3", 32, 64, 64, 1),
        ("conv_n8_128x256_k3s2", 8, 128, 256, 2),
    ] {
        let config = Conv2dConfig::new([inputs, outputs], [3, 3])
            .with_stride([stride, stride])
            .with_padding(padded.clone());
        row(bench, &format!("{key}_fwd"), || {
            let (layer, x) = (
                config.init(&plain()),
                randn([batch, inputs, 28, 28], &plain()),
            );
            move || layer.forward(x.clone())
        });
        row(bench, &format!("{key}_fwdbwd"), || {
            let (layer, x) = (config.init(&recording()), leaf([batch, inputs, 28, 28]));
            move || layer.forward(x.clone()).sum().backward()
        });
    }
    row(bench, "depthwise_fwd", || {
        let config = Conv2dConfig::new([128, 128], [3, 3])
            .with_padding(padded.clone())
            .with_groups(128);
        let (layer, x) = (config.init(&plain()), randn([8, 128, 28, 28], &plain()));
        move || layer.forward(x.clone())
    });
    row(bench, "conv1x1_fwd", || {
        let layer = Conv2dConfig::new([64, 64], [1, 1]).init(&plain());
        let x = randn([32, 64, 28, 28], &plain());
        move || layer.forward(x.clone())
    });
}

fn poolings(bench: &mut Bench) {
    let layer = MaxPool2dConfig::new([2, 2]).init();
    row(bench, "maxpool2_n32_c64_28_fwd", || {
        let (layer, x) = (layer.clone(), randn([32, 64, 28, 28], &plain()));
        move || layer.forward(x.clone())
    });
    row(bench, "maxpool2_n32_c64_28_fwdbwd", || {
        let (layer, x) = (layer.clone(), leaf([32, 64, 28, 28]));
        move || layer.forward(x.clone()).sum().backward()
    });
}

fn normalizations(bench: &mut Bench) {
    row(bench, "batchnorm_fwdbwd", || {
        let layer = BatchNormConfig::new(64).init(&recording());
        let (x, g) = (
            leaf([32, 64, 28, 28]),
            randn([32, 64, 28, 28], &recording()),
        );
        // There is no backward pass with a gradient: the product with it has the same.
        move || (layer.forward(x.clone()) * g.clone()).sum().backward()
    });
    row(bench, "crossentropy_fwdbwd", || {
        let (x, loss) = (
            leaf([1024, 1024]),
            CrossEntropyLossConfig::new().init(&recording()),
        );
        let y = integers((0..1024).map(|i| i * 7919 % 1024).collect());
        move || loss.forward(x.clone(), y.clone()).backward()
    });
}

/// A vector of integers.
pub fn integers(numbers: Vec<i32>) -> Tensor<1, Int> {
    let n = numbers.len();
    Tensor::from_data(TensorData::new(numbers, [n]), &recording())
}

pub fn attention(q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, is_causal: bool) -> Tensor<4> {
    let options = AttentionModuleOptions {
        scale: None,
        softcap: None,
        is_causal,
    };
    module::attention(q, k, v, None, None, options)
}

fn attentions(bench: &mut Bench) {
    let shape = [8, 8, 128, 32];
    row(bench, "attention_fwd", || {
        let [q, k, v] = [(); 3].map(|()| randn(shape, &plain()));
        move || attention(q.clone(), k.clone(), v.clone(), true)
    });
    row(bench, "attention_fwdbwd", || {
        let [q, k, v] = [(); 3].map(|()| leaf(shape));
        move || {
            attention(q.clone(), k.clone(), v.clone(), true)
                .sum()
                .backward()
        }
    });
    row(bench, "attention_long_fwd", || {
        let [q, k, v] = [(); 3].map(|()| randn([1, 8, 2048, 64], &plain()));
        move || attention(q.clone(), k.clone(), v.clone(), false)
    });
}

fn recurrent(bench: &mut Bench) {
    row(bench, "lstm_fwd", || {
        let layer = LstmConfig::new(128, 256, true).init(&plain());
        let x = randn([32, 64, 128], &plain());
        move || layer.forward(x.clone(), None)
    });
    row(bench, "lstm_fwdbwd", || {
        let layer = LstmConfig::new(128, 256, true).init(&recording());
        let x = leaf([32, 64, 128]);
        move || layer.forward(x.clone(), None).0.sum().backward()
    });
    row(bench, "gru_fwd", || {
        let layer = GruConfig::new(128, 256, true).init(&plain());
        let x = randn([32, 64, 128], &plain());
        move || layer.forward(x.clone(), None)
    });
    row(bench, "gru_fwdbwd", || {
        let layer = GruConfig::new(128, 256, true).init(&recording());
        let x = leaf([32, 64, 128]);
        move || layer.forward(x.clone(), None).sum().backward()
    });
}
