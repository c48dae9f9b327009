//! The program `vae` of PyTorch's examples: a variational autoencoder, which learns to draw digits.
//!
//!     cargo run --release --example vae
//!
//! The network, its loss and its optimizer are those of <https://github.com/pytorch/examples/tree/main/vae> (Kingma and Welling, "Auto-Encoding
//! Variational Bayes", 2013). The images are the 1,797 digits of 8 by 8 pixels of this repository instead of MNIST, so layers and batches are
//! smaller and there are more epochs. Their pixels are made black or white, because the loss treats a pixel as the result of a coin toss; most of
//! MNIST's are so anyway.
//!
//! It prints the losses, and test images above their reconstructions and images drawn from random numbers. The images are in
//! `plots/vae_images.png` too, and the losses in `plots/vae.svg` and `plots/vae.png`. `tests/pytorch/vae.py` is the same
//! program in PyTorch; `--steps 5` prints the first losses of either, which are the same.

use clap::Parser;
use rushlight::data::{DataLoader, TensorDataset};
use rushlight::nn::Linear;
use rushlight::nn::functional::{Reduction, binary_cross_entropy};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{
    RunFlags, TextTable, as_text, digits, draw, grid, number, positive, save_png, step, thousands,
    title,
};
use rushlight_train::LearningCurves;
use std::process::ExitCode;
use std::time::Instant;

/// How many of the 1,797 digits are trained on.
const TRAIN: usize = 1437;
/// How many images are shown in a row.
const SHOWN: usize = 8;

/// A variational autoencoder, which learns to draw digits.
#[derive(Parser)]
struct Flags {
    /// The number of passes over the training images
    #[arg(long, default_value_t = 80, value_parser = positive)]
    epochs: usize,
    /// Images in a batch
    #[arg(long, default_value_t = 32)]
    batch_size: usize,
    /// Units of the hidden layers
    #[arg(long, default_value_t = 256)]
    hidden: usize,
    /// Numbers that an image is encoded as
    #[arg(long, default_value_t = 10)]
    latent: usize,
    /// Learning rate
    #[arg(long, default_value_t = 0.001)]
    lr: f64,
    /// Seed of the split, the weights, the batches and the noise
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    run: RunFlags,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

#[derive(Module)]
struct Vae {
    fc1: Linear,
    fc21: Linear,
    fc22: Linear,
    fc3: Linear,
    fc4: Linear,
    state: ModuleState,
}

impl Vae {
    fn new(hidden: usize, latent: usize) -> Result<Self> {
        Ok(Vae {
            fc1: Linear::new(64, hidden)?,
            fc21: Linear::new(hidden, latent)?,
            fc22: Linear::new(hidden, latent)?,
            fc3: Linear::new(latent, hidden)?,
            fc4: Linear::new(hidden, 64)?,
            state: ModuleState::default(),
        })
    }

    fn encode(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let h = self.fc1.call(x)?.relu()?;
        Ok((self.fc21.call(&h)?, self.fc22.call(&h)?))
    }

    fn reparameterize(&self, mu: &Tensor, logvar: &Tensor) -> Result<Tensor> {
        let std = logvar.mul(0.5)?.exp()?;
        mu.add(&std.randn_like()?.mul(&std)?)
    }

    fn decode(&self, z: &Tensor) -> Result<Tensor> {
        self.fc4.call(&self.fc3.call(z)?.relu()?)?.sigmoid()
    }
}

/// The reconstruction of an image, and mean and logarithm of the variance of what it is encoded as.
impl Forward for Vae {
    type Output = (Tensor, Tensor, Tensor);

