//! Exercise 3 of the chapter: `IncomePredictor` with two hidden layers, with other activations, and with dropout.
//!
//!     cargo run --release --example architecture_variation
//!
//! It draws the losses by epoch into `plots/architectures.svg`, `plots/dropout.svg` and PNG files of the same names.

use clap::Parser;
use rushlight::data::{DataLoader, StandardScaler, TensorDataset};
use rushlight::nn::{BCEWithLogitsLoss, Dropout, Linear, Loss};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{
    Income, On, Rows, TextTable, draw, evaluate, number, step, text, thousands, title,
};
use rushlight_train::LearningCurves;
use std::process::ExitCode;
use std::time::Instant;

/// Two hidden layers, three activations, dropout.
#[derive(Parser)]
struct Flags {
    /// Epochs of the first comparison
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// Units of each hidden layer in the first comparison
    #[arg(long, default_value_t = 32)]
    hidden: usize,
    /// Learning rate
    #[arg(long, default_value_t = 0.001)]
    lr: f64,
    /// Seed of the weights and of the order of the batches
    #[arg(long, default_value_t = 110)]
    seed: u64,
    /// The device that computes
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// A short run: few rows, few epochs, no plots
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

/// The activation function after a hidden layer.
type Activation = fn(&Tensor) -> Result<Tensor>;

const ACTIVATIONS: [(&str, Activation); 3] = [
    ("ReLU", Tensor::relu),
    ("LeakyReLU", |x| x.leaky_relu(0.01)),
    ("tanh", Tensor::tanh),
];

/// The chapter's model with an optional second hidden layer, and dropout after each hidden layer.
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

/// Trains as the chapter does (8.9.4), and calls `after_epoch` with the number of each epoch.
fn train(
    model: &IncomePredictor,
    rows: &Rows,
    epochs: usize,
    lr: f64,
    mut after_epoch: impl FnMut(f64) -> Result<()>,
) -> Result<()> {
    let loader = DataLoader::builder(TensorDataset::new((rows.x.clone(), rows.y.clone()))?)
        .batch_size(64)
        .shuffle(true)
        .build()?;
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = Adam::new(model.parameters(), lr)?;
    for epoch in 1..=epochs {
        model.train();
        for batch in &loader {
            let (features, labels) = batch?;
            optimizer.zero_grad();
            let logits = model.call(&features)?.squeeze_dim(1)?;
            criterion.call(&logits, &labels)?.backward()?;
            optimizer.step()?;
        }
        after_epoch(epoch as f64)?;
    }
    Ok(())
}

fn example(flags: Flags) -> Result<()> {
    if flags.hidden == 0 {
        return Err(Error::value("--hidden must be at least 1"));
    }
    let device = flags.device.device()?;
    println!("{}", title("Exercise 3: depth, activations and dropout"));
    let architectures = compare_architectures(&flags, &device)?;
    let dropout = compare_dropout(&flags, &device)?;
    if !flags.quick {
        println!();
        for (curves, name) in [(architectures, "architectures"), (dropout, "dropout")] {
            for file in draw(&curves, name, None)? {
                println!("wrote {}: {}", file.display(), curves.title);
            }
        }
    }
    Ok(())
}

/// One and two hidden layers with three activations. Returns the test loss of each by epoch.
fn compare_architectures(flags: &Flags, device: &Device) -> Result<LearningCurves> {
    let (limit, epochs) = if flags.quick {
        (Some(2000), flags.epochs.min(2))
    } else {
        (None, flags.epochs)
    };
    let income = Income::load(StandardScaler::new(), limit, device)?;
    let rows = thousands(income.train.y.numel());
    println!(
        "{}",
        step("1. One or two hidden layers, with three activations")
    );
    println!(
        "Each is trained on {rows} rows for {epochs} epochs, with {} units per hidden layer. Compare the test losses.\n",
        flags.hidden
    );
    let table = TextTable::new([
        number("hidden layers"),
        text("activation", 10),
        number("parameters"),
        number("train loss"),
        number("test loss"),
        number("test accuracy (%)"),
        number("time (s)"),
    ]);
    println!("{table}");
    let mut curves = LearningCurves::new("Test loss of six architectures", "epoch", "test loss");
    let mut losses = Vec::new();
    for layers in [1, 2] {
        for (name, activation) in ACTIVATIONS {
            manual_seed(flags.seed);
            let model =
                IncomePredictor::new(income.features(), flags.hidden, layers, activation, 0.0)?
                    .to(device)?;
            let label = format!("{layers} x {name}");
            let mut evaluating = 0.0;
            let start = Instant::now();
            train(&model, &income.train, epochs, flags.lr, |epoch| {
                let start = Instant::now();
                curves.push(&label, epoch, evaluate(&model, &income.test)?.0);
                evaluating += start.elapsed().as_secs_f64();
                Ok(())
            })?;
            let seconds = start.elapsed().as_secs_f64() - evaluating;
            let (train_loss, _) = evaluate(&model, &income.train)?;
            let (test_loss, accuracy) = evaluate(&model, &income.test)?;
            println!(
                "{}",
                table.row(&[
                    &layers,
                    &name,
                    &thousands(model.num_parameters()),
                    &format!("{train_loss:.4}"),
                    &format!("{test_loss:.4}"),
                    &format!("{:.2}", 100.0 * accuracy),
                    &format!("{seconds:.2}"),
                ])
            );
            losses.push((test_loss, format!("{layers} with {name}")));
        }
    }
    losses.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let [best, .., worst] = &losses[..] {
        println!(
            "\nBest on the test rows: {} ({:.4}); worst: {} ({:.4}).",
            best.1, best.0, worst.1, worst.0
        );
    }
    if !flags.quick {
        println!(
            "On this table depth and activation matter little: the losses differ by less than 0.01."
        );
    }
    Ok(curves)
}

/// Four dropout probabilities where a model can memorise its rows: few rows, a wide network, many epochs. Returns losses by epoch.
fn compare_dropout(flags: &Flags, device: &Device) -> Result<LearningCurves> {
    let (limit, width, epochs) = if flags.quick {
        (500, 32, 4)
    } else {
        (2000, 128, 30)
    };
    let few = Income::load(StandardScaler::new(), Some(limit), device)?;
    println!("{}", step("2. Dropout against overfitting"));
    println!(
        "Two hidden layers of {width} units are trained on only {} rows for {epochs} epochs. Compare the gap between the losses.\n",
        thousands(limit)
    );
    let table = TextTable::new([
        number("dropout p"),
        number("train loss"),
        number("test loss"),
        number("test - train"),
        number("test accuracy (%)"),
    ]);
    println!("{table}");
    let mut curves = LearningCurves::new("Overfitting with and without dropout", "epoch", "loss");
    for p in [0.0, 0.2, 0.5, 0.8] {
        manual_seed(flags.seed);
        let model = IncomePredictor::new(few.features(), width, 2, Tensor::relu, p)?.to(device)?;
        train(&model, &few.train, epochs, flags.lr, |epoch| {
            if p == 0.0 || p == 0.5 {
                for (name, rows) in [("train", &few.train), ("test", &few.test)] {
                    curves.push(
                        &format!("{name}, p = {p}"),
                        epoch,
                        evaluate(&model, rows)?.0,
                    );
                }
            }
            Ok(())
        })?;
        let (train_loss, _) = evaluate(&model, &few.train)?;
        let (test_loss, accuracy) = evaluate(&model, &few.test)?;
        println!(
            "{}",
            table.row(&[
                &format!("{p:.1}"),
                &format!("{train_loss:.4}"),
                &format!("{test_loss:.4}"),
                &format!("{:.4}", test_loss - train_loss),
                &format!("{:.2}", 100.0 * accuracy),
            ])
        );
    }
    if !flags.quick {
        println!("{EXPLANATION}");
    }
    Ok(curves)
}

const EXPLANATION: &str = "
Without dropout the network memorises its training rows: their loss is far below that of the test rows. Dropout narrows
the gap. It is active in training mode only: model.eval() switches it off for the losses above.";
