//! Ways of a data set's batches to a device, alone and as an epoch of training a network for MNIST on them.

use crate::work::Work;
use rushlight::Result;
use rushlight::data::{DataLoader, TensorDataset};
use rushlight::nn::{CrossEntropyLoss, Linear, Loss, ReLU, sequential};
use rushlight::optim::SGD;
use rushlight::prelude::*;

/// How batches get to the device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// The loop moves each batch with `to(&device)`.
    To,
    /// The loader does, on the thread that trains.
    Device,
    /// It also puts them together in upload memory (`pin_memory`).
    Pinned,
    /// Two workers do so while the device computes.
    Workers,
    /// The data set lies on the device, and batches are selected there.
    Resident,
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 5] = [
        Way::To,
        Way::Device,
        Way::Pinned,
        Way::Workers,
        Way::Resident,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Way::To => "to in the loop",
            Way::Device => "device",
            Way::Pinned => "device, pin_memory",
            Way::Workers => "device, pin_memory, 2 workers",
            Way::Resident => "data set on the device",
        }
    }
}

/// Samples in a batch.
const BATCH: usize = 256;

/// An epoch over so many images of 784 numbers, in batches of 256, that only brings them to the device.
pub fn batches(way: Way, samples: usize, device: &Device) -> Result<Work> {
    each(way, samples, device, |_, _| Ok(()))
}

/// An epoch that also trains a network with one hidden layer of 128.
pub fn training(way: Way, samples: usize, device: &Device) -> Result<Work> {
    each(way, samples, device, step(device)?)
}

fn each(
    way: Way,
    samples: usize,
    device: &Device,
    mut step: impl FnMut(&Tensor, &Tensor) -> Result<()> + 'static,
) -> Result<Work> {
    let mut x = Tensor::rand([samples, 784], ())?;
    let mut y = Tensor::randint(0, 10, [samples], ())?;
    if way == Way::Resident {
        (x, y) = (x.to(device)?, y.to(device)?);
    }
    let bytes = (x.numel() * 4 + y.numel() * 8) as f64;
    let loader = DataLoader::builder(TensorDataset::new((x, y))?)
        .batch_size(BATCH)
        .shuffle(true)
        .seed(1)
        .pin_memory(matches!(way, Way::Pinned | Way::Workers))
        .num_workers(if way == Way::Workers { 2 } else { 0 });
    Ok(match way {
        Way::To => {
            let (loader, device) = (loader.build()?, device.clone());
            Work::new(0.0, bytes, move || {
                for batch in &loader {
                    let (x, y) = batch?;
                    step(&x.to(&device)?, &y.to(&device)?)?;
                }
                Ok(())
            })
        }
        _ => {
            let loader = loader.device(device).build()?;
            Work::new(0.0, bytes, move || {
                for batch in &loader {
                    let (x, y) = batch?;
                    step(&x, &y)?;
                }
                Ok(())
            })
        }
    })
}

/// A step on a batch; nobody reads the loss.
fn step(device: &Device) -> Result<impl FnMut(&Tensor, &Tensor) -> Result<()> + use<>> {
    let model =
        sequential![Linear::new(784, 128)?, ReLU::new(), Linear::new(128, 10)?].to(device)?;
    let criterion = CrossEntropyLoss::new();
    let mut optimizer = SGD::new(model.parameters(), 0.01)?;
    Ok(move |x: &Tensor, y: &Tensor| {
        optimizer.zero_grad();
        criterion.call(&model.call(x)?, y)?.backward()?;
        optimizer.step()
    })
}
