//! Training for a long time takes no more memory than training for a short one. Alone in its process, whose memory it measures.

use rushlight::gpu::Gpu;
use rushlight::nn::{CrossEntropyLoss, Linear, Loss, ReLU, sequential};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Device, Result};
use std::sync::Arc;

/// Bytes of memory of this process that are in use; 0 where the system does not tell.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = pages.split(' ').nth(1).and_then(|n| n.parse().ok());
    resident.unwrap_or(0u64) * 4096
}

#[test]
fn ten_thousand_training_steps_keep_memory_flat_on_both_sides() -> Result<()> {
    if rushlight_tests::gpu().is_none() {
        return Ok(());
    }
    let gpu = Arc::new(Gpu::open(0)?);
    let device = Device::custom(gpu.clone());
    manual_seed(5);
    let x = Tensor::randn([32, 6], &device)?;
    let y = x.sum_dim(1, false)?.gt(0.0)?.to(DType::I64)?;
    let model = sequential![Linear::new(6, 16)?, ReLU::new(), Linear::new(16, 2)?].to(&device)?;
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
