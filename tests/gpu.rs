//! Programs on a GPU over a long time and at its limits: memory stays flat, and what goes wrong is an error that names operation and device.

use rushlight::gpu::{Gpu, Options};
use rushlight::nn::{CrossEntropyLoss, Linear, Loss, ReLU, sequential};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Device, ErrorKind, Result};
use std::sync::Arc;

/// Bytes of memory of this process that are in use; 0 where the system does not tell.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = pages.split(' ').nth(1).and_then(|n| n.parse().ok());
    resident.unwrap_or(0u64) * 4096
}

/// A device of the test's own on the first adapter.
fn open(options: &Options) -> Option<(Arc<Gpu>, Device)> {
    rushlight_tests::gpu()?;
    let gpu = Arc::new(Gpu::open_with(0, options).unwrap());
    Some((gpu.clone(), Device::custom(gpu)))
}

#[test]
fn ten_thousand_training_steps_keep_memory_flat_on_both_sides() -> Result<()> {
    let Some((gpu, device)) = open(&Options::default()) else {
        return Ok(());
    };
    manual_seed(5);
    let x = Tensor::randn([32, 6], &device)?;
    let y = x.sum_dim(1, false)?.gt(0.0)?.to(DType::I64)?;
    let mut model = sequential![Linear::new(6, 16)?, ReLU::new(), Linear::new(16, 2)?];
    model.to(&device)?;
    let criterion = CrossEntropyLoss::new();
    let mut optimizer = Adam::new(model.parameters(), 0.001)?;
    let mut step = || -> Result<Tensor> {
        optimizer.zero_grad();
        let loss = criterion.call(&model.call(&x)?, &y)?;
        loss.backward()?;
        optimizer.step()?;
        Ok(loss)
    };
    let first = step()?.item::<f32>()?;
    for _ in 0..500 {
        step()?;
    }
    device.synchronize()?;
    let (host, before) = (resident(), gpu.memory());
    let mut last = first;
    for i in 0..10_000 {
        let loss = step()?;
        if i % 500 == 499 {
            last = loss.item::<f32>()?;
        }
    }
    device.synchronize()?;
    assert!(last < first / 4.0, "from {first} to {last}");
    let after = gpu.memory();
    assert_eq!(
        (after.allocated, after.blocks_made),
        (before.allocated, before.blocks_made)
    );
    let grown = resident().saturating_sub(host);
    assert!(grown < 8 << 20, "{grown} bytes more after 10,000 steps");
    Ok(())
}

#[test]
fn a_lack_of_memory_names_the_operation_and_the_device() -> Result<()> {
    let options = Options {
        memory_limit: Some(1 << 20),
        ..Options::default()
    };
    let Some((_, device)) = open(&options) else {
        return Ok(());
    };
    let x = Tensor::ones([150_000], &device)?;
    let (a, b) = (x.reshape([150_000, 1])?, x.reshape([1, 150_000])?);
    let e = a.add(&b).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::OutOfMemory);
    let told = format!("add: {device}: a block of 90000000000 bytes");
    assert!(e.message().starts_with(&told), "{e}");
    assert!(e.location().file().ends_with("gpu.rs"), "{e}");
    assert_eq!(x.sum()?.item::<f32>()?, 150_000.0);
    Ok(())
}

#[test]
fn tensors_of_two_devices_on_one_adapter_do_not_mix_and_both_are_named() -> Result<()> {
    let (Some((_, a)), Some((_, b))) = (open(&Options::default()), open(&Options::default()))
    else {
        return Ok(());
    };
    assert_ne!(a.name(), b.name());
    let (x, y) = (Tensor::ones([3], &a)?, Tensor::ones([3], &b)?);
    let e = x.add(&y).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Device);
    for name in [a.name(), b.name()] {
        assert!(e.message().contains(name), "{e}");
    }
    assert_eq!(x.add(&y.to(&a)?)?.to_vec::<f32>()?, [2.0; 3]);
    Ok(())
}

#[test]
fn a_lost_device_is_an_error_of_the_operation_and_tensors_elsewhere_go_on() -> Result<()> {
    let Some((gpu, device)) = open(&Options::default()) else {
        return Ok(());
    };
    let x = Tensor::ones([3], &device)?;
    gpu.destroy();
    let e = x.add(&x).unwrap_err();
    assert!(e.message().contains("the device is lost"), "{e}");
    assert!(x.to_vec::<f32>().is_err());
    assert!(Tensor::ones([3], &device).is_err());
    for device in rushlight_tests::devices() {
        assert_eq!(Tensor::ones([3], &device)?.sum()?.item::<f32>()?, 3.0);
    }
    Ok(())
}
