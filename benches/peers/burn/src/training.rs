//! Steps of training.

use crate::harness::Bench;
use crate::layers::integers;
use crate::{randn, recording, row};
use burn::data::dataloader::DataLoaderBuilder;
use burn::data::dataloader::batcher::Batcher;
use burn::data::dataset::InMemDataset;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::{BinaryCrossEntropyLossConfig, CrossEntropyLossConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::prelude::*;
use burn::tensor::activation;
use rand::seq::SliceRandom;
use std::hint::black_box;

/// A step of training: the loss of the model that it is given, its gradients, the optimizer's new model.
pub fn step<M: Module>(
    model: M,
    mut optimizer: ModuleOptimizer,
    lr: f64,
    loss: impl Fn(&M) -> Tensor<1>,
) -> impl FnMut() {
    let mut state = Some(model);
    move || {
        if let Some(model) = state.take() {
            let gradients = GradientsParams::from_grads(loss(&model).backward(), &model);
            state = Some(optimizer.step(lr, model, gradients));
        }
    }
}

#[derive(Module, Debug)]
struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    fn new(sizes: &[usize]) -> Mlp {
        let layer = |pair: &[usize]| LinearConfig::new(pair[0], pair[1]).init(&recording());
        Mlp {
            layers: sizes.windows(2).map(layer).collect(),
        }
    }

    fn forward(&self, mut x: Tensor<2>) -> Tensor<2> {
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            if i + 1 < self.layers.len() {
                x = activation::relu(x);
            }
        }
        x
    }
}

pub fn rows(bench: &mut Bench) {
    adult(bench);
    row(bench, "mnist_mlp_step", || {
        let loss = CrossEntropyLossConfig::new().init(&recording());
        let x = randn([128, 784], &recording());
        let y = integers((0..128).map(|i| i % 10).collect());
        let optimizer = AdamConfig::new().with_epsilon(1e-8).init();
        step(
            Mlp::new(&[784, 512, 256, 10]),
            optimizer,
            1e-3,
            move |model: &Mlp| loss.forward(model.forward(x.clone()), y.clone()),
        )
    });
    row(bench, "cnn_step", || {
        let loss = CrossEntropyLossConfig::new().init(&recording());
        let x = randn([64, 1, 28, 28], &recording());
        let y = integers((0..64).map(|i| i % 10).collect());
        let momentum = MomentumConfig {
            momentum: 0.9,
            dampening: 0.0,
            nesterov: false,
        };
        let optimizer = SgdConfig::new().with_momentum(Some(momentum)).init();
        step(Cnn::new(), optimizer, 0.01, move |model: &Cnn| {
            loss.forward(model.forward(x.clone()), y.clone())
        })
    });
}

#[derive(Module, Debug)]
struct Cnn {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    fc1: Linear,
    fc2: Linear,
}

impl Cnn {
    fn new() -> Cnn {
        Cnn {
            conv1: Conv2dConfig::new([1, 32], [3, 3]).init(&recording()),
            conv2: Conv2dConfig::new([32, 64], [3, 3]).init(&recording()),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            fc1: LinearConfig::new(9216, 128).init(&recording()),
            fc2: LinearConfig::new(128, 10).init(&recording()),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = activation::relu(self.conv1.forward(x));
        let x = activation::relu(self.conv2.forward(x));
        let x: Tensor<2> = self.pool.forward(x).flatten(1, 3);
        self.fc2.forward(activation::relu(self.fc1.forward(x)))
    }
}

const ROWS: usize = 39_073;
const COLUMNS: usize = 108;
const BATCH: usize = 64;

#[derive(Clone, Debug)]
struct Item {
    x: Vec<f32>,
    y: i32,
}

#[derive(Clone, Debug)]
struct Batch {
    x: Tensor<2>,
    y: Tensor<2, Int>,
}

#[derive(Clone)]
struct Concatenate;

impl Batcher<Item, Batch> for Concatenate {
    fn batch(&self, items: Vec<Item>, device: &Device) -> Batch {
        let n = items.len();
        let x: Vec<f32> = items.iter().flat_map(|item| &item.x).copied().collect();
        let y: Vec<i32> = items.iter().map(|item| item.y).collect();
        Batch {
            x: Tensor::from_data(TensorData::new(x, [n, COLUMNS]), device),
            y: Tensor::from_data(TensorData::new(y, [n, 1]), device),
        }
    }
}

fn labels(rows: usize) -> Vec<i32> {
    (0..rows as i32)
        .map(|i| i32::from(i * 7919 % 100 < 24))
        .collect()
}

/// A step of the Adult model on a batch; returns the loss.
fn adult_step() -> impl FnMut(Tensor<2>, Tensor<2, Int>) -> Tensor<1> {
    let loss = BinaryCrossEntropyLossConfig::new()
        .with_logits(true)
        .init(&recording());
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
    let mut state = Some(Mlp::new(&[COLUMNS, 32, 1]));
    move |x, y| {
        let model = state.take().expect("each step leaves a model");
        let loss = loss.forward(model.forward(x), y);
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        state = Some(optimizer.step(1e-3, model, gradients));
        loss
    }
}

fn adult(bench: &mut Bench) {
    row(bench, "adult_step", || {
        let x = randn([BATCH, COLUMNS], &recording());
        let y = integers(labels(BATCH)).reshape([BATCH, 1]);
        let mut step = adult_step();
        move || step(x.clone(), y.clone())
    });
    let loader = || {
        let x: Vec<f32> = randn([ROWS, COLUMNS], &crate::plain())
            .into_data()
            .to_vec()
            .unwrap();
        let items = x
            .chunks(COLUMNS)
            .zip(labels(ROWS))
            .map(|(x, y)| Item { x: x.to_vec(), y });
        DataLoaderBuilder::new(Concatenate)
            .batch_size(BATCH)
            .shuffle(42)
            .set_device(recording())
            .build(InMemDataset::new(items.collect()))
    };
    row(bench, "adult_epoch_dataloader", || {
        let (loader, mut step) = (loader(), adult_step());
        move || {
            let mut total = 0.0;
            for batch in loader.iter() {
                let batch = batch.unwrap();
                total += step(batch.x, batch.y).into_scalar::<f32>();
            }
            black_box(total)
        }
    });
    row(bench, "adult_epoch_sliced", || {
        let x = randn([ROWS, COLUMNS], &recording());
        let y = integers(labels(ROWS)).reshape([ROWS, 1]);
        let mut order: Vec<i32> = (0..ROWS as i32).collect();
        let mut step = adult_step();
        move || {
            order.shuffle(&mut rand::rng());
            let mut total = 0.0;
            for rows in order.chunks(BATCH) {
                let rows = integers(rows.to_vec());
                let (x, y) = (x.clone().select(0, rows.clone()), y.clone().select(0, rows));
                total += step(x, y).into_scalar::<f32>();
            }
            black_box(total)
        }
    });
    row(bench, "adult_dataloader_only", || {
        let loader = loader();
        move || {
            for batch in loader.iter() {
                black_box(&batch.unwrap().x);
            }
        }
    });
}
