//! A step of training a small GPT: four layers of width 256, eight heads, 1024 tokens, eight samples of 128 positions.

use super::{Row, Workload, training};
use rushlight::nn::functional::{
    ScaledDotProductAttentionOptions, cross_entropy, scaled_dot_product_attention,
};
use rushlight::nn::{Embedding, LayerNorm, Linear, LinearOptions, ModuleList};
use rushlight::optim::AdamW;
use rushlight::prelude::*;
use rushlight::{Result, Tensor};

const TOKENS: usize = 1024;
const WIDTH: usize = 256;
const HEADS: usize = 8;
const LAYERS: usize = 4;
const LENGTH: usize = 128;
const BATCH: usize = 8;

#[derive(Module)]
struct Block {
    ln1: LayerNorm,
    qkv: Linear,
    proj: Linear,
    ln2: LayerNorm,
    up: Linear,
    down: Linear,
    state: ModuleState,
}

impl Block {
    fn new() -> Result<Block> {
        Ok(Block {
            ln1: LayerNorm::new(WIDTH)?,
            qkv: Linear::new(WIDTH, 3 * WIDTH)?,
            proj: Linear::new(WIDTH, WIDTH)?,
            ln2: LayerNorm::new(WIDTH)?,
            up: Linear::new(WIDTH, 4 * WIDTH)?,
            down: Linear::new(4 * WIDTH, WIDTH)?,
            state: ModuleState::default(),
        })
    }

    fn attend(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, length) = (x.size(0)?, x.size(1)?);
        let heads = self
            .qkv
            .call(x)?
            .split(WIDTH, 2)?
            .iter()
            .map(|part| {
                part.view([batch, length, HEADS, WIDTH / HEADS])?
                    .transpose(1, 2)
            })
            .collect::<Result<Vec<_>>>()?;
        let causal = ScaledDotProductAttentionOptions::new().is_causal(true);
        let y = scaled_dot_product_attention(&heads[0], &heads[1], &heads[2], causal)?;
        let y = y
            .transpose(1, 2)?
            .contiguous()?
            .view([batch, length, WIDTH])?;
        self.proj.call(&y)
    }
}

impl Forward for Block {
    type Output = Tensor;

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = x.add(&self.attend(&self.ln1.call(x)?)?)?;
        let y = self.up.call(&self.ln2.call(&x)?)?.gelu()?;
        x.add(&self.down.call(&y)?)
    }
}

#[derive(Module)]
struct Gpt {
    tokens: Embedding,
    positions: Embedding,
    blocks: ModuleList<Block>,
    norm: LayerNorm,
    head: Linear,
    state: ModuleState,
}

impl Forward for Gpt {
    type Output = Tensor;

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let positions = Tensor::arange(0, x.size(1)? as i64, 1, ())?;
        let mut x = self
            .tokens
            .call(x)?
            .add(&self.positions.call(&positions)?)?;
        for block in self.blocks.iter() {
            x = block.call(&x)?;
        }
        self.head.call(&self.norm.call(&x)?)
    }
}

pub(super) fn row() -> Row {
    Row::new("gpt_step", step)
}

fn step() -> Result<Workload> {
    let tokens = TOKENS as i64;
    let x = Tensor::randint(0, tokens, [BATCH, LENGTH], ())?;
    let y = Tensor::randint(0, tokens, [BATCH * LENGTH], ())?;
    let blocks = (0..LAYERS).map(|_| Block::new()).collect::<Result<_>>()?;
    let model = Gpt {
        tokens: Embedding::new(TOKENS, WIDTH)?,
        positions: Embedding::new(LENGTH, WIDTH)?,
        blocks,
        norm: LayerNorm::new(WIDTH)?,
        head: Linear::with(WIDTH, TOKENS, LinearOptions::new().bias(false))?,
        state: ModuleState::default(),
    };
    let optimizer = AdamW::new(model.parameters(), 3e-4)?;
    let loss = move |out: &Tensor| cross_entropy(&out.view([BATCH * LENGTH, TOKENS])?, &y, ());
    training::step(model, loss, optimizer, x)
}
