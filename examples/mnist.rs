//! The program `mnist` of PyTorch's examples: a convolutional network that reads handwritten digits.
//!
//!     cargo run --release --example mnist
//!     cargo run --release --example mnist -- --data FOLDER    # with the files of MNIST
//!
//! Layers, optimizer and schedule are those of <https://github.com/pytorch/examples/tree/main/mnist>. By default the data are not MNIST, which
//! would have to be downloaded, but the 1,797 digits of 8 by 8 pixels of this repository; only the first linear layer depends on the size of the
//! images. Mean and standard deviation are computed from the training images instead of being given as constants.
//!
//! It prints a row per epoch, and draws the losses into `plots/mnist.svg` and `plots/mnist.png`. `tests/pytorch/mnist.py` is the same program in
//! PyTorch; `--steps 5` prints the first losses of either, which are the same.

use clap::Parser;
use rushlight::data::{DataLoader, TensorDataset, vision};
use rushlight::lr_scheduler::StepLR;
use rushlight::nn::functional::{Reduction, max_pool2d, nll_loss};
use rushlight::nn::{Conv2d, Dropout, Linear};
use rushlight::optim::Adadelta;
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{RunFlags, TextTable, digits, draw, number, positive, thousands, title};
use rushlight_train::LearningCurves;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// How many of the 1,797 digits are trained on.
const TRAIN: usize = 1437;

/// A convolutional network that reads handwritten digits.
#[derive(Parser)]
struct Flags {
    /// Folder with the files of MNIST, compressed or not; without it the digits of 8 by 8 pixels are used
    #[arg(long)]
    data: Option<PathBuf>,
    /// The number of passes over the training images
    #[arg(long, default_value_t = 14, value_parser = positive)]
    epochs: usize,
    /// Images in a batch
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// Learning rate
    #[arg(long, default_value_t = 1.0)]
    lr: f64,
    /// What the learning rate is multiplied by after each epoch
    #[arg(long, default_value_t = 0.7)]
    gamma: f64,
    /// Seed of the split, the weights, the batches and the dropout
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    run: RunFlags,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

#[derive(Module)]
struct Net {
    conv1: Conv2d,
    conv2: Conv2d,
    dropout1: Dropout,
    dropout2: Dropout,
    fc1: Linear,
    fc2: Linear,
    state: ModuleState,
}

impl Net {
    /// For images of `size` by `size` pixels: each convolution takes two away, and the pooling halves what is left.
    fn new(size: usize) -> Result<Self> {
        if size < 6 {
            return Err(Error::value(format!(
                "the network requires images of at least 6 by 6 pixels, not {size}"
            )));
        }
        Ok(Net {
            conv1: Conv2d::new(1, 32, 3)?,
            conv2: Conv2d::new(32, 64, 3)?,
            dropout1: Dropout::new(0.25)?,
            dropout2: Dropout::new(0.5)?,
            fc1: Linear::new(64 * ((size - 4) / 2).pow(2), 128)?,
            fc2: Linear::new(128, 10)?,
            state: ModuleState::default(),
        })
    }
}

impl Forward for Net {
    type Output = Tensor;

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.conv1.call(x)?.relu()?;
        let x = self.conv2.call(&x)?.relu()?;
        let x = max_pool2d(&x, 2, ())?;
        let x = self.dropout1.call(&x)?.flatten(1, -1)?;
        let x = self.fc1.call(&x)?.relu()?;
        let x = self.fc2.call(&self.dropout2.call(&x)?)?;
        x.log_softmax(1)
    }
}

/// Training and test images `[n, 1, size, size]` of brightness 0 to 1, each with their labels.
fn load(folder: Option<&Path>) -> Result<[(Tensor, Tensor); 2]> {
    let Some(folder) = folder else {
        let (images, labels) = digits()?;
        let order = Tensor::randperm(labels.numel(), ())?;
        let (images, labels) = (images.i(&order)?, labels.i(&order)?);
        return Ok([
            (images.i(..TRAIN)?, labels.i(..TRAIN)?),
            (images.i(TRAIN..)?, labels.i(TRAIN..)?),
        ]);
    };
    let part = |train: bool| -> Result<(Tensor, Tensor)> {
        let dataset = vision::mnist(folder, train)?;
        let (images, labels) = dataset.tensors();
        Ok((images.float()?.div(255)?, labels.clone()))
    };
    Ok([part(true)?, part(false)?])
}

