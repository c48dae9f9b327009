//! Streams of random numbers: after a seed, draws in order, each with PyTorch's numbers.

use super::args::{Answer, Args, NAMED};
use super::compare::compare;
use super::folder::{File, RandomCase};
use super::outputs::{IntoOutputs, Outputs};
use super::tolerance::Tolerance;
use super::{Outcome, Settings, Trouble, placed};
use rushlight::data::{DataLoader, TensorDataset, random_split};
use rushlight::nn::init::{self, Fan, Nonlinearity};
use rushlight::nn::{Conv2d, Embedding, Linear, functional as F};
use rushlight::{DType, Result, Tensor, manual_seed};

/// One kind of draw.
struct Row {
    name: &'static str,
    call: fn(&Args, &mut Held) -> Answer<Outputs>,
}

/// What one draw leaves to the next: a layer whose bias is looked at after its weight, a loader with another epoch.
#[derive(Default)]
struct Held {
    bias: Option<Tensor>,
    loader: Option<DataLoader<Tensor>>,
}

/// Rows as `"the case's name": |args, held| call;`.
macro_rules! draws {
    ($($name:literal: |$a:ident, $held:ident| $call:expr;)*) => {
        &[$(Row { name: $name, call: |$a, $held| IntoOutputs::outputs($call) }),*]
    };
}

const DRAWS: &[Row] = draws! {
    "rand": |a, _held| Tensor::rand(a.ints(NAMED, "size")?, a.device());
    "rand_f64": |a, _held| Tensor::rand(a.ints(NAMED, "size")?, (DType::F64, a.device()));
    "randn": |a, _held| Tensor::randn(a.ints(NAMED, "size")?, a.device());
    "randn_f64": |a, _held| Tensor::randn(a.ints(NAMED, "size")?, (DType::F64, a.device()));
    "randint": |a, _held| {
        Tensor::randint(a.int(NAMED, "low")?, a.int(NAMED, "high")?, a.ints(NAMED, "size")?, a.device())
    };
    "randperm": |a, _held| Tensor::randperm(a.size(NAMED, "n")?, a.device());
    "multinomial": |a, _held| {
        let weights: Vec<f32> = a.floats(NAMED, "weights")?.into_iter().map(|w| w as f32).collect();
        let weights = Tensor::from_slice_on(&weights, weights.len(), a.device())?;
        weights.multinomial(a.size(NAMED, "num_samples")?, a.flag(NAMED, "replacement", false)?)
    };

    "bernoulli": |a, _held| {
        let p = a.float(NAMED, "p")?;
        written(a, |t| t.bernoulli_(p))
    };
    "normal_": |a, _held| {
        let (mean, std) = (a.float(NAMED, "mean")?, a.float(NAMED, "std")?);
        written(a, |t| t.normal_(mean, std))
    };
    "uniform_": |a, _held| {
        let (from, to) = (a.float(NAMED, "from")?, a.float(NAMED, "to")?);
        written(a, |t| t.uniform_(from, to))
    };

    "dropout": |a, _held| {
        F::dropout(&Tensor::ones(a.ints(NAMED, "ones")?, a.device())?, a.float(NAMED, "p")?, true)
    };
    "Linear.weight": |a, held| {
        let layer = Linear::new(a.size(NAMED, "in")?, a.size(NAMED, "out")?)?;
        held.bias = layer.bias.as_ref().map(|b| b.tensor().clone());
        layer.weight.tensor().clone()
    };
    "Linear.bias": |_a, held| held.bias.take().into_iter().collect::<Vec<_>>();
    "Conv2d.weight": |a, held| {
        let layer = Conv2d::new(a.size(NAMED, "in")?, a.size(NAMED, "out")?, a.size(NAMED, "kernel")?)?;
        held.bias = layer.bias.as_ref().map(|b| b.tensor().clone());
        layer.weight.tensor().clone()
    };
    "Conv2d.bias": |_a, held| held.bias.take().into_iter().collect::<Vec<_>>();
    "Embedding.weight": |a, _held| {
        Embedding::new(a.size(NAMED, "num")?, a.size(NAMED, "dim")?)?.weight.tensor().clone()
    };

    "init.xavier_uniform_": |a, _held| written(a, |t| init::xavier_uniform_(t, 1.0));
    "init.xavier_normal_": |a, _held| written(a, |t| init::xavier_normal_(t, 1.0));
    "init.kaiming_uniform_": |a, _held| {
        written(a, |t| init::kaiming_uniform_(t, Fan::In, Nonlinearity::LeakyRelu(0.0)))
    };
    "init.kaiming_normal_": |a, _held| {
        written(a, |t| init::kaiming_normal_(t, Fan::In, Nonlinearity::LeakyRelu(0.0)))
    };
    "init.trunc_normal_": |a, _held| written(a, |t| init::trunc_normal_(t, 0.0, 1.0, -2.0, 2.0));
    "init.orthogonal_": |a, _held| written(a, |t| init::orthogonal_(t, 1.0));

    "DataLoader(shuffle) epoch 1": |a, held| {
        let samples = TensorDataset::new(Tensor::arange(0, a.size(NAMED, "n")?, 1, ())?)?;
        let loader = DataLoader::builder(samples).batch_size(a.size(NAMED, "batch_size")?).shuffle(true).build()?;
        epoch(held.loader.insert(loader))
    };
    "DataLoader(shuffle) epoch 2": |a, held| {
        // The loader of the first epoch, whose arguments are given again.
        a.size(NAMED, "n")?;
        a.size(NAMED, "batch_size")?;
        held.loader.as_ref().map(epoch).into_iter().collect::<Result<Vec<_>>>()
    };
    "random_split": |a, _held| {
        let samples = TensorDataset::new(Tensor::arange(0, a.size(NAMED, "n")?, 1, ())?)?;
        let [first, second]: [usize; 2] = match a.ints(NAMED, "lengths")?[..] {
            [first, second] => [first as usize, second as usize],
            _ => return super::args::unsupported("other than two parts"),
        };
        let parts = random_split(samples, [first, second], None)?;
        let order: Vec<i64> = parts.iter().flat_map(|p| p.indices()).map(|&i| i as i64).collect();
        Tensor::from_slice(&order, order.len())
    };
};

