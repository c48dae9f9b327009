//! A loader's batches on a device are those of the CPU, however they are put together and sent.

use crate::custom_backend::backend;
use rushlight::data::{DataLoader, Dataset, Subset, TensorDataset};
use rushlight::{DType, Device, Result, Tensor, gpu};
use std::sync::Arc;

/// A device that is none of ours, and the GPU if there is one.
fn devices() -> Result<Vec<Device>> {
    let mut devices = vec![Device::custom(Arc::new(backend::Other::default()))];
    if gpu::is_available() {
        devices.push(Device::gpu(0)?);
    } else {
        assert!(
            std::env::var("RUSHLIGHT_REQUIRE_GPU").map_or(true, |v| v != "1"),
            "there is no GPU"
        );
        eprintln!("skipped on the GPU: there is none");
    }
    Ok(devices)
}

/// Features, labels and flags of 200 samples; the features are wide enough for upload memory.
fn samples() -> Result<(Tensor, Tensor, Tensor)> {
    let x = Tensor::randn([200, 3, 40], ())?;
    let y = Tensor::arange(0, 200, 1, DType::I64)?;
    let flags = y.remainder(3)?.eq(0)?;
    Ok((x, y, flags))
}

/// The same samples one at a time.
struct OneByOne(TensorDataset<(Tensor, Tensor, Tensor)>);

impl Dataset for OneByOne {
    type Sample = (Tensor, i64, Tensor);

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> Result<Self::Sample> {
        let (x, y, flag) = self.0.get(index)?;
        Ok((x, y.item()?, flag))
    }
}

fn same(
    dataset: impl Dataset<Sample: rushlight::data::Collate<Batch = (Tensor, Tensor, Tensor)>>
    + Clone
    + 'static,
    device: &Device,
) -> Result<()> {
    for (workers, pinned) in [(0, false), (0, true), (2, false), (2, true)] {
        let on_cpu = DataLoader::builder(dataset.clone())
            .batch_size(64)
            .shuffle(true)
            .seed(7)
            .build()?;
        let on_device = DataLoader::builder(dataset.clone())
            .batch_size(64)
            .shuffle(true)
            .seed(7)
            .num_workers(workers)
            .pin_memory(pinned)
            .device(device)
            .build()?;
        let mut batches = 0;
        for (want, got) in on_cpu.iter().zip(&on_device) {
            let ((x, y, flags), (gx, gy, gflags)) = (want?, got?);
            for (want, got) in [(&x, &gx), (&y, &gy), (&flags, &gflags)] {
                assert_eq!(got.device(), device);
                assert_eq!((got.shape(), got.dtype()), (want.shape(), want.dtype()));
                assert_eq!(got.bytes()?, want.bytes()?);
            }
            batches += 1;
        }
        assert_eq!(batches, 4);
    }
    Ok(())
}

#[test]
fn batches_on_a_device_are_those_of_the_cpu() -> Result<()> {
    let dataset = TensorDataset::new(samples()?)?;
    for device in devices()? {
        same(dataset.clone(), &device)?;
        same(Arc::new(OneByOne(dataset.clone())), &device)?;
        let half = Subset::new(dataset.clone(), (0..200).rev().collect())?;
        same(half, &device)?;
    }
    Ok(())
}

#[test]
fn samples_that_lie_on_the_gpu_stay_there() -> Result<()> {
    let device = match devices()?.pop() {
        Some(device) if device.name() == "gpu:0" => device,
        _ => return Ok(()),
    };
    let (x, y, _) = samples()?;
    let on_gpu = TensorDataset::new((x.to(&device)?, y.to(&device)?))?;
    let loader = DataLoader::builder(on_gpu)
        .batch_size(50)
        .device(&device)
        .pin_memory(true)
        .build()?;
    let mut first = 0;
    let mut labels = Vec::new();
    for batch in &loader {
        let (x, y) = batch?;
        assert_eq!((x.device(), y.device()), (&device, &device));
        labels.push(y);
    }
    for batch in &labels {
        assert_eq!(
            batch.to_vec::<i64>()?,
            (first..first + 50).collect::<Vec<_>>()
        );
        first += 50;
    }
    Ok(())
}

#[test]
fn rows_and_stacks_say_what_does_not_fit() -> Result<()> {
    let (x, y, _) = samples()?;
    for device in devices()? {
        let refused = x.rows_to(&[3, 200], &device).unwrap_err();
        assert!(
            refused
                .message()
                .starts_with("rows_to: index 200 is out of range for 200 rows"),
            "{refused}"
        );
        assert_eq!(x.rows_to(&[], &device)?.shape(), [0, 3, 40]);
        let stacked = Tensor::stack_to(&[&x.select(0, 3)?, &x.select(0, 5)?], &device)?;
        assert_eq!(stacked.bytes()?, x.rows_to(&[3, 5], &Device::CPU)?.bytes()?);
        assert!(Tensor::stack_to(&[&x, &y], &device).is_err());
        assert!(Tensor::stack_to::<Tensor>(&[], &device).is_err());
        // Views that are not dense go another way to the same result.
        let turned = x.transpose(1, 2)?;
        assert_eq!(
            turned.rows_to(&[7, 0], &device)?.bytes()?,
            turned
                .narrow(0, 0, 8)?
                .rows_to(&[7, 0], &Device::CPU)?
                .bytes()?
        );
        let strided = x.select(1, 2)?;
        assert_eq!(
            strided.rows_to(&[1], &device)?.bytes()?,
            strided.narrow(0, 1, 1)?.bytes()?
        );
    }
    Ok(())
}
