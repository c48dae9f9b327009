//! Who earns over 50,000 dollars a year? The chapter's example (8.9): a small network on the UCI Adult census data.
//!
//!     cargo run --release --example adult
//!
//! It prepares the data as scikit-learn does and trains as PyTorch does, with their seeds and so with their numbers. It prints the data, the
//! model, the loss of each epoch and the classification report, and draws the losses into `plots/adult.svg` and `plots/adult.png`.
//! `--help` lists what can be changed.

use clap::Parser;
use rushlight::data::{
    ColumnTransformer, DataLoader, HandleUnknown, Matrix, OneHotEncoder, Select, StandardScaler,
    Table, TensorDataset, Transformer, train_test_split,
};
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss};
use rushlight::optim::{Adam, AdamOptions};
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{
    GpuCounts, On, TextTable, check_folder, draw, number, plot_path, step, text, thousands, title,
};
use rushlight_train::metrics::{ClassCounts, ClassificationReport, ZeroDivision, confusion_matrix};
use rushlight_train::{LearningCurves, Progress};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Predicts from census data whether a person earns over 50,000 dollars a year.
#[derive(Parser)]
#[command(name = "adult")]
struct Flags {
    /// The number of passes over the training rows [default: 10, or 0 with --load]
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Rows in a batch
    #[arg(long, value_name = "N", default_value_t = 64)]
    batch_size: usize,
    /// Units of the hidden layer
    #[arg(long, value_name = "N", default_value_t = 32)]
    hidden: usize,
    /// Learning rate
    #[arg(
        long,
        value_name = "X",
        default_value_t = 0.001,
        allow_negative_numbers = true
    )]
    lr: f64,
    /// Seed of the weights and of the order of the batches
    #[arg(long, value_name = "N", default_value_t = 110)]
    seed: u64,
    /// Seed of the split into training and test rows
    #[arg(long, value_name = "N", default_value_t = 42)]
    split_seed: u32,
    /// The device that computes
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// Another CSV file with the columns of the Adult data
    #[arg(long, value_name = "FILE.csv")]
    data: Option<PathBuf>,
    /// Save the trained weights
    #[arg(long, value_name = "FILE.safetensors")]
    save: Option<PathBuf>,
    /// Start from saved weights; without --epochs they are only evaluated
    #[arg(long, value_name = "FILE.safetensors")]
    load: Option<PathBuf>,
    /// Draw the learning curves into this file [default: plots/adult.svg and plots/adult.png]
    #[arg(long, value_name = "FILE.svg|png", value_parser = plot_path)]
    plot: Option<PathBuf>,
    /// Write the numbers of the run as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// The numbers of the run, for comparison with those of PyTorch.
