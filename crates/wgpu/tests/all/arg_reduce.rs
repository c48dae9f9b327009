//! Positions of extreme elements on the GPU, held against the CPU's.

use crate::support::sample::{DTYPES, Sample, both, layouts, noise, same};
use crate::support::{gpu, open};
use rushlight_backend::{Arg, DType, Dims, Layout, plan};
use rushlight_wgpu::{Gpu, Options};

fn contiguous(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

fn check(gpu: &Gpu, dim: usize, x: &Sample) {
    let mut shape: Dims = *x.layout.shape();
    if dim < shape.len() {
        shape[dim] = 1;
    }
    let out = Sample::new(Layout::contiguous(shape), DType::I64, |_| 0.0);
    for f in [Arg::Max, Arg::Min] {
        let what = format!("{} of {} {:?} along {dim}", f.name(), x.dtype, x.layout);
        same(gpu, &what, &[x], &[&out], |b, x, y| {
            b.arg_reduce(plan::arg_reduce(f, dim, &x[0], y[0].into())?)
        });
    }
}

#[test]
fn the_first_of_equals_along_any_dimension() {
    let Some(gpu) = gpu() else { return };
    for layout in layouts(&[5, 33, 40]) {
        let x = Sample::noise(layout, DType::F32, 1);
        (0..3).for_each(|dim| check(&gpu, dim, &x));
    }
    check(&gpu, 0, &Sample::noise(contiguous(&[1]), DType::F32, 1));
    check(&gpu, 0, &Sample::noise(contiguous(&[]), DType::F32, 1));
}

#[test]
fn every_dtype() {
    let Some(gpu) = gpu() else { return };
    for dtype in DTYPES {
        check(&gpu, 1, &Sample::noise(contiguous(&[3, 300]), dtype, 2));
    }
}

#[test]
fn the_first_nan_comes_before_everything() {
    let Some(gpu) = gpu() else { return };
    let values = [1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    for n in [1, 2, 7, 700, 20_000] {
        let x = Sample::new(contiguous(&[8, n]), DType::F32, |i| {
            let (row, column) = (i / n, i % n);
            match row {
                0..4 => values[row],
                4 if column % 100 == 99 => f64::NAN,
                5 if column == n - 1 => f64::NAN,
                6 if column > n / 2 => f64::INFINITY,
                _ => noise(column, row),
            }
        });
        check(&gpu, 1, &x);
    }
}

#[test]
fn long_lines_are_searched_in_parts() {
    let Some(gpu) = gpu() else { return };
    for layout in [contiguous(&[1_000_003]), contiguous(&[3, 100_001])] {
        let dim = layout.shape().len() - 1;
        check(&gpu, dim, &Sample::noise(layout, DType::I16, 3));
    }
    check(
        &gpu,
        0,
        &Sample::noise(contiguous(&[30_000, 5]), DType::F32, 3),
    );
}

#[test]
fn nothing_has_no_extreme() {
    let Some(gpu) = gpu() else { return };
    let x = Sample::new(contiguous(&[3, 0]), DType::F32, |_| 0.0);
    let out = Sample::new(contiguous(&[3, 1]), DType::I64, |_| 0.0);
    let [cpu, gpu] = both(&gpu, &[&x], &[&out], |b, x, y| {
        b.arg_reduce(plan::arg_reduce(Arg::Max, 1, &x[0], y[0].into())?)
    });
    assert_eq!(cpu.map(|_| ()).unwrap_err(), gpu.map(|_| ()).unwrap_err());
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
    check(&gpu, 2, &x);
}
