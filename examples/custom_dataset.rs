//! Exercise 5 of the chapter: a data set of one's own that normalises on the fly and adds noise to what is trained on.
//!
//!     cargo run --release --example custom_dataset

use clap::Parser;
use rushlight::data::{DataLoader, Dataset, Step, ToDevice};
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{Income, On, Rows};
use rushlight_train::metrics::classification_report;
use std::process::ExitCode;
use std::time::Instant;

/// Normalisation and noise inside a data set.
#[derive(Parser)]
struct Flags {
    /// Training rows
    #[arg(long, default_value_t = 4000)]
    rows: usize,
    /// Epochs of each run
    #[arg(long, default_value_t = 25)]
    epochs: usize,
    /// Seed of weights, batches and noise
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

/// Mean and standard deviation of each feature, from the training rows alone.
#[derive(Clone)]
struct Normalize {
    mean: Tensor,
    std: Tensor,
}

impl Normalize {
    fn of(rows: &Rows) -> Result<Self> {
        // A feature that is always the same is left alone.
        let std = rows.x.std_dim(0, 0.0, false)?;
        Ok(Normalize {
            mean: rows.x.mean_dim(0, false)?,
            std: std.eq(0.0)?.where_cond(1.0, &std)?,
        })
    }
}

/// Rows as they are in the table. What a sample looks like is decided when it is asked for.
struct CensusDataset {
    features: Tensor,
    labels: Tensor,
    normalize: Option<Normalize>,
    /// The standard deviation of the noise that is added to a sample. Other noise every time: the model never sees a row twice.
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

/// The chapter's model (8.9.3), wide enough to learn some thousand rows by heart.
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

/// Mean loss, and for every row whether the label and the prediction are over 50,000 dollars.
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
    // The numbers stay as they are in the table: ages next to weights of some hundred thousand.
    // Samples are made one by one, which is work for the CPU; the loader sends whole batches to the device.
    let device = flags.device.device()?;
    let income = Income::load(Step::Passthrough, Some(limit), &Device::CPU)?;
    let normalize = Normalize::of(&income.train)?;

    println!(
        "{} training rows of {} features, {epochs} epochs.\n",
        income.train.y.numel(),
        income.features()
    );
    println!("normalised  noise  train loss  test loss  test accuracy  seconds");
    let mut best: Option<(f64, &str, Vec<usize>, Vec<usize>)> = None;
    let kinds = [
        ("raw", false, 0.0),
        ("normalised", true, 0.0),
        ("some noise", true, 0.2),
        ("much noise", true, 0.5),
        ("too much noise", true, 2.0),
    ];
    for (name, normalised, noise) in kinds {
        manual_seed(flags.seed);
        let model = IncomePredictor {
            fc1: Linear::new(income.features(), 64)?,
            fc2: Linear::new(64, 1)?,
            state: ModuleState::default(),
        }
        .to(&device)?;
        let dataset =
            |rows, noise| CensusDataset::new(rows, normalised.then(|| normalize.clone()), noise);
        let loader = DataLoader::builder(dataset(&income.train, noise))
            .batch_size(64)
            .shuffle(true)
            .device(&device)
            .pin_memory(true)
            .build()?;
        let criterion = BCEWithLogitsLoss::new();
        let mut optimizer = Adam::new(model.parameters(), 0.001)?;

        let start = Instant::now();
        model.train();
        for _ in 0..epochs {
            for batch in &loader {
                let (features, labels) = batch?;
                optimizer.zero_grad();
                criterion
                    .call(&model.call(&features)?.squeeze_dim(1)?, &labels)?
                    .backward()?;
                optimizer.step()?;
            }
        }
        let seconds = start.elapsed().as_secs_f64();

        let (train_loss, ..) = evaluate(&model, &dataset(&income.train, 0.0), &device)?;
        let (test_loss, labels, predictions) =
            evaluate(&model, &dataset(&income.test, 0.0), &device)?;
        let right = labels
            .iter()
            .zip(&predictions)
            .filter(|(a, b)| a == b)
            .count() as f64
            / labels.len() as f64;
        println!(
            "{:<10}  {noise:>5.1}  {train_loss:>10.4}  {test_loss:>9.4}  {right:>13.4}  {seconds:>7.2}",
            if normalised { "on the fly" } else { "no" }
        );
        if best.as_ref().is_none_or(|(loss, ..)| test_loss < *loss) {
            best = Some((test_loss, name, labels, predictions));
        }
    }

    if !flags.quick {
        println!("{EXPLANATION}");
    }
    if let Some((loss, name, labels, predictions)) = best {
        println!("\nBest on the test rows, with a loss of {loss:.4}: {name}.\n");
        println!(
            "{}",
            classification_report(&labels, &predictions)?
                .target_names(["<=50K", ">50K"])?
                .digits(4)
        );
    }
    Ok(())
}

const EXPLANATION: &str = "
Without normalisation the column of some hundred thousands drowns all others. Noise does for this model what more rows
would do: it cannot learn them by heart, so train and test loss come closer; too much of it hides what there is to learn.";
