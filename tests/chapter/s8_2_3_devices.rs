//! 8.2.3 Device management, to the letter, on a real GPU backend: says so and passes where there is no adapter, unless
//! `RUSHLIGHT_REQUIRE_GPU=1`.

use super::error_of;
use crate::on_own_generator;
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss, ReLU, sequential};
use rushlight::optim::Adam;
use rushlight::prelude::*;
use rushlight::{Error, Result, gpu};
use std::panic::AssertUnwindSafe;

/// The GPU, if there is one.
fn cuda() -> Result<Option<Device>> {
    if gpu::is_available() {
        return Ok(Some(Device::gpu(0)?));
    }
    if std::env::var("RUSHLIGHT_REQUIRE_GPU").is_ok_and(|v| v == "1") {
        return Err(Error::device(
            "RUSHLIGHT_REQUIRE_GPU is set, and there is no GPU",
        ));
    }
    eprintln!("skipped: there is no GPU");
    Ok(None)
}

#[test]
fn moving_to_the_gpu_if_available() -> Result<()> {
    // Creating a tensor on CPU (default)
    let cpu_tensor = tensor!([1, 2, 3]);
    assert_eq!(*cpu_tensor.device(), Device::CPU);

    // Moving to GPU if available
    if gpu::is_available() {
        let gpu_tensor = cpu_tensor.to(&Device::gpu(0)?)?;
        // Operations on gpu_tensor will execute on the GPU
        let launched = gpu::open(0)?.counts().launches;
        let doubled = gpu_tensor.add(&gpu_tensor)?;
        assert!(gpu::open(0)?.counts().launches > launched);
        assert_eq!(doubled.device().name(), "gpu:0");
        assert_eq!(doubled.to_vec::<i64>()?, [2, 4, 6]);
        // The tensor that was moved stays where it was.
        assert_eq!(cpu_tensor.device().name(), "cpu");
        assert_eq!(cpu_tensor.to_vec::<i64>()?, [1, 2, 3]);
    }
    cuda().map(drop)
}

#[test]
fn the_usual_choice_of_a_device() -> Result<()> {
    let device = if gpu::is_available() {
        Device::gpu(0)?
    } else {
        Device::CPU
    };
    assert_eq!(gpu::is_available(), gpu::device_count() > 0);
    let x = Tensor::ones([2, 3], &device)?;
    assert_eq!(x.to(&device)?.to_vec::<f32>()?, [1.0; 6]);
    // The same device each time: tensors made by two calls mix.
    if gpu::is_available() {
        let y = Tensor::ones([2, 3], &Device::gpu(0)?)?;
        assert_eq!(x.add(&y)?.to_vec::<f32>()?, [2.0; 6]);
        let missing = error_of(Device::gpu(1000));
        assert!(
            missing.starts_with("gpu:1000: there is no such adapter; looked for Vulkan"),
            "{missing}"
        );
    }
    cuda().map(drop)
}

#[test]
fn tensors_on_different_devices_do_not_mix() -> Result<()> {
    let Some(device) = cuda()? else { return Ok(()) };
    let cpu_tensor = tensor!([1, 2, 3]);
    let gpu_tensor = tensor!([4, 5, 6]).to(&device)?;

    // This would raise a RuntimeError:
    const REFUSED: &str =
        "add: the tensors are on different devices, cpu and gpu:0; move one with to(&device)";
    let refused = error_of(cpu_tensor.add(&gpu_tensor));
    assert!(refused.starts_with(REFUSED), "{refused}");
    let turned = error_of(gpu_tensor.add(&cpu_tensor));
    assert!(turned.contains("gpu:0 and cpu"), "{turned}");
    let panicked =
        std::panic::catch_unwind(AssertUnwindSafe(|| &cpu_tensor + &gpu_tensor)).unwrap_err();
    let text = panicked.downcast_ref::<String>();
    assert!(text.is_some_and(|t| t.starts_with(REFUSED)), "{text:?}");
    let weights = Tensor::ones([3, 3], ())?;
    let product = error_of(gpu_tensor.float()?.matmul(&weights));
    assert!(
        product.starts_with("matmul: the tensors are on different devices, gpu:0 and cpu"),
        "{product}"
    );

    // Correct approaches:
    let result_on_gpu = &cpu_tensor.to(&device)? + &gpu_tensor;
    let result_on_cpu = &cpu_tensor + &gpu_tensor.to(&Device::CPU)?;
    assert_eq!(result_on_gpu.device(), &device);
    assert_eq!(result_on_cpu.device(), &Device::CPU);
    assert_eq!(result_on_gpu.to_vec::<i64>()?, [5, 7, 9]);
    assert_eq!(result_on_cpu.to_vec::<i64>()?, [5, 7, 9]);
    // A number is on no device.
    assert_eq!((&gpu_tensor + 1).to_vec::<i64>()?, [5, 6, 7]);
    Ok(())
}

