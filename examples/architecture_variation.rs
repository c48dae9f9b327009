//! Exercise 3 of the chapter: `IncomePredictor` with two hidden layers, its activations compared, and what dropout does.
//!
//!     cargo run --release --example architecture_variation

use clap::Parser;
use rushlight::data::{DataLoader, StandardScaler, TensorDataset};
use rushlight::nn::{BCEWithLogitsLoss, Dropout, Linear, Loss};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{Income, On, Rows, evaluate};
use std::process::ExitCode;
use std::time::Instant;

/// Two hidden layers, three activations, dropout.
#[derive(Parser)]
struct Flags {
    /// Epochs over all training rows
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// Width of the hidden layers
    #[arg(long, default_value_t = 32)]
    hidden: usize,
    /// Learning rate
    #[arg(long, default_value_t = 0.001)]
    lr: f64,
    /// Seed of weights and batches
    #[arg(long, default_value_t = 110)]
    seed: u64,
    /// Where to compute
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// A short form: few rows, few epochs
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

/// The function between two layers.
type Activation = fn(&Tensor) -> Result<Tensor>;

const ACTIVATIONS: [(&str, Activation); 3] = [
    ("ReLU", Tensor::relu),
    ("LeakyReLU", |x| x.leaky_relu(0.01)),
    ("tanh", Tensor::tanh),
];

/// The chapter's model with a second hidden layer, and dropout after each.
#[derive(Module)]
struct IncomePredictor {
    fc1: Linear,
    fc2: Option<Linear>,
    out: Linear,
    dropout: Dropout,
    #[module(skip)]
    activation: Activation,
    state: ModuleState,
}

impl IncomePredictor {
    fn new(
        inputs: usize,
        hidden: usize,
        layers: usize,
        activation: Activation,
        dropout: f64,
    ) -> Result<Self> {
        Ok(IncomePredictor {
            fc1: Linear::new(inputs, hidden)?,
            fc2: if layers > 1 {
                Some(Linear::new(hidden, hidden)?)
            } else {
                None
            },
            out: Linear::new(hidden, 1)?,
            dropout: Dropout::new(dropout)?,
            activation,
            state: ModuleState::default(),
        })
    }
}

impl Forward for IncomePredictor {
    type Output = Tensor;

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = self.dropout.call(&(self.activation)(&self.fc1.call(x)?)?)?;
        if let Some(fc2) = &self.fc2 {
            x = self.dropout.call(&(self.activation)(&fc2.call(&x)?)?)?;
        }
        self.out.call(&x)
    }
}

/// Trains as the chapter does (8.9.4).
fn train(model: &IncomePredictor, rows: &Rows, epochs: usize, lr: f64) -> Result<()> {
    let loader = DataLoader::builder(TensorDataset::new((rows.x.clone(), rows.y.clone()))?)
        .batch_size(64)
        .shuffle(true)
        .build()?;
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = Adam::new(model.parameters(), lr)?;
    model.train();
    for _ in 0..epochs {
        for batch in &loader {
            let (features, labels) = batch?;
            optimizer.zero_grad();
            let logits = model.call(&features)?.squeeze_dim(1)?;
            criterion.call(&logits, &labels)?.backward()?;
            optimizer.step()?;
        }
    }
    Ok(())
}

fn example(flags: Flags) -> Result<()> {
    if flags.hidden == 0 {
        return Err(Error::value("--hidden must be at least 1"));
    }
    let (limit, epochs) = if flags.quick {
        (Some(2000), flags.epochs.min(2))
    } else {
        (None, flags.epochs)
    };
    let device = flags.device.device()?;
    let income = Income::load(StandardScaler::new(), limit, &device)?;
    let rows = income.train.x.shape()[0];

    println!(
        "Depth and activation: {rows} training rows, {epochs} epochs, hidden layers of {}.\n",
        flags.hidden
    );
    println!(
        "hidden layers  activation  parameters  train loss  test loss  test accuracy  seconds"
    );
    let mut scores = Vec::new();
    for layers in [1, 2] {
        for (name, activation) in ACTIVATIONS {
            manual_seed(flags.seed);
            let model =
                IncomePredictor::new(income.features(), flags.hidden, layers, activation, 0.0)?
                    .to(&device)?;
            let start = Instant::now();
            train(&model, &income.train, epochs, flags.lr)?;
            let seconds = start.elapsed().as_secs_f64();
            let (train_loss, _) = evaluate(&model, &income.train)?;
            let (test_loss, accuracy) = evaluate(&model, &income.test)?;
            println!(
                "{layers:>13}  {name:<10}  {:>10}  {train_loss:>10.4}  {test_loss:>9.4}  {accuracy:>13.4}  {seconds:>7.2}",
                model.num_parameters()
            );
            scores.push((test_loss, format!("{layers} hidden with {name}")));
        }
    }
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let [best, .., worst] = &scores[..] {
        println!(
            "\nBest on the test rows: {} ({:.4}); worst: {} ({:.4}).",
            best.1, best.0, worst.1, worst.0
        );
    }
    if !flags.quick {
        println!("On a table like this one, depth and activation matter little.");
    }

    // Dropout helps where a model can learn its rows by heart: few rows, a wide network, many epochs.
    let (limit, width, epochs) = if flags.quick {
        (500, 32, 4)
    } else {
        (2000, 128, 30)
    };
    let few = Income::load(StandardScaler::new(), Some(limit), &device)?;
    println!("\nDropout: {limit} training rows, {epochs} epochs, two hidden layers of {width}.\n");
    println!("dropout  train loss  test loss  test - train  test accuracy");
    for p in [0.0, 0.2, 0.5, 0.8] {
        manual_seed(flags.seed);
        let model = IncomePredictor::new(few.features(), width, 2, Tensor::relu, p)?.to(&device)?;
        train(&model, &few.train, epochs, flags.lr)?;
        let (train_loss, _) = evaluate(&model, &few.train)?;
        let (test_loss, accuracy) = evaluate(&model, &few.test)?;
        println!(
            "{p:>7.1}  {train_loss:>10.4}  {test_loss:>9.4}  {:>12.4}  {accuracy:>13.4}",
            test_loss - train_loss
        );
    }
    if !flags.quick {
        println!("{EXPLANATION}");
    }
    Ok(())
}

const EXPLANATION: &str = "
Without dropout the network knows its training rows too well: their loss is far below that of the test rows. Dropout
narrows the gap. Evaluation switches it off: model.eval().";
