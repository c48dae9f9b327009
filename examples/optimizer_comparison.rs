//! Exercise 4 of the chapter: SGD, SGD with momentum, RMSprop and Adam on the same model, with several learning rates.
//!
//!     cargo run --release --example optimizer_comparison
//!
//! It draws the training losses into `plots/optimizer_comparison.svg` and `plots/optimizer_comparison.png`.

use clap::Parser;
use rushlight::data::{DataLoader, StandardScaler, TensorDataset};
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss};
use rushlight::optim::{Adam, RMSprop, SGD, SGDOptions};
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{
    Income, On, Rows, TextTable, draw, evaluate, number, plot_path, step, text, thousands, title,
};
use rushlight_train::LearningCurves;
use std::path::PathBuf;
use std::process::ExitCode;

/// Four optimizers with several learning rates.
#[derive(Parser)]
struct Flags {
    /// Epochs of each run
    #[arg(long, default_value_t = 5)]
    epochs: usize,
    /// Learning rates to try
    #[arg(long, value_delimiter = ',', default_values_t = [0.0001, 0.001, 0.01, 0.1, 1.0])]
    lrs: Vec<f64>,
    /// Seed of the weights and of the order of the batches: the same for every run
    #[arg(long, default_value_t = 110)]
    seed: u64,
    /// Draw the curves into this file [default: plots/optimizer_comparison.svg and .png, none with --quick]
    #[arg(long, value_name = "FILE.svg|png", value_parser = plot_path)]
    plot: Option<PathBuf>,
    /// The device that computes
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// A short run: few rows, one epoch, a plot only with --plot
    #[arg(long)]
    quick: bool,
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

type MakeOptimizer = fn(Vec<Parameter>, f64) -> Result<Box<dyn Optimizer>>;

const OPTIMIZERS: [(&str, MakeOptimizer); 4] = [
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

/// One training: the loss of every batch, and the result on the test rows.
struct Run {
    optimizer: &'static str,
    lr: f64,
    losses: Vec<f64>,
    test_loss: f64,
    accuracy: f64,
}

impl Run {
    /// The mean loss of a part of the training, whose ends are fractions of it.
    fn mean(&self, from: f64, to: f64) -> f64 {
        let n = self.losses.len() as f64;
        let part = &self.losses[(from * n) as usize..((to * n) as usize).max(1)];
        part.iter().sum::<f64>() / part.len() as f64
    }

    /// The standard deviation of the losses of the last tenth of the batches.
    fn deviation(&self) -> f64 {
        let last = &self.losses[self.losses.len() * 9 / 10..];
        let mean = last.iter().sum::<f64>() / last.len() as f64;
        (last.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / last.len() as f64).sqrt()
    }

    /// The mean loss of each `window` successive batches, with the number of the last of them.
    fn smooth(&self, window: usize) -> impl Iterator<Item = (usize, f64)> {
        let means = self
            .losses
            .chunks_exact(window)
            .map(|part| part.iter().sum::<f64>() / part.len() as f64);
        means
            .enumerate()
            .map(move |(i, mean)| ((i + 1) * window, mean))
    }

    /// The mean loss of the last tenth of the training.
    fn final_loss(&self) -> f64 {
        self.mean(0.9, 1.0)
    }

    /// The result in a word, compared with the best loss of all runs and the best learning rate of the same optimizer.
    fn verdict(&self, best_loss: f64, best_lr: f64) -> &'static str {
        let gap = self.final_loss() - best_loss;
        if gap.is_nan() || self.final_loss() > 1.0 {
            "diverges"
        } else if gap <= 0.01 {
            "good"
        } else if gap <= 0.05 {
            "fair"
        } else if self.lr < best_lr {
            "rate too small"
        } else {
            "rate too large"
        }
    }
}

fn train(
    rows: &Rows,
    test: &Rows,
    epochs: usize,
    seed: u64,
    (name, make): (&'static str, MakeOptimizer),
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
    // The losses stay on the device until the training is over: reading one would wait for its step.
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
    println!("{}", title("Exercise 4: optimizers and learning rates"));
    println!("{}", step("1. Each optimizer with each learning rate"));
    println!(
        "{} trainings on {} rows: {epochs} epochs of batches of 64, with the same initial weights and the same batches.\n",
        OPTIMIZERS.len() * flags.lrs.len(),
        thousands(limit)
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

    let table = TextTable::new([
        text("optimizer", 12),
        number("learning rate"),
        number("loss at 10 %"),
        number("loss at end"),
        number("+- batch"),
        number("test loss"),
        number("test accuracy (%)"),
        text("result", 14),
    ]);
    println!("{table}");
    for run in &runs {
        let best_lr = best(run.optimizer).map_or(0.0, |best| best.lr);
        println!(
            "{}",
            table.row(&[
                &run.optimizer,
                &run.lr,
                &format!("{:.4}", run.mean(0.05, 0.15)),
                &format!("{:.4}", run.final_loss()),
                &format!("{:.4}", run.deviation()),
                &format!("{:.4}", run.test_loss),
                &format!("{:.2}", 100.0 * run.accuracy),
                &run.verdict(best_loss, best_lr),
            ])
        );
    }
    println!("{LEGEND}");

    println!(
        "{}",
        step("2. Convergence with the best learning rate of each")
    );
    let target = best_loss + 0.02;
    println!(
        "The first batch at which the smoothed loss is below {target:.4}, 0.02 above the best loss of all.\n"
    );
    let table = TextTable::new([
        text("optimizer", 12),
        number("learning rate"),
        number("reached at batch"),
        number("batches"),
    ]);
    println!("{table}");
    let common = flags.lrs[flags.lrs.len() / 2];
    let plot_title = format!("Adult: each optimizer at its best learning rate and at {common}");
    let mut curves = LearningCurves::new(plot_title, "batch", "training loss");
    let window = (runs[0].losses.len() / 25).max(1);
    for (name, _) in OPTIMIZERS {
        let Some(best) = best(name) else {
            println!("{name} diverges with every learning rate");
            continue;
        };
        let reached = best.smooth(window).find(|(_, loss)| *loss < target);
        println!(
            "{}",
            table.row(&[
                &name,
                &best.lr,
                &reached.map_or("never".to_owned(), |(batch, _)| thousands(batch)),
                &thousands(best.losses.len()),
            ])
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
    if !flags.quick {
        println!("{EXPLANATION}");
    }
    if flags.plot.is_some() || !flags.quick {
        println!();
        for file in draw(&curves, "optimizer_comparison", flags.plot.as_deref())? {
            println!("wrote {}: the training losses by batch", file.display());
        }
    }
    Ok(())
}

const LEGEND: &str = "
\"+- batch\" is the standard deviation of the losses of the last tenth of the batches: how unsteady the training still is.
A result is good within 0.01 of the best loss at the end, and fair within 0.05.";

const EXPLANATION: &str = "
The learning rate scales each step. If it is too small, the loss is still falling when the training ends; if it is too
large, steps overshoot the minimum, and the loss oscillates or diverges. Momentum accumulates steps in one direction, so
it needs about a tenth of the rate of plain SGD. RMSprop and Adam divide each step by the magnitude of its gradients, so
they need small rates: the best rates of SGD are far too large for them.";
