//! Exercise 5 of the chapter: a custom data set that normalizes its samples when they are read and adds noise to training samples.
//!
//!     cargo run --release --example custom_dataset
//!
//! It draws the losses by epoch into `plots/custom_dataset.svg` and `plots/custom_dataset.png`.

use clap::Parser;
use rushlight::data::{DataLoader, Dataset, Step, ToDevice};
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{Income, On, Rows, TextTable, draw, number, step, text, thousands, title};
use rushlight_train::LearningCurves;
use rushlight_train::metrics::{accuracy_score, classification_report};
use std::process::ExitCode;
use std::time::Instant;

/// Normalization and noise inside a data set.
#[derive(Parser)]
struct Flags {
    /// Training rows
    #[arg(long, default_value_t = 4000)]
    rows: usize,
    /// Epochs of each run
    #[arg(long, default_value_t = 25)]
    epochs: usize,
    /// Seed of the weights, the order of the batches and the noise
    #[arg(long, default_value_t = 110)]
    seed: u64,
    /// The device that computes
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// A short run: few rows, few epochs, no plot
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

/// Mean and standard deviation of each feature of the training rows.
#[derive(Clone)]
struct Normalize {
    mean: Tensor,
    std: Tensor,
}

impl Normalize {
    fn of(rows: &Rows) -> Result<Self> {
        // A constant feature is shifted, but not divided by its standard deviation of 0.
        let std = rows.x.std_dim(0, 0.0, false)?;
        Ok(Normalize {
            mean: rows.x.mean_dim(0, false)?,
            std: std.eq(0.0)?.where_cond(1.0, &std)?,
        })
    }
}

/// The rows of the table as they are. Normalization and noise are applied when a sample is read.
struct CensusDataset {
    features: Tensor,
    labels: Tensor,
    normalize: Option<Normalize>,
    /// The standard deviation of the noise that is added to a sample. It is drawn anew for each read, so that no sample repeats.
    noise: f64,
}

impl CensusDataset {
    fn new(rows: &Rows, normalize: Option<Normalize>, noise: f64) -> Self {
        CensusDataset {
            features: rows.x.clone(),
            labels: rows.y.clone(),
            normalize,
            noise,
        }
    }
}

impl Dataset for CensusDataset {
    type Sample = (Tensor, Tensor);

    fn len(&self) -> usize {
        self.labels.numel()
    }

    fn get(&self, index: usize) -> Result<(Tensor, Tensor)> {
        let mut x = self.features.select(0, index as isize)?;
        if let Some(Normalize { mean, std }) = &self.normalize {
            x = x.sub(mean)?.div(std)?;
        }
        if self.noise > 0.0 {
            x = x.add(&x.randn_like()?.mul(self.noise)?)?;
        }
        Ok((x, self.labels.select(0, index as isize)?))
    }
}

/// The chapter's model (8.9.3), wide enough to memorise some thousand rows.
#[derive(Module)]
struct IncomePredictor {
    fc1: Linear,
    fc2: Linear,
    state: ModuleState,
}

impl Forward for IncomePredictor {
    type Output = Tensor;

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.fc2.call(&self.fc1.call(x)?.relu()?)
    }
}

/// The mean loss, and the label and the predicted class of every row: 1 for over 50,000 dollars, else 0.
fn evaluate(
    model: &IncomePredictor,
    dataset: &CensusDataset,
    device: &Device,
) -> Result<(f64, Vec<usize>, Vec<usize>)> {
    let criterion = BCEWithLogitsLoss::new();
    model.eval();
    no_grad(|| {
        let (mut loss, mut labels, mut predictions) = (0.0, Vec::new(), Vec::new());
        for start in (0..dataset.len()).step_by(1000) {
            let indices: Vec<usize> = (start..dataset.len().min(start + 1000)).collect();
            let (x, y) = dataset.get_batch(&indices)?.to_device(device)?;
            let logits = model.call(&x)?.squeeze_dim(1)?;
            loss += f64::from(criterion.call(&logits, &y)?.item::<f32>()?) * indices.len() as f64;
            labels.extend(y.to_vec::<f32>()?.into_iter().map(|y| y as usize));
            predictions.extend(
                logits
                    .to_vec::<f32>()?
                    .into_iter()
                    .map(|logit| usize::from(logit > 0.0)),
            );
        }
        Ok((loss / dataset.len() as f64, labels, predictions))
    })
}

