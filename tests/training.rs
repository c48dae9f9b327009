//! Training on a GPU: no step waits for the device, and what is learnt is what the CPU learns.

use crate::on_own_generator;
use rushlight::Result;
use rushlight::gpu::Gpu;
use rushlight::lr_scheduler::{LRScheduler, StepLR};
use rushlight::nn::functional::{EmbeddingOptions, embedding};
use rushlight::nn::{
    BCELoss, BatchNorm2d, Conv2d, CrossEntropyLoss, Dropout, Embedding, Flatten, LSTM, LayerNorm,
    Linear, Loss, MSELoss, MaxPool2d, ReLU, TransformerEncoderLayer, TransformerLayerOptions,
    sequential,
};
use rushlight::optim::{Adam, AdamW, SGD, SGDOptions, clip_grad_norm_};
use rushlight::prelude::*;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

const STEPS: usize = 4;

/// The counters are the device's: one training at a time, on a device that no other test uses.
static ALONE: Mutex<()> = Mutex::new(());

/// That device, or none where there is no GPU.
fn own_gpu() -> Option<(Arc<Gpu>, Device)> {
    static OWN: OnceLock<Option<(Arc<Gpu>, Device)>> = OnceLock::new();
    OWN.get_or_init(|| {
        rushlight_tests::gpu()?;
        let gpu = Arc::new(Gpu::open(0).expect("a second device on the adapter"));
        Some((gpu.clone(), Device::custom(gpu)))
    })
    .clone()
}

/// One step of a training; gives the loss.
type Step = Box<dyn FnMut() -> Result<Tensor>>;

/// A step of `optimizer` for `loss`.
fn descend(optimizer: &mut dyn Optimizer, loss: Tensor) -> Result<Tensor> {
    optimizer.zero_grad();
    loss.backward()?;
    optimizer.step()?;
    Ok(loss.detach())
}

/// Trains on the CPU and on the GPU from one seed. Asks for no read-back in all steps on the GPU, and for losses as close as `tolerance`.
fn check(name: &str, tolerance: f32, start: fn(&Device) -> Result<Step>) -> Result<()> {
    let Some((gpu, device)) = own_gpu() else {
        return Ok(());
    };
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    on_own_generator(|| {
        let run = |device: &Device| -> Result<Vec<Tensor>> {
            manual_seed(5);
            let mut step = start(device)?;
            (0..STEPS).map(|_| step()).collect()
        };
        let expected = run(&Device::CPU)?;
        manual_seed(5);
        let mut step = start(&device)?;
        let before = gpu.counts();
        let losses: Vec<Tensor> = (0..STEPS).map(|_| step()).collect::<Result<_>>()?;
        let after = gpu.counts();
        assert_eq!(after.read_backs, before.read_backs, "{name}: read-backs");
        assert_eq!(after.on_host, before.on_host, "{name}: on the host");
        for (i, (a, b)) in expected.iter().zip(&losses).enumerate() {
            let (a, b) = (a.item::<f32>()?, b.item::<f32>()?);
            assert!(
                (a - b).abs() <= tolerance * a.abs(),
                "{name}, step {i}: a loss of {a} on the CPU, {b} on the GPU"
            );
        }
        Ok(())
    })
}

fn mlp(device: &Device) -> Result<Step> {
    let mut model = sequential![Linear::new(20, 32)?, ReLU::new(), Linear::new(32, 5)?];
    let x = Tensor::randn([64, 20], ())?.to(device)?;
    let labels = Tensor::randint(0, 5, [64], ())?.to(device)?;
    model.to_(device)?;
    let mut optimizer = Adam::new(model.parameters(), 0.01)?;
    let criterion = CrossEntropyLoss::new();
    Ok(Box::new(move || {
        let loss = criterion.call(&model.call(&x)?, &labels)?;
        descend(&mut optimizer, loss)
    }))
}

fn cnn(device: &Device) -> Result<Step> {
    let mut model = sequential![
        Conv2d::new(3, 8, 3)?,
        BatchNorm2d::new(8)?,
        ReLU::new(),
        MaxPool2d::new(2),
        Flatten::new(),
        Dropout::new(0.3)?,
        Linear::new(8 * 25, 4)?
    ];
    let x = Tensor::randn([6, 3, 12, 12], ())?.to(device)?;
    let labels = Tensor::randint(0, 4, [6], ())?.to(device)?;
    model.to_(device)?;
    let options = SGDOptions {
        lr: 0.05,
        momentum: 0.9,
        ..SGDOptions::default()
    };
    let mut optimizer = SGD::new(model.parameters(), options)?;
    let mut schedule = StepLR::new(&mut optimizer, 2)?;
    let criterion = CrossEntropyLoss::new();
    Ok(Box::new(move || {
        let loss = criterion.call(&model.call(&x)?, &labels)?;
        let loss = descend(&mut optimizer, loss)?;
        schedule.step(&mut optimizer)?;
        Ok(loss)
    }))
}