/// Results of 8.2's operations, in one list.
fn results(device: &Device) -> Result<Vec<Tensor>> {
    let a = tensor!([1, 2, 3]).to(device)?;
    let b = tensor!([4, 5, 6]).to(device)?;
    let x = tensor!([[1, 2, 3], [4, 5, 6]]).to(device)?;
    let m1 = tensor!([[1, 2], [3, 4]]).to(device)?;
    let m2 = tensor!([[5, 6], [7, 8]]).to(device)?;
    let view = x.view([3, 2])?;
    let mut all = vec![
        &a + &b,
        &a * &b,
        &b - &a,
        &b / &a,
        x.sum()?,
        x.float()?.mean_dim(1, false)?,
        x.max()?,
        m1.float()?.matmul(&m2.float()?)?,
        m1.t()?.copy()?,
        x.reshape([3, 2])?.copy()?,
    ];
    // Modifying an element in the view
    view.set([0, 0], 99)?;
    all.push(x);
    Ok(all)
}

#[test]
fn results_on_the_gpu_are_those_of_the_cpu() -> Result<()> {
    let Some(device) = cuda()? else { return Ok(()) };
    for (i, (on_cpu, on_gpu)) in results(&Device::CPU)?
        .iter()
        .zip(results(&device)?)
        .enumerate()
    {
        assert_eq!(on_gpu.device(), &device, "result {i}");
        assert_eq!(on_gpu.dtype(), on_cpu.dtype(), "result {i}");
        assert_eq!(on_gpu.tolist()?, on_cpu.tolist()?, "result {i}");
    }
    Ok(())
}

/// Trains a small network for five steps, and gives its parameters.
fn train(device: &Device) -> Result<Vec<Vec<f32>>> {
    manual_seed(110);
    let x = Tensor::randn([64, 8], ())?.to(device)?;
    let y = x.narrow(1, 0, 1)?.gt(0)?.float()?;
    let mut model = sequential![Linear::new(8, 16)?, ReLU::new(), Linear::new(16, 1)?];
    // The model goes to its device before the optimizer takes its parameters.
    model.to_(device)?;
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = Adam::new(model.parameters(), 0.01)?;
    for _ in 0..5 {
        optimizer.zero_grad();
        let loss = criterion.call(&model.call(&x)?, &y)?;
        loss.backward()?;
        optimizer.step()?;
    }
    let mut all = Vec::new();
    for parameter in model.parameters() {
        assert_eq!(parameter.device(), device);
        all.push(parameter.detach().to_vec::<f32>()?);
    }
    Ok(all)
}

#[test]
fn a_model_moves_before_its_optimizer_is_made() -> Result<()> {
    let Some(device) = cuda()? else { return Ok(()) };
    let on_cpu = on_own_generator(|| train(&Device::CPU))?;
    let on_gpu = on_own_generator(|| train(&device))?;
    for (on_cpu, on_gpu) in on_cpu.iter().zip(on_gpu) {
        for (a, b) in on_cpu.iter().zip(&on_gpu) {
            assert!((a - b).abs() < 1e-5, "{a} on the CPU, {b} on the GPU");
        }
    }

    // The other order: the optimizer would go on with parameters that nobody uses any more.
    let mut model = Linear::new(2, 1)?;
    let mut optimizer = Adam::new(model.parameters(), 0.01)?;
    model.to_(&device)?;
    let x = Tensor::ones([1, 2], &device)?;
    model.call(&x)?.sum()?.backward()?;
    let stale = error_of(optimizer.step());
    assert!(stale.contains("Adam"), "{stale}");
    Ok(())
}
