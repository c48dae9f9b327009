//! Softmax, its logarithm and their gradients on the GPU, held against the CPU's.

use crate::support::gpu;
use crate::support::sample::{Sample, layouts, near, noise};
use rushlight_backend::{DType, Done, Error, Fused, Layout, Output, plan};
use rushlight_wgpu::Gpu;

fn contiguous(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

fn check(gpu: &Gpu, f: &Fused, inputs: &[&Sample], tolerance: f64) {
    let x = inputs[0];
    let out = Sample::new(Layout::contiguous(*x.layout.shape()), x.dtype, |_| 0.0);
    let what = format!("{f:?} of {} {:?}", x.dtype, x.layout);
    near(gpu, &what, tolerance, inputs, &[&out], |b, x, y| {
        match b.fused(plan::fused(f, x, Output::shared(y))?)? {
            Done::Yes => Ok(()),
            Done::Compose => Err(Error::device("left to be composed")),
        }
    });
}

fn check_all(gpu: &Gpu, dim: usize, layout: Layout, dtype: DType, tolerance: f64) {
    let x = Sample::noise(layout, dtype, 1);
    let g = Sample::new(layout, dtype, |i| noise(i, 2) / 8.0);
    let y = Sample::new(Layout::contiguous(*layout.shape()), dtype, |i| {
        noise(i, 3).abs() / 8.0
    });
    check(gpu, &Fused::Softmax { dim, log: false }, &[&x], tolerance);
    check(gpu, &Fused::Softmax { dim, log: true }, &[&x], tolerance);
    check(
        gpu,
        &Fused::SoftmaxGrad { dim, log: false },
        &[&g, &y],
        tolerance,
    );
    check(
        gpu,
        &Fused::SoftmaxGrad { dim, log: true },
        &[&g, &y],
        tolerance,
    );
}

#[test]
fn along_any_dimension_of_any_layout() {
    let Some(gpu) = gpu() else { return };
    for layout in layouts(&[5, 33, 40]) {
        (0..3).for_each(|dim| check_all(&gpu, dim, layout, DType::F32, 1e-5));
    }
    check_all(&gpu, 0, contiguous(&[]), DType::F32, 1e-6);
    check_all(&gpu, 1, contiguous(&[3, 0]), DType::F32, 1e-6);
}

#[test]
fn short_and_long_lines() {
    let Some(gpu) = gpu() else { return };
    for n in [1, 2, 10, 17, 1000, 4096, 5001, 20_000] {
        check_all(&gpu, 1, contiguous(&[3, n]), DType::F32, 2e-5);
    }
    check_all(&gpu, 0, contiguous(&[3000, 3]), DType::F32, 2e-5);
}

#[test]
fn every_float_dtype() {
    let Some(gpu) = gpu() else { return };
    for (dtype, tolerance) in [(DType::F16, 2e-3), (DType::BF16, 1e-2), (DType::F64, 1e-13)] {
        check_all(&gpu, 1, contiguous(&[3, 64]), dtype, tolerance);
        check_all(&gpu, 0, contiguous(&[5, 7]), dtype, tolerance);
    }
}

#[test]
fn infinities_and_nan_are_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let special = [f64::NEG_INFINITY, f64::INFINITY, f64::NAN, 1e30];
    for n in [6, 8, 40] {
        let x = Sample::new(contiguous(&[6, n]), DType::F32, |i| match (i / n, i % n) {
            (row @ 0..4, 3) => special[row],
            (4, _) => f64::NEG_INFINITY,
            (5, 1..) => f64::NEG_INFINITY,
            _ => noise(i, 5),
        });
        check(&gpu, &Fused::Softmax { dim: 1, log: false }, &[&x], 1e-6);
        check(&gpu, &Fused::Softmax { dim: 1, log: true }, &[&x], 1e-6);
    }
}