/// A new tensor of the size that is given, filled in place.
fn written(a: &Args, fill: impl FnOnce(&Tensor) -> Result<()>) -> Answer<Tensor> {
    let t = Tensor::empty(a.ints(NAMED, "size")?, a.device())?;
    fill(&t)?;
    Ok(t)
}

/// The order in which an epoch goes through the samples.
fn epoch(loader: &DataLoader<Tensor>) -> Result<Tensor> {
    let batches: Vec<Tensor> = loader.iter().collect::<Result<_>>()?;
    Tensor::cat(&batches.iter().collect::<Vec<_>>(), 0)
}

/// Seeds, draws in order and compares each draw.
pub(super) fn run(case: &RandomCase, file: &File, settings: &Settings) -> Outcome {
    manual_seed(case.seed);
    let mut held = Held::default();
    let mut worst: f64 = 0.0;
    for (i, draw) in case.draws.iter().enumerate() {
        let Some(row) = DRAWS.iter().find(|row| row.name == draw.call) else {
            return Err(Trouble::Unsupported(format!("draw {i}: {}", draw.call)));
        };
        let args = placed::args(&[], &draw.kwargs, file, settings)?;
        let Outputs(outputs) = (row.call)(&args, &mut held)?;
        if let Some(argument) = args.unread() {
            return Err(Trouble::Unsupported(format!(
                "draw {i}: {argument} is not translated"
            )));
        }
        let [got] = &outputs[..] else {
            return Err(format!("draw {i}, {}: nothing was drawn", draw.call).into());
        };
        let expected = placed::expected(file, &draw.output)?;
        let error = compare(got, &expected, Tolerance::RANDOM)
            .map_err(|e| format!("draw {i}, {}: {e}", draw.call))?;
        if error > 1.0 {
            return Err(format!("draw {i}, {}: off by {error:.3} tolerances", draw.call).into());
        }
        worst = worst.max(error);
    }
    Ok(worst)
}
