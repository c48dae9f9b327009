//! The program `gcn` of PyTorch's examples: a graph convolutional network classifies the nodes of a graph of which few are labelled.
//!
//!     cargo run --release --example gcn
//!
//! Network (with biases) and optimizer are those of <https://github.com/pytorch/examples/tree/main/gcn>, after Kipf and Welling (2017). The
//! graph is another: not the citations of Cora, which would have to be downloaded, but the 1,797 images of handwritten digits of this
//! repository, each joined with the 10 that are nearest to it. 5 images of each digit are labelled. The adjacency matrix is dense, because
//! Rushlight has no sparse tensors. The same network is trained once more without edges, to show what the graph contributes.
//!
//! It prints a row for every 20 epochs, and draws the accuracies into `plots/gcn.svg` and `plots/gcn.png`. `tests/pytorch/gcn.py` is the
//! same program in PyTorch; `--steps 5` prints the first losses of either, which are the same.

use clap::Parser;
use rushlight::nn::functional::nll_loss;
use rushlight::nn::{Dropout, init};
use rushlight::optim::{Adam, AdamOptions};
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{
    RunFlags, TextTable, digits, draw, number, positive, text, thousands, title,
};
use rushlight_train::LearningCurves;
use std::process::ExitCode;

/// A graph convolutional network classifies the nodes of a graph of which few are labelled.
#[derive(Parser)]
struct Flags {
    /// Labelled images of each digit
    #[arg(long, default_value_t = 5, value_parser = positive)]
    labelled: usize,
    /// Nearest images that an image is joined with
    #[arg(long, default_value_t = 10)]
    neighbours: usize,
    /// Width between the two convolutions
    #[arg(long, default_value_t = 16)]
    hidden: usize,
    /// The probability of a zero in dropout
    #[arg(long, default_value_t = 0.5)]
    dropout: f64,
    /// Learning rate
    #[arg(long, default_value_t = 0.01)]
    lr: f64,
    /// Weight decay
    #[arg(long, default_value_t = 5e-4)]
    l2: f64,
    /// The number of epochs; each is one step on the whole graph
    #[arg(long, default_value_t = 200, value_parser = positive)]
    epochs: usize,
    /// Seed of the choice of labelled images, the weights and the dropout
    #[arg(long, default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    run: RunFlags,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

/// The adjacency matrix: 1 where one of two nodes is among the `k` nearest of the other, and on the diagonal. Brightness is a
/// multiple of 1/16, so that squared distances are exact, and of equally distant nodes the first are taken.
fn nearest_neighbours(x: &Tensor, k: usize) -> Result<Tensor> {
    let squares = x.square()?.sum_dim(1, false)?;
    let distances = squares.unsqueeze(1)? + &squares - x.matmul(&x.t()?)? * 2.0;
    distances.fill_diagonal_(-1, false)?;
    let nearest = distances.argsort(1, false)?.i((.., ..=k))?;
    let edges = distances.zeros_like()?.scatter(1, &nearest, 1.0)?;
    edges.maximum(&edges.t()?)
}

/// `D^-½ A D^-½`, where `D` is the diagonal matrix of the sums of the rows of `A`.
fn normalize(edges: &Tensor) -> Result<Tensor> {
    let scale = edges.sum_dim(1, false)?.rsqrt()?;
    Ok(scale.unsqueeze(1)? * edges * scale)
}

/// A mask of `count` nodes of each digit, drawn at random.
fn choose(digits: &Tensor, count: usize) -> Result<Tensor> {
    let mask = Tensor::zeros(digits.shape(), DType::Bool)?;
    for digit in 0..10 {
        let nodes = digits.eq(digit)?.nonzero()?.squeeze_dim(1)?;
        if count >= nodes.numel() {
            let found = nodes.numel();
            return Err(Error::value(format!(
                "--labelled must be less than {found}, the number of images of the digit {digit}"
            )));
        }
        let order = Tensor::randperm(nodes.numel(), ())?;
        mask.set(&nodes.i(&order.i(..count)?)?, true)?;
    }
    Ok(mask)
}

/// `A x W + b`, where `A` is the normalized adjacency matrix.
#[derive(Module)]
struct GraphConv {
    weight: Parameter,
    bias: Parameter,
}

impl GraphConv {
    fn new(inputs: usize, outputs: usize) -> Result<GraphConv> {
        let weight = Parameter::new(Tensor::empty([inputs, outputs], ())?)?;
        init::xavier_normal_(&weight, 1.0)?;
        Ok(GraphConv {
            weight,
            bias: Parameter::new(Tensor::zeros([outputs], ())?)?,
        })
    }

