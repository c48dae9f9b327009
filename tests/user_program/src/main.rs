//! What a newcomer writes first: a perceptron on images of 28 x 28, with a loader, Adam and a schedule.

use rushlight::data::{DataLoader, TensorDataset};
use rushlight::lr_scheduler::{LRScheduler, StepLR};
use rushlight::nn::{CrossEntropyLoss, Linear, Loss, ReLU, sequential};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use std::time::Instant;

fn main() -> rushlight::Result<()> {
    manual_seed(1);
    let images = Tensor::rand([6000, 784], ())?;
    let labels = images.narrow(1, 0, 10)?.argmax_dim(1, false)?;
    let loader = DataLoader::builder(TensorDataset::new((images, labels))?)
        .batch_size(64)
        .shuffle(true)
        .build()?;
    let model = sequential![Linear::new(784, 128)?, ReLU::new(), Linear::new(128, 10)?];
    let criterion = CrossEntropyLoss::new();
    let mut optimizer = Adam::new(model.parameters(), 0.001)?;
    let mut scheduler = StepLR::new(&mut optimizer, 5)?;

    let start = Instant::now();
    let mut last = f32::NAN;
    for epoch in 0..20 {
        let mut total = 0.0;
        for batch in &loader {
            let (x, y) = batch?;
            optimizer.zero_grad();
            let loss = criterion.call(&model.call(&x)?, &y)?;
            loss.backward()?;
            optimizer.step()?;
            total += loss.item::<f32>()?;
        }
        scheduler.step(&mut optimizer)?;
        last = total / loader.len() as f32;
        println!("epoch {epoch}: {last}");
    }
    println!("seconds: {:.3}", start.elapsed().as_secs_f64());
    assert!(last < 2.2, "no better than chance, ln 10: {last}");
    Ok(())
}