/// Mean loss, and how many images are read right.
fn evaluate(model: &Net, loader: &DataLoader<(Tensor, Tensor)>) -> Result<(f64, usize)> {
    model.eval();
    no_grad(|| {
        let (mut loss, mut correct) = (0.0, 0);
        for batch in loader {
            let (images, labels) = batch?;
            let output = model.call(&images)?;
            loss += nll_loss(&output, &labels, Reduction::Sum)?.item::<f64>()?;
            correct += output
                .argmax_dim(1, false)?
                .eq(&labels)?
                .sum()?
                .item::<i64>()? as usize;
        }
        Ok((loss / loader.dataset_len() as f64, correct))
    })
}

fn example(flags: Flags) -> Result<()> {
    let epochs = flags.run.passes(flags.epochs, 2);
    let device = flags.run.device.device()?;
    manual_seed(flags.seed);

    let [train, test] = load(flags.data.as_deref())?;
    let (mean, std) = (train.0.mean()?, train.0.std()?);
    let dataset = |(images, labels): &(Tensor, Tensor)| {
        let images = images.sub(&mean)?.div(&std)?;
        TensorDataset::new((images.to(&device)?, labels.to(&device)?))
    };
    let train_loader = DataLoader::builder(dataset(&train)?)
        .batch_size(flags.batch_size)
        .shuffle(true)
        .build()?;
    let test_loader = DataLoader::builder(dataset(&test)?)
        .batch_size(1000)
        .build()?;
    let (n, n_test) = (train.1.numel(), test.1.numel());

    let model = Net::new(train.0.size(2)?)?.to(&device)?;
    let mut optimizer = Adadelta::new(model.parameters(), flags.lr)?;
    let mut scheduler = StepLR::with(&mut optimizer, 1, flags.gamma)?;
    println!(
        "{}",
        title("mnist: a convolutional network reads handwritten digits")
    );
    println!(
        "{} training images, {} test images, {} parameters on {device}\n",
        thousands(n),
        thousands(n_test),
        thousands(model.num_parameters())
    );
    let table = TextTable::new(
        [
            "epoch",
            "learning rate",
            "train loss",
            "test loss",
            "test correct",
            "test accuracy (%)",
            "time (s)",
        ]
        .map(number),
    );
    if flags.run.steps.is_none() {
        println!("{table}");
    }
    let mut curves = LearningCurves::new("mnist: loss by epoch", "epoch", "mean loss");
    let mut step = 0;
    for epoch in 1..=epochs {
        let start = Instant::now();
        model.train();
        // The sum of the losses stays on the device until the epoch is over: reading a loss would wait for its step.
        let total = Tensor::zeros((), &device)?;
        for batch in &train_loader {
            let (images, labels) = batch?;
            optimizer.zero_grad();
            let loss = nll_loss(&model.call(&images)?, &labels, ())?;
            loss.backward()?;
            optimizer.step()?;
            total.add_(&loss.detach().mul(labels.numel() as f64)?)?;
            step += 1;
            if flags.run.steps.is_some() {
                println!("step {step:>4}  loss {:.8}", loss.item::<f64>()?);
            }
            if flags.run.steps == Some(step) {
                return Ok(());
            }
        }
        let train_loss = total.item::<f64>()? / n as f64;
        let (test_loss, correct) = evaluate(&model, &test_loader)?;
        curves.push("train (with dropout)", epoch as f64, train_loss);
        curves.push("test", epoch as f64, test_loss);
        if flags.run.steps.is_none() {
            let row = table.row(&[
                &epoch,
                &format!("{:.4}", scheduler.last_lr()[0]),
                &format!("{train_loss:.4}"),
                &format!("{test_loss:.4}"),
                &thousands(correct),
                &format!("{:.2}", 100.0 * correct as f64 / n_test as f64),
                &format!("{:.2}", start.elapsed().as_secs_f64()),
            ]);
            println!("{row}");
        }
        scheduler.step(&mut optimizer)?;
    }

    if flags.run.draws() {
        println!();
        for file in draw(&curves, "mnist", None)? {
            println!("wrote {}: the losses by epoch", file.display());
        }
    }
    Ok(())
}
