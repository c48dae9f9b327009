//! Exercise 4 of the chapter: SGD, SGD with momentum, RMSprop and Adam on the same model, over several learning rates, with curves.
//!
//!     cargo run --release --example optimizer_comparison -- --plot curves.svg

use clap::Parser;
use rushlight::data::{DataLoader, StandardScaler, TensorDataset};
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss};
use rushlight::optim::{Adam, RMSprop, SGD, SGDOptions};
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{Income, On, Rows, evaluate};
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
    /// Where to compute
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
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
    ("SGD+momentum", |params, lr| {
        Ok(Box::new(SGD::new(
            params,
            SGDOptions::new(lr).momentum(0.9),
        )?))
    }),
    ("RMSprop", |params, lr| {
        Ok(Box::new(RMSprop::new(params, lr)?))
    }),
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

    /// The mean loss of every `window` batches, with the number of the last.
    fn smooth(&self, window: usize) -> impl Iterator<Item = (usize, f64)> {
        let means = self
            .losses
            .chunks_exact(window)
            .map(|part| part.iter().sum::<f64>() / part.len() as f64);
        means
            .enumerate()
            .map(move |(i, mean)| ((i + 1) * window, mean))
    }

    /// How it ended.
    fn final_loss(&self) -> f64 {
        self.mean(0.9, 1.0)
    }

    /// In a word, how it went, against the best loss of all and the best rate of the same optimizer.
    fn verdict(&self, best_loss: f64, best_lr: f64) -> &'static str {
        let gap = self.final_loss() - best_loss;
        if gap.is_nan() || self.final_loss() > 1.0 {
            "diverges"
        } else if gap <= 0.01 {
            "good"
        } else if gap <= 0.05 {
            "fair"
        } else if self.lr < best_lr {
            "too small"
        } else {
            "too large"
        }
    }
}

fn train(
    rows: &Rows,
    test: &Rows,
    epochs: usize,
    seed: u64,
    (name, make): (&'static str, Make),
    lr: f64,
) -> Result<Run> {
    manual_seed(seed);
    let model = IncomePredictor::new(rows.x.shape()[1], 32)?.to(rows.x.device())?;
    let loader = DataLoader::builder(TensorDataset::new((rows.x.clone(), rows.y.clone()))?)
        .batch_size(64)
        .shuffle(true)
        .build()?;
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = make(model.parameters(), lr)?;
    // They stay on the device until the training is over: reading one would wait for its step.
    let losses = Tensor::zeros([epochs * loader.len()], rows.x.device())?;
    for epoch in 0..epochs {
        for (i, batch) in loader.iter().enumerate() {
            let (features, labels) = batch?;
            optimizer.zero_grad();
            let loss = criterion.call(&model.call(&features)?.squeeze_dim(1)?, &labels)?;
            loss.backward()?;
            optimizer.step()?;
            let i = (epoch * loader.len() + i) as isize;
            losses.select(0, i)?.copy_(&loss.detach())?;
        }
    }
    let (test_loss, accuracy) = evaluate(&model, test)?;
    Ok(Run {
        optimizer: name,
        lr,
        losses: losses.double()?.to_vec()?,
        test_loss,
        accuracy,
    })
}

fn example(flags: Flags) -> Result<()> {
    if flags.epochs == 0 || flags.lrs.is_empty() {
        return Err(Error::value(
            "--epochs must be at least 1, and --lrs name at least one learning rate",
        ));
    }
    let (limit, epochs) = if flags.quick {
        (1000, 1)
    } else {
        (16_000, flags.epochs)
    };
    let device = flags.device.device()?;
    let income = Income::load(StandardScaler::new(), Some(limit), &device)?;
    println!(
        "The chapter's IncomePredictor on {limit} rows, {epochs} epochs of batches of 64, the same weights and batches for all.\n"
    );

    let mut runs = Vec::new();
    for optimizer in OPTIMIZERS {
        for &lr in &flags.lrs {
            runs.push(train(
                &income.train,
                &income.test,
                epochs,
                flags.seed,
                optimizer,
                lr,
            )?);
        }
    }
    let best = |name: &str| {
        let of_this = runs
            .iter()
            .filter(|run| run.optimizer == name && run.final_loss().is_finite());
        of_this.min_by(|a, b| a.final_loss().total_cmp(&b.final_loss()))
    };
    let best_loss = OPTIMIZERS
        .iter()
        .filter_map(|(name, _)| Some(best(name)?.final_loss()))
        .fold(f64::INFINITY, f64::min);

    println!(
        "optimizer     learning rate  loss at 10%  loss at end  +- batch  test loss  test accuracy  verdict"
    );
    for run in &runs {
        let best_lr = best(run.optimizer).map_or(0.0, |best| best.lr);
        println!(
            "{:<12}  {:>13}  {:>11.4}  {:>11.4}  {:>8.4}  {:>9.4}  {:>13.4}  {}",
            run.optimizer,
            run.lr,
            run.mean(0.05, 0.15),
            run.final_loss(),
            run.noise(),
            run.test_loss,
            run.accuracy,
            run.verdict(best_loss, best_lr)
        );
    }

    println!(
        "\nThe best learning rate of each, and how soon it was within 0.02 of the best loss of all:"
    );
    let common = flags.lrs[flags.lrs.len() / 2];
    let title = format!("Adult: each optimizer at its best rate and at {common}");
    let mut curves = LearningCurves::new(title, "batch", "training loss");
    let window = (runs[0].losses.len() / 25).max(1);
    for (name, _) in OPTIMIZERS {
        let Some(best) = best(name) else {
            println!("{name:<12}  diverges at every rate");
            continue;
        };
        let reached = best
            .smooth(window)
            .find(|(_, loss)| *loss < best_loss + 0.02);
        let reached = reached.map_or("never".to_owned(), |(batch, _)| format!("by batch {batch}"));
        println!(
            "{name:<12}  {:>7}  {reached} of {}",
            best.lr,
            best.losses.len()
        );
        let drawn = runs
            .iter()
            .filter(|run| run.optimizer == name && (run.lr == best.lr || run.lr == common));
        for run in drawn {
            for (batch, loss) in run.smooth(window).filter(|(_, loss)| loss.is_finite()) {
                curves.push(&format!("{name}, lr {}", run.lr), batch as f64, loss);
            }
        }
    }
    println!("{EXPLANATION}");

    let plot = flags
        .plot
        .or_else(|| (!flags.quick).then(|| "optimizer_comparison.svg".into()));
    if let Some(path) = plot {
        curves.save(&path)?;
        println!("\nThe curves are in {}.", path.display());
    }
    Ok(())
}

const EXPLANATION: &str = "
The rate sets the size of a step. Too small, and the loss is still falling when training ends; too large, and steps
jump over the minimum: the loss jitters, or leaves for good. Momentum adds up steps along one direction, so it wants a
rate about a tenth of plain SGD's. RMSprop and Adam divide each step by the size of its gradients: they want small
rates, and one that suits SGD throws them far off.";
