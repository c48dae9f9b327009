//! Writing by index.

mod support;

use rushlight_backend::{DType, Dims, IndexOp, Layout, ScatterMode};
use rushlight_wgpu::Gpu;
use support::gpu;
use support::sample::{DTYPES, Sample, both, layouts, near, same};

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
    let run =
        |b: &dyn rushlight_backend::Backend,
         i: &[rushlight_backend::View<'_>],
         o: &[rushlight_backend::View<'_>]| { b.scatter(f, mode, &i[0], &i[1], &o[0]) };
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
fn nan_is_the_largest_and_the_smallest() {
    let Some(gpu) = gpu() else { return };
    for n in [20] {
        for mode in [ScatterMode::Max, ScatterMode::Min] {
            let src = Sample::new(dense(&[n]), DType::F32, |i| {
                if i % 11 == 3 { f64::NAN } else { i as f64 }
            });
            let index = Sample::indices(dense(&[n]), DType::I64, n / 3, 2);
            let out = Sample::noise(dense(&[n / 3]), DType::F32, 3);
            near(&gpu, "NaN", 0.0, &[&index, &src], &[&out], |b, i, o| {
                b.scatter(IndexOp::Gather { dim: 0 }, mode, &i[0], &i[1], &o[0])
            });
        }
    }
}

#[test]
fn an_index_out_of_range_is_told_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    for n in [5] {
        for mode in MODES {
            for bad in [-2.0, 4.0] {
                let index =
                    Sample::new(dense(&[n]), DType::I64, |i| if i == 3 { bad } else { 1.0 });
                let src = Sample::noise(dense(&[n]), DType::F32, 1);
                let out = Sample::noise(dense(&[4]), DType::F32, 3);
                let [cpu, gpu] = both(&gpu, &[&index, &src], &[&out], |b, i, o| {
                    b.scatter(IndexOp::Gather { dim: 0 }, mode, &i[0], &i[1], &o[0])
                });
                assert_eq!(cpu.err(), gpu.err());
            }
        }
    }
}