    fn forward(&self, x: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
        let (mu, logvar) = self.encode(x)?;
        let z = self.reparameterize(&mu, &logvar)?;
        Ok((self.decode(&z)?, mu, logvar))
    }
}

/// The sums over all images of the error of reconstruction, and of the Kullback-Leibler divergence between the encoding and a standard normal
/// distribution.
fn losses(model: &Vae, x: &Tensor) -> Result<(Tensor, Tensor)> {
    let (recon, mu, logvar) = model.call(x)?;
    let bce = binary_cross_entropy(&recon, x, Reduction::Sum)?;
    let kld = (1.0 + &logvar - mu.pow(2)? - logvar.exp()?)
        .sum()?
        .mul(-0.5)?;
    Ok((bce, kld))
}

fn example(flags: Flags) -> Result<()> {
    let epochs = flags.run.passes(flags.epochs, 5);
    let device = flags.run.device.device()?;
    manual_seed(flags.seed);

    let (images, _) = digits()?;
    let order = Tensor::randperm(images.size(0)?, ())?;
    let images = images.ge(0.5)?.float()?.flatten(1, -1)?.i(&order)?;
    let images = images.to(&device)?;
    let (train, test) = (images.i(..TRAIN)?, images.i(TRAIN..)?);
    let n_test = test.size(0)?;
    let loader = DataLoader::builder(TensorDataset::new(train)?)
        .batch_size(flags.batch_size)
        .shuffle(true)
        .build()?;

    let model = Vae::new(flags.hidden, flags.latent)?.to(&device)?;
    let mut optimizer = Adam::new(model.parameters(), flags.lr)?;
    println!("{}", title("vae: an autoencoder learns to draw digits"));
    println!(
        "{} training images, {n_test} test images, {} parameters on {device}",
        thousands(TRAIN),
        thousands(model.num_parameters())
    );
    let table = TextTable::new(
        [
            "epoch",
            "train loss",
            "test loss",
            "reconstruction",
            "divergence",
            "time (s)",
        ]
        .map(number),
    );
    if flags.run.steps.is_none() {
        println!(
            "{}\n{table}",
            step(
                "1. Losses per image; that of the test images is the sum of the two columns after it"
            )
        );
    }
    let mut curves = LearningCurves::new("vae: loss by epoch", "epoch", "loss per image");
    let mut steps = 0;
    let start = Instant::now();
    for epoch in 1..=epochs {
        model.train();
        // The sum of the losses stays on the device until the epoch is over: reading a loss would wait for its step.
        let total = Tensor::zeros((), &device)?;
        for batch in &loader {
            let x = batch?;
            optimizer.zero_grad();
            let (bce, kld) = losses(&model, &x)?;
            let loss = bce + kld;
            loss.backward()?;
            optimizer.step()?;
            total.add_(&loss.detach())?;
            steps += 1;
            if flags.run.steps.is_some() {
                let loss = loss.item::<f64>()? / x.size(0)? as f64;
                println!("step {steps:>4}  loss {loss:.8}");
            }
            if flags.run.steps == Some(steps) {
                return Ok(());
            }
        }
        model.eval();
        let (bce, kld) = no_grad(|| losses(&model, &test))?;
        let train_loss = total.item::<f64>()? / TRAIN as f64;
        let [bce, kld] = [bce.item::<f64>()?, kld.item::<f64>()?].map(|sum| sum / n_test as f64);
        curves.push("train", epoch as f64, train_loss);
        curves.push("test", epoch as f64, bce + kld);
        if flags.run.steps.is_none() && (epoch == 1 || epoch % 10 == 0 || epoch == epochs) {
            let row = table.row(&[
                &epoch,
                &format!("{train_loss:.4}"),
                &format!("{:.4}", bce + kld),
                &format!("{bce:.4}"),
                &format!("{kld:.4}"),
                &format!("{:.2}", start.elapsed().as_secs_f64()),
            ]);
            println!("{row}");
        }
    }
    if flags.run.steps.is_some() {
        return Ok(());
    }

    let shown = test.i(..SHOWN)?;
    let (recon, drawn) = no_grad(|| {
        let (recon, ..) = model.call(&shown)?;
        let z = Tensor::randn([SHOWN, flags.latent], &device)?;
        Ok::<_, Error>((recon, model.decode(&z)?))
    })?;
    let images = Tensor::cat(&[&shown, &recon, &drawn], 0)?.reshape([-1, 1, 8, 8])?;
    let image = grid(&images, SHOWN)?;
    println!(
        "{}",
        step("2. Test images, their reconstructions, and images drawn from random numbers")
    );
    println!("{}", as_text(&image)?);
    if !flags.run.quick {
        let file = save_png(&image, 8, "vae_images")?;
        println!("wrote {}: these images", file.display());
        for file in draw(&curves, "vae", None)? {
            println!("wrote {}: the losses by epoch", file.display());
        }
    }
    Ok(())
}
