//! A step of training a small GPT.

use crate::harness::Bench;
use crate::layers::{attention, causal_mask};
use crate::training::{adam, builder};
use candle_core::{DType, Device, Module, Result, Tensor};
use candle_nn::{
    Init, Linear, Optimizer, VarBuilder, VarMap, embedding, linear, linear_no_bias, loss, ops,
};

const TOKENS: usize = 1024;
const WIDTH: usize = 256;
const HEADS: usize = 8;
const LAYERS: usize = 4;
const LENGTH: usize = 128;
const BATCH: usize = 8;

/// A layer norm that has a backward pass.
struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    fn new(builder: VarBuilder) -> Result<Norm> {
        Ok(Norm {
            weight: builder.get_with_hints(WIDTH, "w", Init::Const(1.0))?,
            bias: builder.get_with_hints(WIDTH, "b", Init::Const(0.0))?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::layer_norm_slow(x, &self.weight, &self.bias, 1e-5)
    }
}

struct Block {
    norm1: Norm,
    norm2: Norm,
    qkv: Linear,
    proj: Linear,
    up: Linear,
    down: Linear,
}

impl Block {
    fn new(builder: VarBuilder) -> Result<Block> {
        Ok(Block {
            norm1: Norm::new(builder.pp("norm1"))?,
            norm2: Norm::new(builder.pp("norm2"))?,
            qkv: linear(WIDTH, 3 * WIDTH, builder.pp("qkv"))?,
            proj: linear(WIDTH, WIDTH, builder.pp("proj"))?,
            up: linear(WIDTH, 4 * WIDTH, builder.pp("up"))?,
            down: linear(4 * WIDTH, WIDTH, builder.pp("down"))?,
        })
    }

    fn forward(&self, x: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let qkv = self.qkv.forward(&self.norm1.forward(x)?)?;
        let part = |i: usize| {
            qkv.narrow(2, i * WIDTH, WIDTH)?
                .reshape((BATCH, LENGTH, HEADS, WIDTH / HEADS))?
                .transpose(1, 2)?
                .contiguous()
        };
        let y = attention(&part(0)?, &part(1)?, &part(2)?, Some(mask))?;
        let y = y.transpose(1, 2)?.reshape((BATCH, LENGTH, WIDTH))?;
        let x = (x + self.proj.forward(&y)?)?;
        let y = self.up.forward(&self.norm2.forward(&x)?)?.gelu_erf()?;
        &x + self.down.forward(&y)?
    }
}

fn step() -> Result<impl FnMut() -> Result<()>> {
    let variables = VarMap::new();
    let builder = builder(&variables, DType::F32);
    let tokens = embedding(TOKENS, WIDTH, builder.pp("tokens"))?;
    let positions = embedding(LENGTH, WIDTH, builder.pp("positions"))?;
    let blocks = (0..LAYERS)
        .map(|i| Block::new(builder.pp(format!("block{i}"))))
        .collect::<Result<Vec<_>>>()?;
    let norm = Norm::new(builder.pp("norm"))?;
    let head = linear_no_bias(WIDTH, TOKENS, builder.pp("head"))?;
    let mut optimizer = adam(&variables, 3e-4, 0.01)?;
    let mask = causal_mask(LENGTH)?;
    let numbers = |factor: u32| {
        let numbers = (0..(BATCH * LENGTH) as u32).map(|i| i * factor % TOKENS as u32);
        Tensor::from_vec(numbers.collect::<Vec<_>>(), BATCH * LENGTH, &Device::Cpu)
    };
    let (x, y) = (numbers(7919)?.reshape((BATCH, LENGTH))?, numbers(104_729)?);
    Ok(move || {
        let order = Tensor::arange(0u32, LENGTH as u32, &Device::Cpu)?;
        let mut hidden = tokens
            .forward(&x)?
            .broadcast_add(&positions.forward(&order)?)?;
        for block in &blocks {
            hidden = block.forward(&hidden, &mask)?;
        }
        let out = head.forward(&norm.forward(&hidden)?)?;
        let loss = loss::cross_entropy(&out.reshape((BATCH * LENGTH, TOKENS))?, &y)?;
        optimizer.backward_step(&loss)
    })
}

pub fn row(bench: &mut Bench) -> Result<()> {
    crate::row(bench, "gpt_step", step)
}
