//! Exercise 4 of the chapter: SGD, SGD with momentum, RMSprop and Adam on the same model, over several learning rates, with curves.
//!
//!     cargo run --release --example optimizer_comparison -- --plot curves.svg

use clap::Parser;
use rushlight::data::{DataLoader, StandardScaler, TensorDataset};
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss};
use rushlight::optim::{Adam, RMSprop, SGD, SGDOptions};
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{Income, Rows, evaluate};
use rushlight_train::LearningCurves;
use std::path::PathBuf;
use std::process::ExitCode;

/// Four optimizers over several learning rates.
#[derive(Parser)]
struct Flags {
    /// Epochs of each run
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// Learning rates to try
    #[arg(long, value_delimiter = ',', default_values_t = [0.0001, 0.001, 0.01, 0.1, 1.0])]
    lrs: Vec<f64>,
    /// Seed of weights and batches: the same for every run
    #[arg(long, default_value_t = 110)]
    seed: u64,
    /// Where to draw the curves, as .svg or .png; optimizer_comparison.svg unless --quick
    #[arg(long, value_parser = picture)]
    plot: Option<PathBuf>,
    /// A short form: few rows, few epochs, no picture unless asked for
    #[arg(long)]
    quick: bool,
}

fn picture(path: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(path);
    match path.extension().and_then(|e| e.to_str()) {
        Some("svg" | "png") => Ok(path),
        _ => Err("the name must end in .svg or .png".to_owned()),
    }
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

/// The chapter's model (8.9.3).
#[derive(Module)]
struct IncomePredictor {
    fc1: Linear,
    fc2: Linear,
    state: ModuleState,
}

impl IncomePredictor {
    fn new(input_dim: usize, hidden_dim: usize) -> Result<Self> {
        Ok(IncomePredictor {
            fc1: Linear::new(input_dim, hidden_dim)?,
            fc2: Linear::new(hidden_dim, 1)?,
            state: ModuleState::default(),
        })
    }
}

impl Forward for IncomePredictor {
    type Output = Tensor;

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.fc2.call(&self.fc1.call(x)?.relu()?)
    }
}

type Make = fn(Vec<Parameter>, f64) -> Result<Box<dyn Optimizer>>;

const OPTIMIZERS: [(&str, Make); 4] = [
    ("SGD", |params, lr| Ok(Box::new(SGD::new(params, lr)?))),
    ("SGD+momentum", |params, lr| Ok(Box::new(SGD::new(params, SGDOptions::new(lr).momentum(0.9))?))),
    ("RMSprop", |params, lr| Ok(Box::new(RMSprop::new(params, lr)?))),
    ("Adam", |params, lr| Ok(Box::new(Adam::new(params, lr)?))),
];

/// One training: the loss of every batch, and how the model does on the test rows.
struct Run {
    optimizer: &'static str,
    lr: f64,
    losses: Vec<f64>,
    test_loss: f64,
    accuracy: f64,
}

impl Run {
    /// The mean loss of a part of the training, 0 to 1.
    fn mean(&self, from: f64, to: f64) -> f64 {
        let n = self.losses.len() as f64;
        let part = &self.losses[(from * n) as usize..((to * n) as usize).max(1)];
        part.iter().sum::<f64>() / part.len() as f64
    }

    /// How much the loss of the last tenth still goes up and down between batches, about its mean.
    fn noise(&self) -> f64 {
        let last = &self.losses[self.losses.len() * 9 / 10..];
        let mean = last.iter().sum::<f64>() / last.len() as f64;
        (last.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / last.len() as f64).sqrt()
    }

    /// In a word, how it went.
    fn verdict(&self, best: f64) -> &'static str {
        let (early, late) = (self.mean(0.0, 0.1), self.mean(0.9, 1.0));
        if !late.is_finite() || late > 1.0 {
            "diverges"
        } else if late > best + 0.05 && late < early - 0.02 {
            "too slow"
        } else if late > best + 0.05 {
            "stuck"
        } else if late > best + 0.01 {
            "fair"
        } else {
            "good"
        }
    }
}

