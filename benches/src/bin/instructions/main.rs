//! Small work over and over, for counting instructions: what one operation costs beyond its arithmetic.
//!
//! ```text
//! for n in 1000 2000; do
//!     RAYON_NUM_THREADS=1 valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/instructions add $n
//! done
//! ```
//!
//! The difference of the two counts, divided by 1000, is that of one round; start and end cancel out.

use rushlight::nn::{
    BCEWithLogitsLoss, Conv2d, CrossEntropyLoss, Linear, Loss, MaxPool2d, ReLU, sequential,
};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Error, Result};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, rounds] = &arguments[..] else {
        return Err(Error::value(
            "instructions: expected a kind of work and how often",
        ));
    };
    let rounds: usize = rounds
        .parse()
        .map_err(|e| Error::value(format!("instructions: {rounds}: {e}")))?;
    match work.as_str() {
        "add" => add(rounds),
        "add_" => add_in_place(rounds),
        "grad" => add_recorded(rounds),
        "chain" => chain(rounds),
        "step" => step(rounds),
        "conv" => layer(Conv2d::new(1, 1, 2)?, rounds),
        "pool" => layer(MaxPool2d::new(2), rounds),
        "cross_entropy" => cross_entropy(rounds),
        other => Err(Error::value(format!(
            "instructions: {other} is none of add, add_, grad, chain, step, conv, pool and cross_entropy"
        ))),
    }
}

/// Two tensors of four elements added.
fn add(rounds: usize) -> Result<()> {
    let (x, y) = (tensor!([1.0, 2.0, 3.0, 4.0]), tensor!([5.0, 6.0, 7.0, 8.0]));
    (0..rounds).try_for_each(|_| x.add(&y).map(drop))
}

/// The same, recorded for a backward pass.
fn add_recorded(rounds: usize) -> Result<()> {
    let x = tensor!([1.0, 2.0, 3.0, 4.0]).requires_grad_(true)?;
    let y = tensor!([5.0, 6.0, 7.0, 8.0]);
    (0..rounds).try_for_each(|_| x.add(&y).map(drop))
}

/// The same in place.
fn add_in_place(rounds: usize) -> Result<()> {
    let (x, y) = (tensor!([1.0, 2.0, 3.0, 4.0]), tensor!([5.0, 6.0, 7.0, 8.0]));
    (0..rounds).try_for_each(|_| x.add_(&y))
}

/// A hundred recorded operations on four elements, forward and backward.
fn chain(rounds: usize) -> Result<()> {
    let x = tensor!([0.1, 0.2, 0.3, 0.4]).requires_grad_(true)?;
    for _ in 0..rounds {
        let mut y = x.clone();
        for _ in 0..100 {
            y = y.mul(0.99)?;
        }
        y.sum()?.backward()?;
        x.set_grad(None)?;
    }
    Ok(())
}

/// A step of training of the size of the Adult example's: batches of 64, two layers, Adam.
fn step(rounds: usize) -> Result<()> {
    manual_seed(0);
    let model = sequential![Linear::new(108, 64)?, ReLU::new(), Linear::new(64, 1)?];
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = Adam::new(model.parameters(), 0.001)?;
    let x = Tensor::randn([64, 108], &Device::CPU)?;
    let y = Tensor::zeros([64, 1], &Device::CPU)?;
    for _ in 0..rounds {
        optimizer.zero_grad();
        criterion.call(&model.call(&x)?, &y)?.backward()?;
        optimizer.step()?;
    }
    Ok(())
}

/// A layer with options, called on an image of four pixels.
fn layer(layer: impl Layer, rounds: usize) -> Result<()> {
    let x = Tensor::ones([1, 1, 2, 2], ())?;
    no_grad(|| (0..rounds).try_for_each(|_| layer.call(&x).map(drop)))
}

/// A loss with options, of two samples.
fn cross_entropy(rounds: usize) -> Result<()> {
    let criterion = CrossEntropyLoss::new();
    let (x, y) = (Tensor::zeros([2, 3], ())?, tensor!([0i64, 2]));
    no_grad(|| (0..rounds).try_for_each(|_| criterion.call(&x, &y).map(drop)))
}
