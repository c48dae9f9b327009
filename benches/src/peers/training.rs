//! Steps of training, and epochs with their data.

use super::{Reference, Row, Workload, host, randn};
use rushlight::data::{DataLoader, TensorDataset};
use rushlight::nn::functional::max_pool2d;
use rushlight::nn::{
    BCEWithLogitsLoss, Conv2d, CrossEntropyLoss, Linear, Loss, Parameter, ReLU, Sequential,
    sequential,
};
use rushlight::optim::{Adam, SGD, SGDOptions};
use rushlight::prelude::*;
use rushlight::{Error, Result, Tensor};
use std::cell::Cell;
use std::rc::Rc;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new("adult_step", adult_step),
        Row::new("adult_epoch_dataloader", adult_epoch_dataloader),
        Row::new("adult_epoch_sliced", adult_epoch_sliced),
        Row::new("adult_dataloader_only", adult_dataloader_only),
        Row::new("mnist_mlp_step", || mlp_step(DType::F32)),
        Row::new("bf16_mlp_step", || mlp_step(DType::BF16)),
        Row::new("cnn_step", cnn_step),
        Row::new("adam_step_1M", adam_step),
    ]
}

/// A step of training on one batch. The loss must have fallen when the timing ends.
pub(super) fn step(
    model: impl Layer + 'static,
    criterion: impl Fn(&Tensor) -> Result<Tensor> + 'static,
    mut optimizer: impl Optimizer + 'static,
    x: Tensor,
) -> Result<Workload> {
    let shared = Rc::new((model, criterion));
    let evaluated = Rc::clone(&shared);
    let input = x.clone();
    let loss = move || no_grad(|| (evaluated.1)(&evaluated.0.call(&input)?)?.item::<f64>());
    let first = loss()?;
    Ok(Workload::recorded(
        move || {
            let (model, criterion) = &*shared;
            optimizer.zero_grad();
            criterion(&model.call(&x)?)?.backward()?;
            optimizer.step()
        },
        move || fell(first, loss()?),
    ))
}

fn fell(first: f64, last: f64) -> Result<()> {
    // A NaN is not below.
    match last < first {
        true => Ok(()),
        false => Err(Error::value(format!(
            "the loss was {first} before the steps of training and is {last} after them"
        ))),
    }
}

/// The data of the Adult model: 39,073 rows of 108 numbers.
const ADULT: [usize; 2] = [39_073, 108];
const BATCH: usize = 64;

fn adult_data() -> Result<(Tensor, Tensor)> {
    let y = Tensor::rand([ADULT[0], 1], ())?.lt(0.24)?.float()?;
    Ok((randn(&ADULT)?, y))
}

fn adult_model() -> Result<Sequential> {
    Ok(sequential![
        Linear::new(ADULT[1], 32)?,
        ReLU::new(),
        Linear::new(32, 1)?
    ])
}

fn adult_step() -> Result<Workload> {
    let (x, y) = (randn(&[BATCH, ADULT[1]])?, Tensor::rand([BATCH, 1], ())?);
    let y = y.lt(0.24)?.float()?;
    let model = adult_model()?;
    let optimizer = Adam::new(model.parameters(), 1e-3)?;
    let criterion = BCEWithLogitsLoss::new();
    step(model, move |out| criterion.call(out, &y), optimizer, x)
}

/// An epoch: `batches` calls its argument with each batch. The losses are read and added.
fn adult_epoch(
    data: (Tensor, Tensor),
    mut batches: impl FnMut(&mut dyn FnMut(&Tensor, &Tensor) -> Result<()>) -> Result<()> + 'static,
) -> Result<Workload> {
    let model = Rc::new(adult_model()?);
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = Adam::new(model.parameters(), 1e-3)?;
    let evaluated = Rc::clone(&model);
    let loss = move || {
        let (x, y) = &data;
        no_grad(|| {
            BCEWithLogitsLoss::new()
                .call(&evaluated.call(x)?, y)?
                .item::<f64>()
        })
    };
    let first = loss()?;
    let total = Rc::new(Cell::new(0.0));
    let sum = Rc::clone(&total);
    Ok(Workload::recorded(
        move || {
            sum.set(0.0);
            batches(&mut |x, y| {
                optimizer.zero_grad();
                let loss = criterion.call(&model.call(x)?, y)?;
                loss.backward()?;
                optimizer.step()?;
                sum.set(sum.get() + loss.item::<f64>()?);
                Ok(())
            })
        },
        move || {
            fell(first, total.get() / ADULT[0].div_ceil(BATCH) as f64)?;
            fell(first, loss()?)
        },
    ))
}

fn adult_loader(data: &(Tensor, Tensor)) -> Result<DataLoader<(Tensor, Tensor)>> {
    DataLoader::builder(TensorDataset::new(data.clone())?)
        .batch_size(BATCH)
        .shuffle(true)
        .build()
}

fn adult_epoch_dataloader() -> Result<Workload> {
    let data = adult_data()?;
    let loader = adult_loader(&data)?;
    adult_epoch(data, move |step| {
        for batch in &loader {
            let (x, y) = batch?;
            step(&x, &y)?;
        }
        Ok(())
    })
}

