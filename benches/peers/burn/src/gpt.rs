//! A step of training a small GPT.

use crate::harness::Bench;
use crate::layers::{attention, integers};
use crate::recording;
use crate::training::step;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::optim::AdamWConfig;
use burn::prelude::*;
use burn::tensor::activation;

const TOKENS: usize = 1024;
const WIDTH: usize = 256;
const HEADS: usize = 8;
const LAYERS: usize = 4;
const LENGTH: usize = 128;
const BATCH: usize = 8;

#[derive(Module, Debug)]
struct Block {
    norm1: LayerNorm,
    norm2: LayerNorm,
    qkv: Linear,
    proj: Linear,
    up: Linear,
    down: Linear,
}

impl Block {
    fn new(device: &Device) -> Block {
        Block {
            norm1: LayerNormConfig::new(WIDTH).init(device),
            norm2: LayerNormConfig::new(WIDTH).init(device),
            qkv: LinearConfig::new(WIDTH, 3 * WIDTH).init(device),
            proj: LinearConfig::new(WIDTH, WIDTH).init(device),
            up: LinearConfig::new(WIDTH, 4 * WIDTH).init(device),
            down: LinearConfig::new(4 * WIDTH, WIDTH).init(device),
        }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let qkv = self.qkv.forward(self.norm1.forward(x.clone()));
        let part = |i: usize| {
            qkv.clone()
                .narrow(2, i * WIDTH, WIDTH)
                .reshape([BATCH, LENGTH, HEADS, WIDTH / HEADS])
                .swap_dims(1, 2)
        };
        let y = attention(part(0), part(1), part(2), true).swap_dims(1, 2);
        let x = x + self.proj.forward(y.reshape([BATCH, LENGTH, WIDTH]));
        let y = self.up.forward(self.norm2.forward(x.clone()));
        x + self.down.forward(activation::gelu(y))
    }
}

#[derive(Module, Debug)]
struct Gpt {
    tokens: Embedding,
    positions: Embedding,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
}

impl Gpt {
    fn new(device: &Device) -> Gpt {
        Gpt {
            tokens: EmbeddingConfig::new(TOKENS, WIDTH).init(device),
            positions: EmbeddingConfig::new(LENGTH, WIDTH).init(device),
            blocks: (0..LAYERS).map(|_| Block::new(device)).collect(),
            norm: LayerNormConfig::new(WIDTH).init(device),
            head: LinearConfig::new(WIDTH, TOKENS)
                .with_bias(false)
                .init(device),
        }
    }

    fn forward(&self, x: Tensor<2, Int>) -> Tensor<3> {
        let positions = Tensor::<1, Int>::arange(0..LENGTH as i64, &x.device()).unsqueeze::<2>();
        let mut x = self.tokens.forward(x) + self.positions.forward(positions);
        for block in &self.blocks {
            x = block.forward(x);
        }
        self.head.forward(self.norm.forward(x))
    }
}

pub fn row(bench: &mut Bench) {
    crate::row(bench, "gpt_step", || {
        let loss = CrossEntropyLossConfig::new().init(&recording());
        let numbers = |factor: i32| {
            let n = (BATCH * LENGTH) as i32;
            integers((0..n).map(|i| i * factor % TOKENS as i32).collect())
        };
        let (x, y) = (numbers(7919).reshape([BATCH, LENGTH]), numbers(104_729));
        let optimizer = AdamWConfig::new()
            .with_epsilon(1e-8)
            .with_weight_decay(0.01)
            .init();
        step(
            Gpt::new(&recording()),
            optimizer,
            3e-4,
            move |model: &Gpt| {
                let out = model.forward(x.clone()).reshape([BATCH * LENGTH, TOKENS]);
                loss.forward(out, y.clone())
            },
        )
    });
}
