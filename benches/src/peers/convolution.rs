//! Convolutions over images, forward, and with the gradients of input, weight and bias.

use super::{Reference, Row, Workload, gradient, host, randn};
use rushlight::autograd::Backward;
use rushlight::nn::{Conv2d, ConvOptions};
use rushlight::prelude::*;
use rushlight::{Error, Result, Tensor};

/// Sizes of a convolution of square images with a square kernel.
#[derive(Clone, Copy)]
struct Geometry {
    batch: usize,
    inputs: usize,
    outputs: usize,
    groups: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
}

/// Height and width of the images.
const SIZE: usize = 28;

impl Geometry {
    const fn new(batch: usize, inputs: usize, outputs: usize) -> Geometry {
        Geometry {
            batch,
            inputs,
            outputs,
            groups: 1,
            kernel: 3,
            stride: 1,
            padding: 1,
        }
    }

    fn output_size(self) -> usize {
        (SIZE + 2 * self.padding - self.kernel) / self.stride + 1
    }

    fn image(self) -> [usize; 4] {
        [self.batch, self.inputs, SIZE, SIZE]
    }

    fn layer(self) -> Result<Conv2d> {
        let options = ConvOptions::new()
            .stride(self.stride)
            .padding(self.padding)
            .groups(self.groups);
        Conv2d::with(self.inputs, self.outputs, self.kernel, options)
    }

    /// Elements of a kernel that one output reads.
    fn window(self) -> usize {
        self.inputs / self.groups * self.kernel * self.kernel
    }

    /// The row or column of the image that output `output` reads at `tap` of the kernel, unless it lies in the padding.
    fn source(self, output: usize, tap: usize) -> Option<usize> {
        (output * self.stride + tap)
            .checked_sub(self.padding)
            .filter(|&at| at < SIZE)
    }
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (key, geometry) in [
        ("conv_n32_3x32_k3", Geometry::new(32, 3, 32)),
        ("conv_n32_64x64_k3", Geometry::new(32, 64, 64)),
        ("conv_n8_128x256_k3s2", {
            let same = Geometry::new(8, 128, 256);
            Geometry { stride: 2, ..same }
        }),
    ] {
        rows.push(Row::new(format!("{key}_fwd"), move || forward(geometry)));
        let both = move || forward_and_backward(geometry);
        rows.push(Row::new(format!("{key}_fwdbwd"), both));
    }
    let depthwise = Geometry {
        groups: 128,
        ..Geometry::new(8, 128, 128)
    };
    let pointwise = Geometry {
        kernel: 1,
        padding: 0,
        ..Geometry::new(32, 64, 64)
    };
    rows.push(Row::new("depthwise_fwd", move || forward(depthwise)));
    rows.push(Row::new("conv1x1_fwd", move || forward(pointwise)));
    rows
}

fn forward(geometry: Geometry) -> Result<Workload> {
    let layer = geometry.layer()?;
    let (weight, bias) = parameters(&layer)?;
    let x = randn(&geometry.image())?;
    let layer = std::rc::Rc::new(layer);
    let input = x.clone();
    Ok(Workload::forward(
        move || layer.call(&input),
        move || output(geometry, host(&x)?, host(&weight)?, host(&bias)?),
    ))
}

fn parameters(layer: &Conv2d) -> Result<(Tensor, Tensor)> {
    let of = |name| Ok::<_, Error>(layer.get_parameter(name)?.tensor().clone());
    Ok((of("weight")?, of("bias")?))
}

/// The gradient that comes from above is 1 everywhere.
fn forward_and_backward(geometry: Geometry) -> Result<Workload> {
    let layer = geometry.layer()?;
    let (weight, bias) = parameters(&layer)?;
    let x = randn(&geometry.image())?.requires_grad_(true)?;
    let size = geometry.output_size();
    let ones = Tensor::ones([geometry.batch, geometry.outputs, size, size], ())?;
    let input = x.clone();
    Ok(Workload::recorded(
        move || {
            input.zero_grad();
            layer.zero_grad();
            layer.call(&input)?.backward_with(Backward {
                gradient: Some(&ones),
                ..Backward::default()
            })
        },
        move || {
            let count = (geometry.batch * size * size) as f64;
            Reference::values(vec![count; geometry.outputs])
                .agrees("gradient of the bias", &gradient(&bias)?)?;
            weight_gradient(geometry, host(&x)?)
                .agrees("gradient of the weight", &gradient(&weight)?)?;
            input_gradient(geometry, host(&weight)?).agrees("gradient of the input", &gradient(&x)?)
        },
    ))
}

fn output(g: Geometry, x: Vec<f64>, weight: Vec<f64>, bias: Vec<f64>) -> Result<Reference> {
    let size = g.output_size();
    let (inputs, outputs) = (g.inputs / g.groups, g.outputs / g.groups);
    let taps = g.kernel * g.kernel;
    let len = g.batch * g.outputs * size * size;
    Ok(Reference::new(len, g.window(), move |i| {
        let (col, row) = (i % size, i / size % size);
        let (channel, n) = (i / (size * size) % g.outputs, i / (size * size * g.outputs));
        let mut sum = bias[channel];
        for (at, w) in weight[channel * g.window()..][..g.window()]
            .iter()
            .enumerate()
        {
            let (input, down, right) = (at / taps, at % taps / g.kernel, at % taps % g.kernel);
            let image = (n * g.inputs + channel / outputs * inputs + input) * SIZE * SIZE;
            if let (Some(y), Some(left)) = (g.source(row, down), g.source(col, right)) {
                sum += w * x[image + y * SIZE + left];
            }
        }
        sum
    }))
}

/// `dL/dw` at a tap is the sum of the image elements that the tap meets.
fn weight_gradient(g: Geometry, x: Vec<f64>) -> Reference {
    let size = g.output_size();
    let taps = g.kernel * g.kernel;
    Reference::new(g.outputs * g.window(), g.batch * size * size, move |i| {
        let (down, right) = (i % taps / g.kernel, i % taps % g.kernel);
        let channel = i / taps % g.inputs;
        let mut sum = 0.0;
        for n in 0..g.batch {
            let image = &x[(n * g.inputs + channel) * SIZE * SIZE..][..SIZE * SIZE];
            for row in (0..size).filter_map(|row| g.source(row, down)) {
                for col in (0..size).filter_map(|col| g.source(col, right)) {
                    sum += image[row * SIZE + col];
                }
            }
        }
        sum
    })
    .within(1e-3)
}

/// `dL/dx` at an element is the sum of the weights that meet it.
fn input_gradient(g: Geometry, weight: Vec<f64>) -> Reference {
    let size = g.output_size();
    let len = g.batch * g.inputs * SIZE * SIZE;
    let taps = g.kernel * g.kernel;
    // How often a tap meets a row or column is the same for every channel.
    let meets = move |at: usize, tap: usize| (0..size).any(|o| g.source(o, tap) == Some(at));
    Reference::new(len, g.outputs * taps * 4, move |i| {
        let (col, row) = (i % SIZE, i / SIZE % SIZE);
        let channel = i / (SIZE * SIZE) % g.inputs;
        let mut sum = 0.0;
        for tap in (0..taps).filter(|tap| meets(row, tap / g.kernel) && meets(col, tap % g.kernel))
        {
            for output in 0..g.outputs {
                sum += weight[(output * g.inputs + channel) * taps + tap];
            }
        }
        sum
    })
}