    fn run(&self, x: &Tensor, adjacency: &Tensor) -> Result<Tensor> {
        adjacency.matmul(&x.matmul(&self.weight)?)?.add(&self.bias)
    }
}

/// Two graph convolutions, to log-probabilities.
#[derive(Module)]
struct Gcn {
    conv1: GraphConv,
    conv2: GraphConv,
    dropout: Dropout,
}

impl Gcn {
    fn new(inputs: usize, hidden: usize, classes: usize, dropout: f64) -> Result<Gcn> {
        Ok(Gcn {
            conv1: GraphConv::new(inputs, hidden)?,
            conv2: GraphConv::new(hidden, classes)?,
            dropout: Dropout::new(dropout)?,
        })
    }

    fn run(&self, x: &Tensor, adjacency: &Tensor) -> Result<Tensor> {
        let x = self.conv1.run(x, adjacency)?.relu()?;
        let x = self.dropout.call(&x)?;
        self.conv2.run(&x, adjacency)?.log_softmax(1)
    }
}

/// The graph's nodes: features, classes, and which of the classes are known.
struct Nodes {
    x: Tensor,
    digits: Tensor,
    mask: Tensor,
}

/// Trains a network, prints a row for every 20 epochs, and adds its accuracies to `curves` under `name`.
fn train(
    name: &str,
    nodes: &Nodes,
    adjacency: &Tensor,
    flags: &Flags,
    table: &TextTable,
    curves: &mut LearningCurves,
) -> Result<()> {
    let Nodes { x, digits, mask } = nodes;
    let others = mask.logical_not()?;
    let model = Gcn::new(x.size(1)?, flags.hidden, 10, flags.dropout)?.to(x.device())?;
    let options = AdamOptions::new(flags.lr).weight_decay(flags.l2);
    let mut optimizer = Adam::new(model.parameters(), options)?;
    let epochs = flags.run.passes(flags.epochs, 40);
    for epoch in 1..=epochs {
        model.train();
        optimizer.zero_grad();
        let output = model.run(x, adjacency)?;
        let loss = nll_loss(&output.i(mask)?, &digits.i(mask)?, ())?;
        loss.backward()?;
        optimizer.step()?;
        if flags.run.steps.is_some() {
            println!("step {epoch:>4}  loss {:.8}", loss.item::<f64>()?);
        } else if epoch % 20 == 0 || epoch == epochs {
            model.eval();
            let output = no_grad(|| model.run(x, adjacency))?;
            let test_loss = nll_loss(&output.i(&others)?, &digits.i(&others)?, ())?;
            let correct = output.argmax_dim(1, false)?.eq(digits)?.float()?;
            let accuracy = correct.i(&others)?.mean()?.item::<f64>()? * 100.0;
            let row = table.row(&[
                &name,
                &epoch,
                &format!("{:.4}", loss.item::<f64>()?),
                &format!("{:.4}", test_loss.item::<f64>()?),
                &format!("{accuracy:.2}"),
            ]);
            println!("{row}");
            curves.push(name, epoch as f64, accuracy);
        }
        if flags.run.steps == Some(epoch) {
            return Ok(());
        }
    }
    Ok(())
}

fn example(flags: Flags) -> Result<()> {
    let device = flags.run.device.device()?;
    manual_seed(flags.seed);
    let (images, digits) = digits()?;
    let x = images.flatten(1, -1)?;
    let count = x.size(0)?;
    if flags.neighbours >= count {
        return Err(Error::value(format!(
            "--neighbours must be less than {count}, the number of images"
        )));
    }
    let mask = choose(&digits, flags.labelled)?;
    let edges = nearest_neighbours(&x, flags.neighbours)?;

    println!("{}", title("gcn: digits in a graph of similar images"));
    println!(
        "{} nodes, {} edges, {} labels, on {device}\n",
        thousands(count),
        thousands((edges.sum()?.item::<f64>()? as usize - count) / 2),
        mask.sum()?.item::<i64>()?
    );
    let nodes = Nodes {
        x: x.to(&device)?,
        digits: digits.to(&device)?,
        mask: mask.to(&device)?,
    };
    let table = TextTable::new([
        text("graph", 18),
        number("epoch"),
        number("train loss"),
        number("test loss"),
        number("test accuracy (%)"),
    ]);
    let mut curves = LearningCurves::new(
        "gcn: accuracy on the images without a label",
        "epoch",
        "accuracy (%)",
    );
    if flags.run.steps.is_none() {
        println!("{table}");
    }
    let graph = normalize(&edges)?.to(&device)?;
    let name = "nearest neighbours";
    train(name, &nodes, &graph, &flags, &table, &mut curves)?;
    if flags.run.steps.is_none() {
        let none = Tensor::eye(count, &device)?;
        train("no edges", &nodes, &none, &flags, &table, &mut curves)?;
    }
    if flags.run.draws() {
        println!();
        for file in draw(&curves, "gcn", None)? {
            println!("wrote {}: the accuracies by epoch", file.display());
        }
    }
    Ok(())
}
