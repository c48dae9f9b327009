//! Layer normalization and its gradients on the GPU, held against the CPU's.

use crate::support::gpu;
use crate::support::sample::{Sample, layouts, near, noise};
use rushlight_backend::{DType, Dims, Done, Error, Fused, Layout, Output, plan};
use rushlight_wgpu::Gpu;

fn dense(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

fn zeros(shape: Dims, dtype: DType) -> Sample {
    Sample::new(Layout::contiguous(shape), dtype, |_| 0.0)
}

fn check(gpu: &Gpu, what: &str, f: &Fused, inputs: &[&Sample], outs: &[&Sample], tolerance: f64) {
    near(gpu, what, tolerance, inputs, outs, |b, x, y| {
        match b.fused(plan::fused(f, x, Output::shared(y))?)? {
            Done::Yes => Ok(()),
            Done::Compose => Err(Error::device("left to be composed")),
        }
    });
}

fn check_both(gpu: &Gpu, layout: Layout, axes: usize, dtype: DType, tolerance: f64) {
    let shape = *layout.shape();
    let split = shape.len() - axes;
    let (outer, inner): (Dims, Dims) = (
        shape[..split].iter().copied().collect(),
        shape[split..].iter().copied().collect(),
    );
    let of = |layout, seed| Sample::new(layout, dtype, |i| noise(i, seed) / 4.0 + 0.5);
    let (x, g) = (of(layout, 1), of(layout, 2));
    let (w, b) = (
        of(Layout::contiguous(inner), 3),
        of(Layout::contiguous(inner), 4),
    );
    let pair: Dims = outer.iter().copied().chain([2]).collect();
    let stat = |shape, seed| {
        Sample::new(Layout::contiguous(shape), dtype.compute(), |i| {
            noise(i, seed).abs() / 8.0
        })
    };
    let (mean, scale) = (stat(pair, 5), stat(outer, 6));
    let y = zeros(shape, dtype);
    let (means, scales) = (zeros(pair, dtype.compute()), zeros(outer, dtype.compute()));
    let parameter = zeros(inner, dtype);
    for (weight, rest) in [
        (true, vec![&w, &b]),
        (true, vec![&w]),
        (false, vec![&b]),
        (false, vec![]),
    ] {
        let what = format!("{dtype} {layout:?}, {weight} and {} parameters", rest.len());
        let f = Fused::LayerNorm {
            axes,
            eps: 1e-5,
            weight,
        };
        let inputs: Vec<&Sample> = [&x].into_iter().chain(rest).collect();
        check(gpu, &what, &f, &inputs, &[&y, &means, &scales], tolerance);
    }
    for weight in [true, false] {
        let what = format!("gradients, {dtype} {layout:?}, {weight}");
        let f = Fused::LayerNormGrad { axes, weight };
        let mut inputs = vec![&g, &x, &mean, &scale];
        let mut outs = vec![&y];
        if weight {
            inputs.push(&w);
            outs.extend([&parameter, &parameter]);
        }
        check(gpu, &what, &f, &inputs, &outs, tolerance);
    }
}

#[test]
fn rows_of_any_layout() {
    let Some(gpu) = gpu() else { return };
    for layout in layouts(&[6, 5, 16]) {
        check_both(&gpu, layout, 1, DType::F32, 1e-5);
        check_both(&gpu, layout, 2, DType::F32, 1e-5);
    }
}

#[test]
fn short_and_long_rows() {
    let Some(gpu) = gpu() else { return };
    for shape in [[2, 4], [1000, 8], [3, 1024], [2, 9000], [600, 36]] {
        check_both(&gpu, dense(&shape), 1, DType::F32, 3e-5);
    }
}

#[test]
fn every_float_dtype() {
    let Some(gpu) = gpu() else { return };
    for (dtype, tolerance) in [(DType::F16, 3e-3), (DType::BF16, 2e-2), (DType::F64, 1e-13)] {
        check_both(&gpu, dense(&[5, 64]), 1, dtype, tolerance);
    }
}
