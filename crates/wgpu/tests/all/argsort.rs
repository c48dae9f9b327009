//! Stable sorting orders on the GPU, held against the CPU's.

use crate::support::sample::{DTYPES, Sample, layouts, mixed, noise, same};
use crate::support::{gpu, open};
use rushlight_backend::{DType, Layout, plan};
use rushlight_wgpu::{Gpu, Options};

fn contiguous(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

fn check(gpu: &Gpu, dim: usize, x: &Sample) {
    let out = Sample::new(Layout::contiguous(*x.layout.shape()), DType::I64, |_| 0.0);
    for descending in [false, true] {
        let what = format!("{} {:?} along {dim}", x.dtype, x.layout);
        same(gpu, &what, &[x], &[&out], |b, x, y| {
            b.argsort(plan::argsort(dim, descending, &x[0], y[0].into())?)
        });
    }
}

#[test]
fn along_any_dimension_of_any_layout() {
    let Some(gpu) = gpu() else { return };
    for layout in layouts(&[4, 33, 20]) {
        let x = Sample::noise(layout, DType::F32, 1);
        (0..3).for_each(|dim| check(&gpu, dim, &x));
    }
    check(&gpu, 0, &Sample::noise(contiguous(&[]), DType::F32, 1));
    check(&gpu, 1, &Sample::noise(contiguous(&[3, 0]), DType::F32, 1));
}

#[test]
fn every_dtype_with_many_equals() {
    let Some(gpu) = gpu() else { return };
    for dtype in DTYPES {
        check(&gpu, 1, &Sample::noise(contiguous(&[3, 100]), dtype, 2));
    }
}

#[test]
fn lines_of_any_length() {
    let Some(gpu) = gpu() else { return };
    for n in [1, 2, 3, 1023, 1024, 1025, 2048, 5000, 100_003] {
        check(&gpu, 1, &Sample::noise(contiguous(&[2, n]), DType::F32, n));
        let wide = Sample::new(contiguous(&[2, n]), DType::F64, |i| {
            (mixed(i, n) % 1000) as f64 * 1e10 + (mixed(i, n + 1) % 3) as f64 - 5e12
        });
        check(&gpu, 1, &wide);
    }
    check(
        &gpu,
        0,
        &Sample::noise(contiguous(&[3000, 3]), DType::I16, 5),
    );
}

#[test]
fn both_words_of_wide_integers_count() {
    let Some(gpu) = gpu() else { return };
    let x = Sample::new(contiguous(&[3, 700]), DType::I64, |i| {
        let high = (mixed(i, 1) % 5) as f64 - 2.0;
        high * 2f64.powi(33) + (mixed(i, 2) % 7) as f64 * 2f64.powi(29)
    });
    check(&gpu, 1, &x);
}

#[test]
fn nan_is_the_largest_and_zeros_are_equal() {
    let Some(gpu) = gpu() else { return };
    let special = [
        f64::NAN,
        -0.0,
        0.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        1e-40,
    ];
    for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
        let x = Sample::new(contiguous(&[3, 50]), dtype, |i| match mixed(i, 3) % 8 {
            7 => noise(i, 4),
            k => special[k],
        });
        check(&gpu, 1, &x);
    }
}

#[test]
fn tensors_beyond_one_binding_are_split_between_rows() {
    let options = Options {
        binding_limit: Some(64 << 10),
        ..Options::default()
    };
    let Some(gpu) = open(&options) else { return };
    let x = Sample::noise(contiguous(&[100, 70, 9]), DType::F32, 4);
    check(&gpu, 1, &x);
}