fn example(flags: Flags) -> Result<()> {
    if flags.rows < 2 || flags.epochs == 0 {
        return Err(Error::value(
            "--rows must be at least 2 and --epochs at least 1",
        ));
    }
    let (limit, epochs) = if flags.quick {
        (flags.rows.min(500), flags.epochs.min(2))
    } else {
        (flags.rows, flags.epochs)
    };
    // The numeric columns stay as they are in the table: ages next to weights of some hundred thousand.
    // Samples are made one by one, which is work for the CPU; the loader moves whole batches to the device.
    let device = flags.device.device()?;
    let income = Income::load(Step::Passthrough, Some(limit), &Device::CPU)?;
    let normalize = Normalize::of(&income.train)?;

    println!(
        "{}",
        title("Exercise 5: a data set that normalizes and adds noise")
    );
    println!(
        "{}",
        step("1. Five variants of the data set, the same model")
    );
    println!(
        "{} training rows of {} features, {epochs} epochs. Compare the test losses, and their gap to the training losses.\n",
        thousands(income.train.y.numel()),
        income.features()
    );
    let table = TextTable::new([
        text("data set", 14),
        text("normalized", 10),
        number("noise"),
        number("train loss"),
        number("test loss"),
        number("test accuracy (%)"),
        number("time (s)"),
    ]);
    println!("{table}");
    let mut curves = LearningCurves::new(
        "Test loss with noise added to training samples",
        "epoch",
        "test loss",
    );
    let mut best: Option<(f64, &str, Vec<usize>, Vec<usize>)> = None;
    let variants = [
        ("raw", false, 0.0),
        ("normalized", true, 0.0),
        ("some noise", true, 0.2),
        ("much noise", true, 0.5),
        ("too much noise", true, 2.0),
    ];
    for (name, normalized, noise) in variants {
        manual_seed(flags.seed);
        let model = IncomePredictor {
            fc1: Linear::new(income.features(), 64)?,
            fc2: Linear::new(64, 1)?,
            state: ModuleState::default(),
        }
        .to(&device)?;
        let dataset =
            |rows, noise| CensusDataset::new(rows, normalized.then(|| normalize.clone()), noise);
        let test = dataset(&income.test, 0.0);
        let loader = DataLoader::builder(dataset(&income.train, noise))
            .batch_size(64)
            .shuffle(true)
            .device(&device)
            .pin_memory(true)
            .build()?;
        let criterion = BCEWithLogitsLoss::new();
        let mut optimizer = Adam::new(model.parameters(), 0.001)?;

        let mut seconds = 0.0;
        for epoch in 1..=epochs {
            let start = Instant::now();
            model.train();
            for batch in &loader {
                let (features, labels) = batch?;
                optimizer.zero_grad();
                criterion
                    .call(&model.call(&features)?.squeeze_dim(1)?, &labels)?
                    .backward()?;
                optimizer.step()?;
            }
            seconds += start.elapsed().as_secs_f64();
            // Losses of raw data are so large that the other curves would look flat next to theirs.
            if normalized && !flags.quick {
                let (test_loss, ..) = evaluate(&model, &test, &device)?;
                curves.push(&format!("noise {noise}"), epoch as f64, test_loss);
            }
        }

        let (train_loss, ..) = evaluate(&model, &dataset(&income.train, 0.0), &device)?;
        let (test_loss, labels, predictions) = evaluate(&model, &test, &device)?;
        println!(
            "{}",
            table.row(&[
                &name,
                &if normalized { "when read" } else { "no" },
                &format!("{noise:.1}"),
                &format!("{train_loss:.4}"),
                &format!("{test_loss:.4}"),
                &format!("{:.2}", 100.0 * accuracy_score(&labels, &predictions)?),
                &format!("{seconds:.2}"),
            ])
        );
        if best.as_ref().is_none_or(|(loss, ..)| test_loss < *loss) {
            best = Some((test_loss, name, labels, predictions));
        }
    }
    if !flags.quick {
        println!("{EXPLANATION}");
    }

    if let Some((loss, name, labels, predictions)) = best {
        println!(
            "{}",
            step(&format!(
                "2. Best on the test rows: {name}, with a loss of {loss:.4}"
            ))
        );
        let report = classification_report(&labels, &predictions)?
            .target_names(["<=50K", ">50K"])?
            .digits(4);
        print!("{report}");
    }
    if !flags.quick {
        println!();
        for file in draw(&curves, "custom_dataset", None)? {
            println!("wrote {}: the test losses by epoch", file.display());
        }
    }
    Ok(())
}

const EXPLANATION: &str = "
Without normalization one column of numbers above a hundred thousand dominates all others. Noise has the effect of more
training rows: the model cannot memorise the samples, and the training and test losses come closer to each other. Too
much noise hides what distinguishes the samples.";
