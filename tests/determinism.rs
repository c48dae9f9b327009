//! The same training gives the same bits on any number of threads and each time on a GPU, matrix products, convolutions and reductions included.

use crate::on_own_generator;
use rushlight::Result;
use rushlight::nn::{
    BatchNorm2d, Conv2d, CrossEntropyLoss, Flatten, Linear, Loss, MaxPool2d, ReLU, sequential,
};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::Command;

/// A few steps of a small network on images, and a hash over every bit of what was learnt.
fn train(device: &Device) -> Result<u64> {
    manual_seed(3);
    let images = Tensor::randn([48, 3, 20, 20], device)?;
    let labels = Tensor::randint(0, 10, [48], device)?;
    let model = sequential![
        Conv2d::new(3, 16, 3)?,
        BatchNorm2d::new(16)?,
        ReLU::new(),
        MaxPool2d::new(2),
        Flatten::new(),
        Linear::new(16 * 81, 300)?,
        ReLU::new(),
        Linear::new(300, 10)?
    ]
    .to(device)?;
    let criterion = CrossEntropyLoss::new();
    let mut optimizer = Adam::new(model.parameters(), 0.003)?;
    let mut hasher = DefaultHasher::new();
    for _ in 0..4 {
        optimizer.zero_grad();
        let loss = criterion.call(&model.call(&images)?, &labels)?;
        loss.backward()?;
        optimizer.step()?;
        loss.item::<f32>()?.to_bits().hash(&mut hasher);
    }
    for (_, tensor) in model.state_dict().iter() {
        tensor.bytes()?.hash(&mut hasher);
    }
    let a = Tensor::randn([700, 513], device)?;
    a.t()?
        .matmul(&a)?
        .sum_dim(0, false)?
        .bytes()?
        .hash(&mut hasher);
    a.softmax(0)?.sum()?.bytes()?.hash(&mut hasher);
    Ok(hasher.finish())
}

/// Run by [`every_number_of_threads_gives_the_same_bits`] in a process of its own.
#[test]
#[ignore = "a child process of the other test"]
fn child() -> Result<()> {
    println!("bits: {:016x}", train(&Device::CPU)?);
    Ok(())
}

#[test]
fn every_number_of_threads_gives_the_same_bits() {
    let bits = |threads: &str| {
        let output = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "determinism::child", "--ignored", "--nocapture"])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("a child process");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text
            .lines()
            .find_map(|line| line.split("bits: ").nth(1))
            .map(str::to_owned);
        line.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    };
    let one = bits("1");
    for threads in ["2", "3", "8"] {
        assert_eq!(bits(threads), one, "{threads} threads");
    }
}

#[test]
fn a_gpu_gives_the_same_bits_each_time() -> Result<()> {
    let Some(device) = rushlight_tests::gpu() else {
        return Ok(());
    };
    let first = on_own_generator(|| train(&device))?;
    for _ in 0..3 {
        assert_eq!(on_own_generator(|| train(&device))?, first);
    }
    Ok(())
}