fn adult_epoch_sliced() -> Result<Workload> {
    let data = adult_data()?;
    let (x, y) = data.clone();
    adult_epoch(data, move |step| {
        let order = Tensor::randperm(ADULT[0], ())?;
        for first in (0..ADULT[0]).step_by(BATCH) {
            let rows = order.i(first..(first + BATCH).min(ADULT[0]))?;
            step(&x.i(&rows)?, &y.i(&rows)?)?;
        }
        Ok(())
    })
}

/// The batches of an epoch without training; afterwards, that they hold each row once.
fn adult_dataloader_only() -> Result<Workload> {
    let data = adult_data()?;
    let loader = Rc::new(adult_loader(&data)?);
    let checked = Rc::clone(&loader);
    Ok(Workload::recorded(
        move || loader.iter().try_for_each(|batch| batch.map(drop)),
        move || {
            let (mut got, mut labels) = (Vec::new(), Vec::new());
            for batch in checked.iter() {
                let (x, y) = batch?;
                got.extend(host(&x.i((.., 0))?)?);
                labels.extend(host(&y)?);
            }
            let mut pairs: Vec<_> = got.into_iter().zip(labels).collect();
            let mut want: Vec<_> = host(&data.0.i((.., 0))?)?
                .into_iter()
                .zip(host(&data.1)?)
                .collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            want.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            match pairs == want {
                true => Ok(()),
                false => Err(Error::value("the batches do not hold each row once")),
            }
        },
    ))
}

/// A perceptron of 784, 512, 256 and 10, Adam, batches of 128.
fn mlp_step(dtype: DType) -> Result<Workload> {
    let x = randn(&[128, 784])?.to(dtype)?;
    let y = Tensor::randint(0, 10, [128], ())?;
    let model = sequential![
        Linear::new(784, 512)?,
        ReLU::new(),
        Linear::new(512, 256)?,
        ReLU::new(),
        Linear::new(256, 10)?
    ]
    .to(dtype)?;
    let optimizer = Adam::new(model.parameters(), 1e-3)?;
    let criterion = CrossEntropyLoss::new();
    step(model, move |out| criterion.call(out, &y), optimizer, x)
}

/// Two convolutions, a pooling and two linear layers for images of 28 by 28.
#[derive(Module)]
struct Cnn {
    conv1: Conv2d,
    conv2: Conv2d,
    fc1: Linear,
    fc2: Linear,
    state: ModuleState,
}

impl Forward for Cnn {
    type Output = Tensor;

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.conv1.call(x)?.relu()?;
        let x = self.conv2.call(&x)?.relu()?;
        let x = max_pool2d(&x, 2, ())?.flatten(1, -1)?;
        self.fc2.call(&self.fc1.call(&x)?.relu()?)
    }
}

fn cnn_step() -> Result<Workload> {
    let x = randn(&[64, 1, 28, 28])?;
    let y = Tensor::randint(0, 10, [64], ())?;
    let model = Cnn {
        conv1: Conv2d::new(1, 32, 3)?,
        conv2: Conv2d::new(32, 64, 3)?,
        fc1: Linear::new(9216, 128)?,
        fc2: Linear::new(128, 10)?,
        state: ModuleState::default(),
    };
    let options = SGDOptions::new(0.01).momentum(0.9);
    let optimizer = SGD::new(model.parameters(), options)?;
    let criterion = CrossEntropyLoss::new();
    step(model, move |out| criterion.call(out, &y), optimizer, x)
}

/// Adam's step for a parameter of a million numbers; afterwards, three steps of another from the start, with a gradient each.
fn adam_step() -> Result<Workload> {
    const N: usize = 1 << 20;
    const LR: f64 = 1e-3;
    let parameter = Parameter::new(randn(&[N])?)?;
    parameter.tensor().set_grad(Some(randn(&[N])?))?;
    let mut optimizer = Adam::new([parameter], LR)?;
    Ok(Workload::recorded(
        move || optimizer.step(),
        move || {
            let parameter = Parameter::new(randn(&[N])?)?;
            let theta = parameter.tensor().clone();
            let mut want = host(&theta)?;
            let (mut m, mut v) = (vec![0.0; N], vec![0.0; N]);
            let mut optimizer = Adam::new([parameter], LR)?;
            for step in 1..=3 {
                let g = randn(&[N])?;
                theta.set_grad(Some(g.clone()))?;
                optimizer.step()?;
                let (b1, b2) = (1.0 - 0.9f64.powi(step), 1.0 - 0.999f64.powi(step));
                for (i, g) in host(&g)?.into_iter().enumerate() {
                    m[i] = 0.9 * m[i] + 0.1 * g;
                    v[i] = 0.999 * v[i] + 0.001 * g * g;
                    want[i] -= LR * (m[i] / b1) / ((v[i] / b2).sqrt() + 1e-8);
                }
            }
            Reference::values(want)
                .within(1e-6)
                .agrees("parameter", &theta)
        },
    ))
}
