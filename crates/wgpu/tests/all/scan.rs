//! Running operations on the GPU, held against the CPU's.

use crate::support::sample::{DTYPES, Sample, layouts, mixed, near, noise};
use crate::support::{gpu, open};
use rushlight_backend::{DType, Layout, Scan, plan};
use rushlight_wgpu::{Gpu, Options};

const SCANS: [Scan; 5] = [
    Scan::Sum,
    Scan::Prod,
    Scan::LogSumExp,
    Scan::ArgMax,
    Scan::ArgMin,
];

fn contiguous(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

fn check(gpu: &Gpu, f: Scan, dim: usize, x: &Sample, tolerance: f64) {
    let Some(dtype) = f.result(x.dtype) else {
        return;
    };
    let out = Sample::new(Layout::contiguous(*x.layout.shape()), dtype, |_| 0.0);
    let what = format!("{} of {} {:?} along {dim}", f.name(), x.dtype, x.layout);
    near(gpu, &what, tolerance, &[x], &[&out], |b, x, y| {
        b.scan(plan::scan(f, dim, &x[0], y[0].into())?)
    });
}

fn rounding(dtype: DType) -> f64 {
    match dtype {
        DType::F64 => 1e-13,
        DType::F16 => 1e-3,
        DType::BF16 => 8e-3,
        _ => 2e-6,
    }
}

#[test]
fn along_any_dimension_of_any_layout() {
    let Some(gpu) = gpu() else { return };
    for layout in layouts(&[4, 33, 20]) {
        let x = Sample::new(layout, DType::F32, |i| noise(i, 1) / 8.0);
        for f in SCANS {
            (0..3).for_each(|dim| check(&gpu, f, dim, &x, 2e-6));
        }
    }
    for f in SCANS {
        check(
            &gpu,
            f,
            0,
            &Sample::noise(contiguous(&[]), DType::F32, 1),
            2e-6,
        );
        check(
            &gpu,
            f,
            1,
            &Sample::noise(contiguous(&[3, 0]), DType::F32, 1),
            0.0,
        );
    }
}

#[test]
fn every_dtype() {
    let Some(gpu) = gpu() else { return };
    for dtype in DTYPES {
        let x = Sample::new(contiguous(&[3, 40]), dtype, |i| noise(i, 2) / 4.0);
        for f in SCANS {
            check(&gpu, f, 1, &x, rounding(dtype));
        }
    }
}

#[test]
fn long_lines_in_tiles_and_parts() {
    let Some(gpu) = gpu() else { return };
    for shape in [vec![2, 5000], vec![300_001], vec![2, 70_000]] {
        let dim = shape.len() - 1;
        let x = Sample::new(contiguous(&shape), DType::F32, |i| {
            mixed(i, 7) as f64 / (1u64 << 55) as f64 - 0.5
        });
        for f in [Scan::Sum, Scan::LogSumExp, Scan::ArgMax] {
            check(&gpu, f, dim, &x, 2e-6);
        }
        let x = Sample::noise(contiguous(&shape), DType::I32, 7);
        check(&gpu, Scan::Sum, dim, &x, 0.0);
        check(&gpu, Scan::ArgMin, dim, &x, 0.0);
    }
    let x = Sample::noise(contiguous(&[40_000, 3]), DType::I32, 7);
    check(&gpu, Scan::Sum, 0, &x, 0.0);
}

#[test]
fn nan_and_infinities_are_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0];
    let x = Sample::new(contiguous(&[16, 30]), DType::F32, |i| match i % 30 {
        5 => special[i / 30 % 4],
        17 | 18 => special[i / 120],
        _ => noise(i, 3) / 8.0,
    });
    for f in SCANS {
        check(&gpu, f, 1, &x, 2e-6);
    }
}

#[test]
fn tensors_beyond_one_binding_are_split_between_rows() {
    let options = Options {
        binding_limit: Some(64 << 10),
        ..Options::default()
    };
    let Some(gpu) = open(&options) else { return };
    let x = Sample::noise(contiguous(&[100, 70, 9]), DType::I32, 4);
    check(&gpu, Scan::Sum, 1, &x, 0.0);
    check(&gpu, Scan::ArgMax, 2, &x, 0.0);
}
