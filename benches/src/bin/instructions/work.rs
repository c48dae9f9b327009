//! Small work over and over: what one operation costs beyond its arithmetic.

use rushlight::nn::{
    BCEWithLogitsLoss, Conv2d, CrossEntropyLoss, LSTM, Linear, Loss, MaxPool2d, ReLU, sequential,
};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Error, Result};

/// Work by name.
pub struct Work {
    pub name: &'static str,
    /// What a round is, for tables.
    pub round: &'static str,
    /// How many rounds are counted: enough that what varies between runs does not matter.
    pub rounds: usize,
    run: fn(usize) -> Result<()>,
}

impl Work {
    /// Does it so often.
    pub fn run(&self, rounds: usize) -> Result<()> {
        (self.run)(rounds)
    }
}

/// All of it.
pub const ALL: [Work; 12] = [
    work("add", "two tensors of 4 elements added", 1000, add),
    work("add_", "the same in place", 1000, add_in_place),
    work(
        "grad",
        "the same, recorded for gradients",
        1000,
        add_recorded,
    ),
    work(
        "view",
        "a transposed, narrowed and reshaped view",
        1000,
        view,
    ),
    work("sum", "8 elements summed and read", 1000, sum),
    work("matmul", "a product of 8x8 matrices", 1000, matmul),
    work(
        "chain",
        "a chain of 100 recorded operations, forward and backward",
        20,
        chain,
    ),
    work(
        "step",
        "a training step of the Adult example's size",
        20,
        step,
    ),
    work(
        "conv",
        "a convolution of an image of 4 pixels",
        200,
        |rounds| layer(Conv2d::new(1, 1, 2)?, rounds),
    ),
    work("pool", "a maximum pooling of 4 pixels", 200, |rounds| {
        layer(MaxPool2d::new(2), rounds)
    }),
    work(
        "cross_entropy",
        "a cross entropy of two samples",
        200,
        cross_entropy,
    ),
    work(
        "lstm",
        "an LSTM of 4 hidden units over 3 steps, forward and backward",
        20,
        lstm,
    ),
];

const fn work(
    name: &'static str,
    round: &'static str,
    rounds: usize,
    run: fn(usize) -> Result<()>,
) -> Work {
    Work {
        name,
        round,
        rounds,
        run,
    }
}

/// The work of this name.
pub fn named(name: &str) -> Result<&'static Work> {
    let names = || ALL.map(|work| work.name).join(", ");
    ALL.iter()
        .find(|work| work.name == name)
        .ok_or_else(|| Error::value(format!("{name} is none of {}", names())))
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

/// A view of a view of a view.
fn view(rounds: usize) -> Result<()> {
    let x = Tensor::zeros([4, 6], ())?;
    (0..rounds).try_for_each(|_| {
        x.transpose(0, 1)?
            .narrow(0, 1, 4)?
            .reshape([2, 8])
            .map(drop)
    })
}

/// A sum that is read.
fn sum(rounds: usize) -> Result<()> {
    let x = Tensor::ones([8], ())?;
    (0..rounds).try_for_each(|_| x.sum()?.item::<f32>().map(drop))
}

/// A product of two small matrices.
fn matmul(rounds: usize) -> Result<()> {
    let (x, y) = (Tensor::ones([8, 8], ())?, Tensor::ones([8, 8], ())?);
    (0..rounds).try_for_each(|_| x.matmul(&y).map(drop))
}

/// A small recurrent network, forward and backward.
fn lstm(rounds: usize) -> Result<()> {
    let lstm = LSTM::new(2, 4)?;
    let x = Tensor::ones([3, 1, 2], ())?;
    for _ in 0..rounds {
        lstm.zero_grad();
        lstm.call(&x)?.0.sum()?.backward()?;
    }
    Ok(())
}