fn lstm(device: &Device) -> Result<Step> {
    let mut memory = LSTM::new(6, 10)?;
    let mut head = Linear::new(10, 1)?;
    let x = Tensor::randn([7, 4, 6], ())?.to(device)?;
    let y = Tensor::randn([4, 1], ())?.to(device)?;
    memory.to_(device)?;
    head.to_(device)?;
    let parameters: Vec<Parameter> = [memory.parameters(), head.parameters()].concat();
    let mut optimizer = Adam::new(parameters.clone(), 0.01)?;
    let criterion = MSELoss::new();
    Ok(Box::new(move || {
        let (all, _) = memory.call(&x)?;
        let loss = criterion.call(&head.call(&all.select(0, -1)?)?, &y)?;
        optimizer.zero_grad();
        loss.backward()?;
        clip_grad_norm_(parameters.iter().cloned(), 1.0)?;
        optimizer.step()?;
        Ok(loss.detach())
    }))
}

fn transformer(device: &Device) -> Result<Step> {
    let mut table = Embedding::new(50, 16)?;
    let options = TransformerLayerOptions::new().dim_feedforward(32);
    let mut layer = TransformerEncoderLayer::with(16, 2, options.batch_first(true))?;
    let mut norm = LayerNorm::new(16)?;
    let mut head = Linear::new(16, 50)?;
    let tokens = Tensor::randint(0, 50, [8, 12], ())?.to(device)?;
    let targets = Tensor::randint(0, 50, [96], ())?.to(device)?;
    table.to_(device)?;
    layer.to_(device)?;
    norm.to_(device)?;
    head.to_(device)?;
    let parameters: Vec<Parameter> = [
        table.parameters(),
        layer.parameters(),
        norm.parameters(),
        head.parameters(),
    ]
    .concat();
    let mut optimizer = AdamW::new(parameters, 0.01)?;
    let criterion = CrossEntropyLoss::new();
    Ok(Box::new(move || {
        let x = norm.call(&layer.call(&table.call(&tokens)?)?)?;
        let logits = head.call(&x)?.reshape([96, 50])?;
        descend(&mut optimizer, criterion.call(&logits, &targets)?)
    }))
}

/// Asks for the same numbers on both devices, and for no read-back on the GPU until they are compared.
fn unread(name: &str, f: fn(&Device) -> Result<Tensor>) -> Result<()> {
    let Some((gpu, device)) = own_gpu() else {
        return Ok(());
    };
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let expected = f(&Device::CPU)?;
    let before = gpu.counts().read_backs;
    let got = f(&device)?;
    assert_eq!(gpu.counts().read_backs, before, "{name}");
    assert!(
        got.to(&Device::CPU)?.allclose(&expected, 1e-5, 1e-6)?,
        "{name}: {expected} on the CPU, {got} on the GPU"
    );
    Ok(())
}

#[test]
fn gradients_of_products_with_zeros_are_not_read() -> Result<()> {
    unread("prod", |device| {
        let x = tensor!([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0], [4.0, 5.0, 6.0]]).to(device)?;
        let x = x.requires_grad_(true)?;
        x.prod_dim(1, false)?.sum()?.backward()?;
        x.cumprod(1)?.sum()?.backward()?;
        Ok(x.grad().unwrap_or(x))
    })
}

#[test]
fn indices_of_several_dimensions_are_not_read() -> Result<()> {
    unread("index", |device| {
        let x = Tensor::arange(0, 60, 1, device)?
            .float()?
            .reshape([3, 4, 5])?;
        let rows = tensor!([0, -1, 2]).to(device)?;
        let columns = tensor!([[3], [-4]]).to(device)?;
        x.i((&rows, &columns))
    })?;
    let Some((_, device)) = own_gpu() else {
        return Ok(());
    };
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let x = Tensor::zeros([3, 4], &device)?;
    let (rows, columns) = (tensor!([0, 1]), tensor!([1, 4]));
    let picked = x.i((&rows.to(&device)?, &columns.to(&device)?))?;
    assert!(
        picked
            .to_vec::<f32>()
            .is_err_and(|e| e.to_string().contains("out of range"))
    );
    Ok(())
}

#[test]
fn limited_rows_of_an_embedding_are_not_read() -> Result<()> {
    unread("embedding", |device| {
        let table = tensor!([[3.0, 4.0], [6.0, 8.0], [0.3, 0.4], [5.0, 0.0]]).to(device)?;
        let options = EmbeddingOptions::new().max_norm(1.0);
        let rows = tensor!([1, 2, 1]).to(device)?;
        let found = embedding(&rows, &table, options)?;
        Tensor::cat(&[&found, &table], 0)
    })
}

#[test]
fn probabilities_of_a_loss_are_not_read() -> Result<()> {
    unread("binary cross-entropy", |device| {
        let p = tensor!([0.1, 0.7, 1.0]).to(device)?;
        BCELoss::new().call(&p, &tensor!([0.0, 1.0, 1.0]).to(device)?)
    })
}

#[test]
fn a_perceptron_with_cross_entropy_and_adam() -> Result<()> {
    check("perceptron", 1e-4, mlp)
}

#[test]
fn a_convolutional_network_with_batch_norm_dropout_pooling_and_momentum() -> Result<()> {
    check("convolutional network", 1e-3, cnn)
}

#[test]
fn an_lstm_with_clipped_gradients() -> Result<()> {
    check("LSTM", 1e-4, lstm)
}

#[test]
fn a_transformer_with_embedding_layer_norm_and_adamw() -> Result<()> {
    check("transformer", 1e-3, transformer)
}
