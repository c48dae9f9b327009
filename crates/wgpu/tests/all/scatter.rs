//! Writing by index.

use crate::support::sample::{DTYPES, Sample, both, layouts, near, same};
use crate::support::{gpu, open};
use rushlight_backend::{DType, Dims, IndexOp, Layout, ScatterMode, plan};
use rushlight_wgpu::{Gpu, Options};

const MODES: [ScatterMode; 5] = [
    ScatterMode::Set,
    ScatterMode::Add,
    ScatterMode::Mul,
    ScatterMode::Max,
    ScatterMode::Min,
];

fn dense(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

/// Numbers whose products stay small: powers of two about 1.
fn factors(layout: Layout, dtype: DType, seed: usize) -> Sample {
    let noise = Sample::noise(layout, DType::F32, seed).bytes;
    Sample::new(layout, dtype, |i| {
        [1.0, -1.0, 2.0, 0.5][usize::from(noise[4 * i + 2]) / 16 % 4]
    })
}

/// Asks for the CPU's result: every bit, but of sums of halves, which the CPU rounds at each step.
fn check(gpu: &Gpu, what: &str, f: IndexOp, mode: ScatterMode, samples: [&Sample; 3]) {
    let [index, src, out] = samples;
    let run = |b: &dyn rushlight_backend::Backend,
               i: &[rushlight_backend::View<'_>],
               o: &[rushlight_backend::View<'_>]| {
        b.scatter(plan::scatter(f, mode, &[i[0], i[1]], o[0].into())?)
    };
    let what = format!("{what}, {mode:?} {f:?} of {}", out.dtype);
    match out.dtype {
        DType::BF16 => near(gpu, &what, 0.05, &[index, src], &[out], run),
        DType::F16 => near(gpu, &what, 0.01, &[index, src], &[out], run),
        _ => same(gpu, &what, &[index, src], &[out], run),
    }
}

#[test]
fn slices_of_every_dtype_mode_and_layout() {
    let Some(gpu) = gpu() else { return };
    for (d, dtype) in DTYPES.into_iter().enumerate() {
        for (k, layout) in layouts(&[5, 3, 6]).into_iter().enumerate() {
            for (m, mode) in MODES.into_iter().enumerate() {
                // Every third: pipelines take their time.
                if (d + k + m) % 3 != 0 {
                    continue;
                }
                let dim = ((d + m) % 3) as u8;
                let mut shape = *layout.shape();
                shape[dim as usize] = 7;
                let size = layout.shape()[dim as usize];
                let index = Sample::indices(dense(&[7]), DType::I64, size, 2);
                let src = factors(layouts(&shape)[(k + 1) % 3], dtype, 1);
                let out = factors(layout, dtype, 3);
                check(
                    &gpu,
                    &format!("layout {k}"),
                    IndexOp::Select { dim },
                    mode,
                    [&index, &src, &out],
                );
            }
        }
    }
}

#[test]
fn single_elements_with_equal_indices() {
    let Some(gpu) = gpu() else { return };
    for dtype in [DType::Bool, DType::I16, DType::I64, DType::F32, DType::F16] {
        for (m, mode) in MODES.into_iter().enumerate() {
            let dim = (m % 3) as u8;
            let at = layouts(&[4, 5, 6])[m % 3];
            let index = Sample::indices(at, DType::I32, 3, 2);
            let src = factors(dense(&[4, 5, 6]), dtype, 1);
            let mut shape = Dims::from([4, 6, 8]);
            shape[dim as usize] = 3 + m;
            let out = factors(layouts(&shape)[(m + 1) % 3], dtype, 3);
            check(
                &gpu,
                "elements",
                IndexOp::Gather { dim },
                mode,
                [&index, &src, &out],
            );
        }
    }
}

#[test]
fn long_columns() {
    let Some(gpu) = gpu() else { return };
    for (n, size) in [(65, 4), (300, 1), (1000, 10), (500, 400), (3000, 2)] {
        for mode in MODES {
            for dtype in [DType::I64, DType::I32, DType::F32, DType::U8, DType::F16] {
                // Sums of these are exact, in whatever order.
                let src = factors(dense(&[n]), dtype, 1);
                let out = factors(dense(&[size]), dtype, 3);
                let index = Sample::indices(dense(&[n]), DType::I64, size, 2);
                if mode == ScatterMode::Mul && dtype.is_float() {
                    continue;
                }
                check(
                    &gpu,
                    &format!("{n} into {size}"),
                    IndexOp::Gather { dim: 0 },
                    mode,
                    [&index, &src, &out],
                );
            }
        }
    }
}

#[test]
fn long_columns_beside_each_other() {
    let Some(gpu) = gpu() else { return };
    for mode in [ScatterMode::Set, ScatterMode::Add, ScatterMode::Max] {
        for dim in 0..2u8 {
            let shape = if dim == 0 { [200, 5] } else { [5, 200] };
            let table = if dim == 0 { [30, 5] } else { [5, 30] };
            for layout in layouts(&shape) {
                let src = factors(layout, DType::F32, 1);
                let out = factors(layouts(&table)[1], DType::F32, 3);
                let index = Sample::indices(layout, DType::I64, 30, 2);
                check(
                    &gpu,
                    "elements",
                    IndexOp::Gather { dim },
                    mode,
                    [&index, &src, &out],
                );
                let index = Sample::indices(dense(&[200]), DType::I32, 30, 2);
                check(
                    &gpu,
                    "slices",
                    IndexOp::Select { dim },
                    mode,
                    [&index, &src, &out],
                );
                // The same indices for all columns, by a stride of 0.
                let strides = if dim == 0 { [1, 0] } else { [0, 1] };
                let shared = Layout::strided(Dims::from(shape), Dims::from(strides), 0);
                let index = Sample::indices(shared, DType::I64, 30, 2);
                check(
                    &gpu,
                    "shared",
                    IndexOp::Gather { dim },
                    mode,
                    [&index, &src, &out],
                );
            }
        }
    }
}

#[test]
fn sums_of_floats_stay_close_and_are_the_same_each_time() {
    let Some(gpu) = gpu() else { return };
    let src = Sample::new(dense(&[5000]), DType::F32, |i| {
        (crate::support::sample::mixed(i, 1) % 10_000) as f64 / 9999.0
    });
    let index = Sample::indices(dense(&[5000]), DType::I64, 3, 2);
    let out = Sample::noise(dense(&[3]), DType::F32, 3);
    let f = IndexOp::Gather { dim: 0 };
    let run = |b: &dyn rushlight_backend::Backend,
               i: &[rushlight_backend::View<'_>],
               o: &[rushlight_backend::View<'_>]| {
        b.scatter(plan::scatter(
            f,
            ScatterMode::Add,
            &[i[0], i[1]],
            o[0].into(),
        )?)
    };
    near(&gpu, "sum", 1e-5, &[&index, &src], &[&out], run);
    let [_, first] = both(&gpu, &[&index, &src], &[&out], run);
    let [_, second] = both(&gpu, &[&index, &src], &[&out], run);
    assert!(first.unwrap()[0].bytes == second.unwrap()[0].bytes);
}

#[test]
fn nan_is_the_largest_and_the_smallest() {
    let Some(gpu) = gpu() else { return };
    for n in [20, 100] {
        for mode in [ScatterMode::Max, ScatterMode::Min] {
            let src = Sample::new(dense(&[n]), DType::F32, |i| {
                if i % 11 == 3 { f64::NAN } else { i as f64 }
            });
            let index = Sample::indices(dense(&[n]), DType::I64, n / 3, 2);
            let out = Sample::noise(dense(&[n / 3]), DType::F32, 3);
            near(&gpu, "NaN", 0.0, &[&index, &src], &[&out], |b, i, o| {
                b.scatter(plan::scatter(
                    IndexOp::Gather { dim: 0 },
                    mode,
                    &[i[0], i[1]],
                    o[0].into(),
                )?)
            });
        }
    }
}

#[test]
fn an_index_out_of_range_is_told_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    for n in [5, 100] {
        for mode in MODES {
            for bad in [-2.0, 4.0] {
                let index =
                    Sample::new(dense(&[n]), DType::I64, |i| if i == 3 { bad } else { 1.0 });
                let src = Sample::noise(dense(&[n]), DType::F32, 1);
                let out = Sample::noise(dense(&[4]), DType::F32, 3);
                let [cpu, gpu] = both(&gpu, &[&index, &src], &[&out], |b, i, o| {
                    b.scatter(plan::scatter(
                        IndexOp::Gather { dim: 0 },
                        mode,
                        &[i[0], i[1]],
                        o[0].into(),
                    )?)
                });
                assert_eq!(cpu.err(), gpu.err());
            }
        }
    }
}

#[test]
fn tables_and_sources_beyond_one_binding() {
    let limited = Options {
        binding_limit: Some(8192),
        ..Options::default()
    };
    let Some(gpu) = open(&limited) else { return };
    for mode in [ScatterMode::Set, ScatterMode::Add] {
        for n in [50, 75] {
            for dim in 0..2u8 {
                let shape = if dim == 0 { [n, 80] } else { [80, n] };
                let src = factors(dense(&shape), DType::F32, 1);
                let out = factors(dense(&[80, 80]), DType::F32, 3);
                let index = Sample::indices(dense(&[n]), DType::I64, 80, 2);
                let f = IndexOp::Select { dim };
                check(&gpu, "slices", f, mode, [&index, &src, &out]);
                let index = Sample::indices(dense(&shape), DType::I32, 80, 2);
                let f = IndexOp::Gather { dim };
                check(&gpu, "elements", f, mode, [&index, &src, &out]);
            }
        }
    }
}

#[test]
fn nothing_is_read_or_written_outside_the_tensors() {
    let guarded = Options {
        guards: true,
        ..Options::default()
    };
    let Some(gpu) = open(&guarded) else { return };
    for mode in [ScatterMode::Set, ScatterMode::Add] {
        for n in [9, 200] {
            for dtype in [DType::U8, DType::F32] {
                let src = factors(dense(&[n, 3]), dtype, 1);
                let out = factors(layouts(&[7, 3])[2], dtype, 3);
                let index = Sample::indices(dense(&[n]), DType::I64, 7, 2);
                let f = IndexOp::Select { dim: 0 };
                check(&gpu, "guarded", f, mode, [&index, &src, &out]);
            }
        }
    }
    gpu.check_guards().unwrap();
}
