//! What the benches compute. Everything is made once; a run makes the result and lets it go.

use rushlight::Result;
use rushlight::nn::functional::scaled_dot_product_attention;
use rushlight::nn::{
    BCEWithLogitsLoss, Conv2d, ConvOptions, CrossEntropyLoss, Linear, Loss, ReLU, sequential,
};
use rushlight::optim::{Adam, SGD};
use rushlight::prelude::*;

/// Work that can be run again and again.
pub struct Work {
    /// Once.
    pub run: Box<dyn FnMut() -> Result<()>>,
    /// Floating-point operations of a run, 0 where memory is the limit.
    pub flops: f64,
    /// Bytes that a run must at least read and write.
    pub bytes: f64,
}

impl Work {
    pub(crate) fn new(flops: f64, bytes: f64, run: impl FnMut() -> Result<()> + 'static) -> Work {
        Work {
            run: Box::new(run),
            flops,
            bytes,
        }
    }
}

/// The same numbers everywhere.
fn randn(shape: &[usize], device: &Device) -> Result<Tensor> {
    // Repeating a block costs less than drawing many numbers.
    let n: usize = shape.iter().product();
    let block = Tensor::randn([n.min(1 << 16)], ())?.to_vec::<f32>()?;
    let all: Vec<f32> = block.iter().copied().cycle().take(n).collect();
    Tensor::from_slice_on(&all, shape, device)
}

/// `[n, n] x [n, n]`.
pub fn matmul(n: usize, dtype: DType, device: &Device) -> Result<Work> {
    let a = randn(&[n, n], device)?.to(dtype)?;
    let b = randn(&[n, n], device)?.to(dtype)?;
    let n = n as f64;
    let bytes = 3.0 * n * n * dtype.size() as f64;
    Ok(Work::new(2.0 * n * n * n, bytes, move || {
        a.matmul(&b).map(drop)
    }))
}

/// Elementwise functions by name: `add`, `relu`, `exp`, `gelu`.
pub fn elementwise(name: &str, n: usize, device: &Device) -> Result<Work> {
    let a = randn(&[n], device)?;
    let bytes = 4.0 * n as f64;
    Ok(match name {
        "add" => {
            let b = randn(&[n], device)?;
            Work::new(0.0, 3.0 * bytes, move || a.add(&b).map(drop))
        }
        "relu" => Work::new(0.0, 2.0 * bytes, move || a.relu().map(drop)),
        "exp" => Work::new(0.0, 2.0 * bytes, move || a.exp().map(drop)),
        "gelu" => Work::new(0.0, 2.0 * bytes, move || a.gelu().map(drop)),
        other => return Err(rushlight::Error::value(format!("no bench {other:?}"))),
    })
}

/// Standard normal numbers: drawn on the host, so that a seed means the same on every device, and uploaded where that is elsewhere.
pub fn random(n: usize, device: &Device) -> Result<Work> {
    let device = device.clone();
    Ok(Work::new(0.0, 4.0 * n as f64, move || {
        Tensor::randn([n], &device).map(drop)
    }))
}

/// Sums of a matrix: over all, over the rows (`dim` 0) or over the columns (`dim` 1).
pub fn sum(dim: Option<isize>, rows: usize, cols: usize, device: &Device) -> Result<Work> {
    let x = randn(&[rows, cols], device)?;
    let bytes = 4.0 * (rows * cols) as f64;
    Ok(match dim {
        None => Work::new(0.0, bytes, move || x.sum().map(drop)),
        Some(dim) => Work::new(0.0, bytes, move || x.sum_dim(dim, false).map(drop)),
    })
}

/// Softmax along the rows of a matrix.
pub fn softmax(rows: usize, cols: usize, device: &Device) -> Result<Work> {
    let x = randn(&[rows, cols], device)?;
    let bytes = 8.0 * (rows * cols) as f64;
    Ok(Work::new(0.0, bytes, move || x.softmax(-1).map(drop)))
}

/// A 3x3 convolution with padding, `channels` in and out, over images of 28x28.
pub fn conv(batch: usize, channels: usize, device: &Device) -> Result<Work> {
    let layer = Conv2d::with(channels, channels, 3, ConvOptions::new().padding(1))?.to(device)?;
    let x = randn(&[batch, channels, 28, 28], device)?;
    let flops = 2.0 * (batch * channels * channels * 9 * 28 * 28) as f64;
    let bytes = 8.0 * x.numel() as f64;
    Ok(Work::new(flops, bytes, move || {
        no_grad(|| layer.call(&x)).map(drop)
    }))
}

/// Attention of 8 heads of 64 over `length` positions.
pub fn attention(batch: usize, length: usize, device: &Device) -> Result<Work> {
    let (heads, width) = (8, 64);
    let shape = [batch, heads, length, width];
    let (q, k, v) = (
        randn(&shape, device)?,
        randn(&shape, device)?,
        randn(&shape, device)?,
    );
    let flops = 4.0 * (batch * heads * length * length * width) as f64;
    let bytes = 16.0 * q.numel() as f64;
    Ok(Work::new(flops, bytes, move || {
        scaled_dot_product_attention(&q, &k, &v, ()).map(drop)
    }))
}

/// A step of the chapter's Adult model (8.9): 108 features, 32 hidden units, batches of 64, Adam. Nobody reads the loss.
pub fn adult_step(device: &Device) -> Result<Work> {
    let x = randn(&[64, 108], device)?;
    let y = x.narrow(1, 0, 1)?.gt(0)?.float()?.squeeze_dim(1)?;
    let model = sequential![Linear::new(108, 32)?, ReLU::new(), Linear::new(32, 1)?].to(device)?;
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = Adam::new(model.parameters(), 0.001)?;
    let flops = 6.0 * 64.0 * (108.0 * 32.0 + 32.0);
    Ok(Work::new(flops, 0.0, move || {
        optimizer.zero_grad();
        criterion
            .call(&model.call(&x)?.squeeze_dim(1)?, &y)?
            .backward()?;
        optimizer.step()
    }))
}

/// A step of a network for MNIST: 784 inputs, two hidden layers of 512, 10 classes, SGD. Nobody reads the loss.
pub fn mnist_step(batch: usize, device: &Device) -> Result<Work> {
    let x = randn(&[batch, 784], device)?;
    let y = Tensor::randint(0, 10, [batch], ())?.to(device)?;
    let model = sequential![
        Linear::new(784, 512)?,
        ReLU::new(),
        Linear::new(512, 512)?,
        ReLU::new(),
        Linear::new(512, 10)?
    ]
    .to(device)?;
    let criterion = CrossEntropyLoss::new();
    let mut optimizer = SGD::new(model.parameters(), 0.01)?;
    let flops = 6.0 * (batch * (784 * 512 + 512 * 512 + 512 * 10)) as f64;
    Ok(Work::new(flops, 0.0, move || {
        optimizer.zero_grad();
        criterion.call(&model.call(&x)?, &y)?.backward()?;
        optimizer.step()
    }))
}
