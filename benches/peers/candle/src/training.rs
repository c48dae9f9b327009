//! Steps of training.

use crate::harness::Bench;
use crate::{randn, row};
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Module, Result, Tensor, Var};
use candle_nn::{AdamW, Linear, Optimizer, ParamsAdamW, VarBuilder, VarMap, conv2d, linear, loss};
use rand::seq::SliceRandom;

/// AdamW, or Adam where there is no decay.
pub fn adam(variables: &VarMap, lr: f64, weight_decay: f64) -> Result<AdamW> {
    adam_of(variables.all_vars(), lr, weight_decay)
}

fn adam_of(variables: Vec<Var>, lr: f64, weight_decay: f64) -> Result<AdamW> {
    let parameters = ParamsAdamW {
        lr,
        weight_decay,
        ..Default::default()
    };
    AdamW::new(variables, parameters)
}

pub fn builder(variables: &VarMap, dtype: DType) -> VarBuilder<'static> {
    VarBuilder::from_varmap(variables, dtype, &Device::Cpu)
}

pub fn rows(bench: &mut Bench) -> Result<()> {
    adult(bench)?;
    row(bench, "mnist_mlp_step", || mlp_step(DType::F32))?;
    row(bench, "bf16_mlp_step", || mlp_step(DType::BF16))?;
    cnn(bench)?;
    row(bench, "adam_step_1M", || {
        let parameter = Var::from_tensor(&randn(1 << 20)?)?;
        let gradients = (parameter.as_tensor() * &randn(1 << 20)?)?
            .sum_all()?
            .backward()?;
        let mut optimizer = adam_of(vec![parameter], 1e-3, 0.0)?;
        Ok(move || optimizer.step(&gradients))
    })
}

const ROWS: usize = 39_073;
const COLUMNS: usize = 108;

fn adult_data(rows: usize) -> Result<(Tensor, Tensor)> {
    let y = Tensor::rand(0f32, 1f32, (rows, 1), &Device::Cpu)?.lt(0.24)?;
    Ok((randn((rows, COLUMNS))?, y.to_dtype(DType::F32)?))
}

fn adult_step() -> Result<impl FnMut(&Tensor, &Tensor) -> Result<Tensor>> {
    let variables = VarMap::new();
    let builder = builder(&variables, DType::F32);
    let (fc1, fc2) = (
        linear(COLUMNS, 32, builder.pp("a"))?,
        linear(32, 1, builder.pp("b"))?,
    );
    let mut optimizer = adam(&variables, 1e-3, 0.0)?;
    Ok(move |x: &Tensor, y: &Tensor| {
        let out = fc2.forward(&fc1.forward(x)?.relu()?)?;
        let loss = loss::binary_cross_entropy_with_logit(&out, y)?;
        optimizer.backward_step(&loss)?;
        Ok(loss)
    })
}

fn adult(bench: &mut Bench) -> Result<()> {
    row(bench, "adult_step", || {
        let (x, y) = adult_data(64)?;
        let mut step = adult_step()?;
        Ok(move || step(&x, &y))
    })?;
    row(bench, "adult_epoch_sliced", || {
        let (x, y) = adult_data(ROWS)?;
        let mut step = adult_step()?;
        let mut order: Vec<u32> = (0..ROWS as u32).collect();
        Ok(move || {
            order.shuffle(&mut rand::rng());
            let mut total = 0.0;
            for rows in order.chunks(64) {
                let rows = Tensor::from_slice(rows, rows.len(), &Device::Cpu)?;
                let loss = step(&x.index_select(&rows, 0)?, &y.index_select(&rows, 0)?)?;
                total += loss.to_scalar::<f32>()?;
            }
            Ok(std::hint::black_box(total))
        })
    })
}

fn mlp_step(dtype: DType) -> Result<impl FnMut() -> Result<()>> {
    let variables = VarMap::new();
    let builder = builder(&variables, dtype);
    let layers: [Linear; 3] = [
        linear(784, 512, builder.pp("a"))?,
        linear(512, 256, builder.pp("b"))?,
        linear(256, 10, builder.pp("c"))?,
    ];
    let mut optimizer = adam(&variables, 1e-3, 0.0)?;
    let x = randn((128, 784))?.to_dtype(dtype)?;
    let y = Tensor::from_vec(
        (0..128u32).map(|i| i % 10).collect::<Vec<_>>(),
        128,
        &Device::Cpu,
    )?;
    Ok(move || {
        let hidden = layers[0].forward(&x)?.relu()?;
        let hidden = layers[1].forward(&hidden)?.relu()?;
        let loss = loss::cross_entropy(&layers[2].forward(&hidden)?, &y)?;
        optimizer.backward_step(&loss)
    })
}

/// Gradient descent with momentum.
struct Momentum {
    variables: Vec<Var>,
    velocities: Vec<Option<Tensor>>,
    lr: f64,
    momentum: f64,
}

impl Momentum {
    fn new(variables: Vec<Var>, lr: f64, momentum: f64) -> Momentum {
        Momentum {
            velocities: vec![None; variables.len()],
            variables,
            lr,
            momentum,
        }
    }

    fn step(&mut self, gradients: &GradStore) -> Result<()> {
        for (variable, velocity) in self.variables.iter().zip(&mut self.velocities) {
            if let Some(gradient) = gradients.get(variable) {
                let new = match velocity {
                    Some(velocity) => ((&*velocity * self.momentum)? + gradient)?,
                    None => gradient.clone(),
                };
                variable.set(&variable.sub(&(&new * self.lr)?)?)?;
                *velocity = Some(new);
            }
        }
        Ok(())
    }
}

fn cnn(bench: &mut Bench) -> Result<()> {
    row(bench, "cnn_step", || {
        let variables = VarMap::new();
        let builder = builder(&variables, DType::F32);
        let conv1 = conv2d(1, 32, 3, Default::default(), builder.pp("c1"))?;
        let conv2 = conv2d(32, 64, 3, Default::default(), builder.pp("c2"))?;
        let (fc1, fc2) = (
            linear(9216, 128, builder.pp("f1"))?,
            linear(128, 10, builder.pp("f2"))?,
        );
        let mut optimizer = Momentum::new(variables.all_vars(), 0.01, 0.9);
        let x = randn((64, 1, 28, 28))?;
        let y = Tensor::from_vec(
            (0..64u32).map(|i| i % 10).collect::<Vec<_>>(),
            64,
            &Device::Cpu,
        )?;
        Ok(move || {
            let hidden = conv2.forward(&conv1.forward(&x)?.relu()?)?.relu()?;
            let hidden = hidden.max_pool2d(2)?.flatten_from(1)?;
            let out = fc2.forward(&fc1.forward(&hidden)?.relu()?)?;
            optimizer.step(&loss::cross_entropy(&out, &y)?.backward()?)
        })
    })
}