fn train(rows: &Rows, test: &Rows, epochs: usize, seed: u64, (name, make): (&'static str, Make), lr: f64) -> Result<Run> {
    manual_seed(seed);
    let model = IncomePredictor::new(rows.x.shape()[1], 32)?;
    let loader = DataLoader::builder(TensorDataset::new((rows.x.clone(), rows.y.clone()))?).batch_size(64).shuffle(true).build()?;
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = make(model.parameters(), lr)?;
    let mut losses = Vec::new();
    for _ in 0..epochs {
        for batch in &loader {
            let (features, labels) = batch?;
            optimizer.zero_grad();
            let loss = criterion.call(&model.call(&features)?.squeeze_dim(1)?, &labels)?;
            loss.backward()?;
            optimizer.step()?;
            losses.push(loss.item::<f32>()?.into());
        }
    }
    let (test_loss, accuracy) = evaluate(&model, test)?;
    Ok(Run { optimizer: name, lr, losses, test_loss, accuracy })
}

fn example(flags: Flags) -> Result<()> {
    if flags.epochs == 0 || flags.lrs.is_empty() {
        return Err(Error::value("--epochs must be at least 1, and --lrs name at least one learning rate"));
    }
    let (limit, epochs) = if flags.quick { (1000, 1) } else { (16_000, flags.epochs) };
    let income = Income::load(StandardScaler::new(), Some(limit))?;
    println!("The chapter's IncomePredictor on {limit} rows, {epochs} epochs of batches of 64, the same weights and batches for all.\n");

    let mut runs = Vec::new();
    for optimizer in OPTIMIZERS {
        for &lr in &flags.lrs {
            runs.push(train(&income.train, &income.test, epochs, flags.seed, optimizer, lr)?);
        }
    }
    let best_loss = runs.iter().map(|run| run.mean(0.9, 1.0)).filter(|loss| loss.is_finite()).fold(f64::INFINITY, f64::min);

    println!("optimizer     learning rate  loss at 10%  loss at end  +- batch  test loss  test accuracy  verdict");
    for run in &runs {
        println!(
            "{:<12}  {:>13}  {:>11.4}  {:>11.4}  {:>8.4}  {:>9.4}  {:>13.4}  {}",
            run.optimizer,
            run.lr,
            run.mean(0.05, 0.15),
            run.mean(0.9, 1.0),
            run.noise(),
            run.test_loss,
            run.accuracy,
            run.verdict(best_loss)
        );
    }

    println!("\nThe best learning rate of each, and how soon it was within 0.02 of the best loss of all:");
    let mut curves = LearningCurves::new("Adult: training loss by optimizer, each at its best rate", "batch", "loss");
    let window = (runs[0].losses.len() / 60).max(1);
    for (name, _) in OPTIMIZERS {
        let of_this = runs.iter().filter(|run| run.optimizer == name && run.mean(0.9, 1.0).is_finite());
        let Some(best) = of_this.min_by(|a, b| a.mean(0.9, 1.0).total_cmp(&b.mean(0.9, 1.0))) else {
            println!("{name:<12}  diverges at every rate");
            continue;
        };
        let label = format!("{name}, lr {}", best.lr);
        let mut reached = None;
        for (i, part) in best.losses.chunks_exact(window).enumerate() {
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            curves.push(&label, ((i + 1) * window) as f64, mean);
            if reached.is_none() && mean < best_loss + 0.02 {
                reached = Some((i + 1) * window);
            }
        }
        let reached = reached.map_or("never".to_owned(), |batch| format!("by batch {batch}"));
        println!("{name:<12}  {:>7}  {reached} of {}", best.lr, best.losses.len());
    }

    println!("\nThe rate sets the size of a step. Too small, and the loss is still falling when training ends; too large, and steps jump");
    println!("over the minimum: the loss jitters, or leaves for good. Momentum adds up steps along one direction, so its good rates are");
    println!("about a tenth of plain SGD's. RMSprop and Adam divide each step by the size of its gradients: their good rates are small,");
    println!("and a rate that suits SGD throws them far off.");

    let plot = flags.plot.or_else(|| (!flags.quick).then(|| "optimizer_comparison.svg".into()));
    if let Some(path) = plot {
        curves.save(&path)?;
        println!("\nThe curves are in {}.", path.display());
    }
    Ok(())
}