#[derive(Default, Serialize)]
struct Numbers {
    train_rows_first10: Vec<usize>,
    test_rows_first10: Vec<usize>,
    x_train_shape: [usize; 2],
    x_train_sum: f64,
    fc1_weight_first4: Vec<f32>,
    fc1_bias_first4: Vec<f32>,
    fc2_weight_first4: Vec<f32>,
    first_batch_losses: Vec<f64>,
    epoch_mean_loss: Vec<f64>,
    test_bce: f64,
    accuracy: f64,
    report: String,
    train_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    gpu: Option<GpuCounts>,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

fn example(flags: Flags) -> Result<()> {
    let mut out = std::io::stdout();
    let device = flags.device.device()?;
    for path in [&flags.save, &flags.plot, &flags.json]
        .into_iter()
        .flatten()
    {
        check_folder(path)?;
    }

    let num_epochs = flags
        .epochs
        .unwrap_or(if flags.load.is_some() { 0 } else { 10 });
    if num_epochs == 0 && flags.plot.is_some() {
        return Err(Error::value("--plot needs at least one epoch to draw"));
    }

    // Set the seed for all random numbers on all devices
    manual_seed(flags.seed);

    // Load the dataset
    let (adult, source) = match &flags.data {
        None => (rushlight_datasets::adult()?, "adult".to_owned()),
        Some(path) => (
            rushlight_datasets::adult_csv().read(path)?,
            path.display().to_string(),
        ),
    };
    let mut numbers = Numbers::default();
    let data =
        prepare(&adult, flags.split_seed, &device, &mut numbers).map_err(|e| e.context(source))?;
    writeln!(
        out,
        "{}",
        title("Adult: who earns over 50,000 dollars a year?")
    )?;
    writeln!(
        out,
        "{}",
        step("1. Data: numbers are standardized, each category is a column of zeros and ones")
    )?;
    let table = TextTable::new([
        text("rows", 8),
        number("people"),
        number("features"),
        number("over 50K (%)"),
    ]);
    writeln!(out, "{table}")?;
    for (name, x, y) in [
        ("training", &data.x_train, &data.y_train),
        ("test", &data.x_test, &data.y_test),
    ] {
        let positive = 100.0 * y.mean()?.item::<f64>()?;
        let [people, features] = [x.shape()[0], x.shape()[1]].map(thousands);
        let row = table.row(&[&name, &people, &features, &format!("{positive:.1}")]);
        writeln!(out, "{row}")?;
    }

    // Create datasets and data loaders
    let train_dataset = TensorDataset::new((data.x_train.clone(), data.y_train.clone()))?;
    let test_dataset = TensorDataset::new((data.x_test.clone(), data.y_test.clone()))?;
    let train_loader = DataLoader::builder(train_dataset)
        .batch_size(flags.batch_size)
        .shuffle(true)
        .build()?;
    let test_loader = DataLoader::builder(test_dataset)
        .batch_size(flags.batch_size)
        .build()?;

    // Create model, loss function, and optimizer
    let input_dim = data.x_train.shape()[1];
    let model = IncomePredictor::new(input_dim, flags.hidden)?.to(&device)?;
    if let Some(path) = &flags.load {
        model.load(path)?;
    }
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = Adam::new(model.parameters(), AdamOptions::new(flags.lr))?;
    numbers.fc1_weight_first4 = first4(&model, "fc1.weight")?;
    numbers.fc1_bias_first4 = first4(&model, "fc1.bias")?;
    numbers.fc2_weight_first4 = first4(&model, "fc2.weight")?;

    let parameters = thousands(model.num_parameters());
    let heading = format!("2. Model: {parameters} parameters on {device}");
    writeln!(out, "{}\n{model}", step(&heading))?;

    // Training loop
    let heading = format!(
        "3. Training: Adam with learning rate {}, batches of {}; the loss should fall",
        flags.lr, flags.batch_size
    );
    if num_epochs > 0 {
        writeln!(out, "{}", step(&heading))?;
    }
    numbers.gpu = GpuCounts::new(&device)?;
    let mut progress = Progress::new(num_epochs, train_loader.len());
    let mut curves = LearningCurves::new(
        "Adult: who earns over 50,000 dollars?",
        "epoch",
        "mean loss",
    );
    for epoch in 1..=num_epochs {
        let started = Instant::now();
        let mut shown = progress.epoch();

        // Set model to training mode
        model.train();

        // The losses stay on the device until the epoch is over: reading one would wait for its step
        let losses = Tensor::zeros([train_loader.len()], &device)?;
        let mut rows = Vec::with_capacity(train_loader.len());
        let before = GpuCounts::current(&numbers.gpu)?;

        // Process each batch
        for (i, batch) in train_loader.iter().enumerate() {
            let (batch_features, batch_labels) = batch?;

            // Zero the parameter gradients
            optimizer.zero_grad();

            // Forward pass
            let logits = model.call(&batch_features)?.squeeze_dim(1)?;

            // Compute loss
            let loss = criterion.call(&logits, &batch_labels)?;

            // Backward pass and optimize
            loss.backward()?;
            optimizer.step()?;

            losses.select(0, i as isize)?.copy_(&loss.detach())?;
            rows.push(batch_labels.numel());
            shown.advance(batch_labels.numel());
        }

        let after = GpuCounts::current(&numbers.gpu)?;
        let losses: Vec<f64> = losses.to_vec::<f32>()?.into_iter().map(f64::from).collect();
        let read = GpuCounts::current(&numbers.gpu)?;
        if let Some(gpu) = &mut numbers.gpu {
            gpu.add(rows.len(), [before, after, read]);
        }
        let total: f64 = losses.iter().zip(&rows).map(|(l, &n)| l * n as f64).sum();
        let mean_loss = shown.finish_with(total / rows.iter().sum::<usize>() as f64);
        if epoch == 1 {
            numbers.first_batch_losses = losses.iter().copied().take(8).collect();
        }
        numbers.train_seconds += started.elapsed().as_secs_f64();
        numbers.epoch_mean_loss.push(mean_loss);
        curves.push("train", epoch as f64, mean_loss);
        // Without the loader, because each pass over it draws a random number, which would change the batches of the next epoch
        model.eval();
        let test_loss = no_grad(|| {
            let logits = model.call(&data.x_test)?.squeeze_dim(1)?;
            criterion.call(&logits, &data.y_test)
        })?;
        curves.push("test", epoch as f64, test_loss.item::<f64>()?);
    }

    // Generate final predictions on test set
    model.eval();
    let (mut all_preds, mut all_labels, mut total_loss) = (Vec::new(), Vec::new(), 0.0);
    no_grad(|| {
        for batch in &test_loader {
            let (features, labels) = batch?;
            let logits = model.call(&features)?.squeeze_dim(1)?;
            let preds = logits.sigmoid()?.ge(0.5)?;
            all_preds.extend(preds.to_vec::<bool>()?);
            all_labels.extend(labels.ge(0.5)?.to_vec::<bool>()?);
            total_loss += criterion.call(&logits, &labels)?.item::<f64>()? * labels.numel() as f64;
        }
        Ok::<(), Error>(())
    })?;

    // Print detailed classification report, with a row for each label even if the test rows have only one
    let counts = ClassCounts::with_labels(&all_labels, &all_preds, &[false, true])?;
    let report = ClassificationReport::new(&counts, ZeroDivision::Zero)?
        .target_names(["<=50K", ">50K"])?
        .digits(4);
    numbers.test_bce = total_loss / all_labels.len() as f64;
    numbers.accuracy = report.accuracy.unwrap_or(f64::NAN);
    numbers.report = report.to_string();
    let rows = thousands(all_labels.len());
    let heading = format!("4. Evaluation on the {rows} test rows");
    writeln!(out, "{}\nClassification Report:\n{report}", step(&heading))?;
    let names = |labels: &[bool]| -> Vec<&str> {
        let name = |&label: &bool| if label { ">50K" } else { "<=50K" };
        labels.iter().map(name).collect()
    };
    let matrix = confusion_matrix(&names(&all_labels), &names(&all_preds))?;
    writeln!(
        out,
        "Confusion matrix, rows by label and columns by prediction:\n{matrix}\n"
    )?;
    writeln!(
        out,
        "The recall of >50K is the fraction of the people with over 50,000 dollars that the model finds, its precision the\n\
         fraction of the people that it names who earn that much. The answer \"<=50K\" for everybody has an accuracy of {:.4}.\n",
        counts.support[0] as f64 / all_labels.len() as f64
    )?;
    writeln!(
        out,
        "test loss {:.6}, trained in {:.2} s",
        numbers.test_bce, numbers.train_seconds
    )?;
    if let Some(gpu) = numbers.gpu.as_ref().filter(|_| num_epochs > 0) {
        writeln!(out, "{gpu}")?;
    }

    let mut files = Vec::new();
    if let Some(path) = &flags.save {
        model.save(path)?;
        files.push((path.clone(), "the trained weights"));
    }
    if num_epochs > 0 {
        let plots = draw(&curves, "adult", flags.plot.as_deref())?;
        files.extend(plots.into_iter().map(|path| (path, "the losses by epoch")));
    }
    if let Some(path) = &flags.json {
        let written = serde_json::to_string_pretty(&numbers)
            .map_err(Into::into)
            .and_then(|text| std::fs::write(path, text));
        written.map_err(|e| Error::io(format!("{}: {e}", path.display())))?;
        files.push((path.clone(), "the numbers of the run"));
    }
    writeln!(out)?;
    for (path, content) in files {
        writeln!(out, "wrote {}: {content}", path.display())?;
    }
    Ok(())
}

/// Features and labels, ready for the network.
struct Prepared {
    x_train: Tensor,
    y_train: Tensor,
    x_test: Tensor,
    y_test: Tensor,
}

/// Splits the rows, standardizes the numeric columns and encodes the others as one-hot columns.
fn prepare(
    adult: &Table,
    split_seed: u32,
    device: &Device,
    numbers: &mut Numbers,
) -> Result<Prepared> {
    // Convert target to binary values (0/1)
    let y: Vec<f32> = adult
        .text("class")?
        .equals(">50K")
        .into_iter()
        .map(f32::from)
        .collect();
    let x = adult.drop(["class"])?;

    // Split into training and test sets
    let rows = train_test_split(x.n_rows(), 0.2, split_seed)?;

    // Fit preprocessor on training data only, then transform both
    let mut preprocessor = ColumnTransformer::new()
        .with("num", StandardScaler::new(), Select::Numbers)
        .with(
            "cat",
            OneHotEncoder::new().handle_unknown(HandleUnknown::Ignore),
            Select::NotNumbers,
        );
    let x_train = preprocessor.fit_transform(&x.take(&rows.train)?)?;
    let x_test = preprocessor.transform(&x.take(&rows.test)?)?;

    numbers.train_rows_first10 = rows.train.iter().copied().take(10).collect();
    numbers.test_rows_first10 = rows.test.iter().copied().take(10).collect();
    numbers.x_train_shape = x_train.shape();
    numbers.x_train_sum = x_train.data().iter().map(|&x| f64::from(x as f32)).sum();

    // Convert to tensors
    let features = |x: &Matrix| x.to_tensor(DType::F32)?.to(device);
    let labels = |rows: &[usize]| {
        let y: Vec<f32> = rows.iter().map(|&row| y[row]).collect();
        Tensor::from_slice(&y, [y.len()])?.to(device)
    };
    Ok(Prepared {
        x_train: features(&x_train)?,
        y_train: labels(&rows.train)?,
        x_test: features(&x_test)?,
        y_test: labels(&rows.test)?,
    })
}

#[derive(Module)]
struct IncomePredictor {
    /// First fully connected layer
    fc1: Linear,
    /// Second fully connected layer (output)
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
        // First layer with ReLU activation
        let x = self.fc1.call(x)?.relu()?;
        // Output layer (no activation - we'll use BCEWithLogitsLoss)
        self.fc2.call(&x)
    }
}

/// The first four numbers of a parameter.
fn first4(model: &IncomePredictor, name: &str) -> Result<Vec<f32>> {
    let mut values = model
        .get_parameter(name)?
        .detach()
        .to(&Device::CPU)?
        .to_vec::<f32>()?;
    values.truncate(4);
    Ok(values)
}
