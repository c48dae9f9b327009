//! Reductions on the GPU, held against the CPU's.

use crate::support::gpu;
use crate::support::sample::{DTYPES, Sample, both, layouts, mixed, near};
use rushlight_backend::{Axes, Backend, DType, Dims, Layout, Reduce, Scalar, View, plan};
use rushlight_cpu::Cpu;
use rushlight_wgpu::Gpu;

fn contiguous(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

fn result(f: Reduce, axes: Axes, x: &Sample) -> Option<Sample> {
    let size = |(d, &n): (usize, &usize)| if axes.contains(d) { 1 } else { n };
    let shape: Dims = x.layout.shape().iter().enumerate().map(size).collect();
    let layout = Layout::contiguous(shape);
    Some(Sample::new(layout, f.result(x.dtype)?, |_| 0.0))
}

fn check(gpu: &Gpu, f: Reduce, axes: Axes, x: &Sample, tolerance: f64) {
    let Some(out) = result(f, axes, x) else {
        return;
    };
    let what = format!("{} of {} {:?} along {axes:?}", f.name(), x.dtype, x.layout);
    near(gpu, &what, tolerance, &[x], &[&out], |b, x, y| {
        b.reduce(plan::reduce(f, axes, &x[0], y[0].into())?)
    });
}

/// From -1 to 1.
fn small(i: usize, seed: usize) -> f64 {
    mixed(i, seed) as f64 / (1u64 << 55) as f64 - 1.0
}

fn rounding(dtype: DType) -> f64 {
    match dtype {
        DType::F64 => 1e-14,
        DType::F16 => 1e-3,
        DType::BF16 => 8e-3,
        _ => 4e-6,
    }
}

fn axes_of(set: u8) -> Axes {
    (0..8)
        .filter(|d| set >> d & 1 == 1)
        .fold(Axes::NONE, Axes::with)
}

#[test]
fn every_reduction_over_every_layout() {
    let Some(gpu) = gpu() else { return };
    let mut list = vec![
        (contiguous(&[7, 1]), Axes::one(1)),
        (contiguous(&[5]), Axes::NONE),
        (contiguous(&[]), Axes::NONE),
    ];
    for set in 1..8 {
        let axes = axes_of(set);
        list.extend(layouts(&[3, 40, 36]).into_iter().map(|l| (l, axes)));
        let slice = contiguous(&[5, 41, 37]).slice(1, 1, 30, 1);
        list.push((slice.slice(2, 3, 17, 2), axes));
    }
    if let Some(broadcast) = contiguous(&[1, 9]).expand(Dims::from([400, 9])) {
        list.push((broadcast, Axes::one(0)));
        list.push((broadcast, Axes::one(1)));
    }
    for (i, (layout, axes)) in list.into_iter().enumerate() {
        let x = Sample::new(layout, DType::F32, |k| small(k, i));
        for f in [Reduce::Sum, Reduce::Mean, Reduce::Max, Reduce::All] {
            check(&gpu, f, axes, &x, rounding(x.dtype));
        }
    }
}

#[test]
fn every_dtype() {
    let Some(gpu) = gpu() else { return };
    let shapes: [(Layout, Axes); 4] = [
        (contiguous(&[6, 40]), Axes::one(1)),
        (contiguous(&[40, 8]), Axes::one(0)),
        (contiguous(&[9, 13]).transpose(0, 1), Axes::one(0)),
        (contiguous(&[9, 13]).slice(1, 1, 5, 2), Axes::all(2)),
    ];
    // Layouts and reductions in turn: all of them for all dtypes would be hundreds of pipelines.
    for (i, dtype) in DTYPES.into_iter().enumerate() {
        for k in 0..3 {
            let (layout, axes) = shapes[(i + k) % 4];
            let f = Reduce::ALL[(2 * i + 3 * k) % Reduce::ALL.len()];
            let x = Sample::noise(layout, dtype, 5);
            check(&gpu, f, axes, &x, rounding(dtype));
        }
    }
}

#[test]
fn nothing_gives_the_identity() {
    let Some(gpu) = gpu() else { return };
    let x = Sample::new(contiguous(&[3, 0]), DType::F32, |_| 0.0);
    for &f in Reduce::ALL {
        if !matches!(f, Reduce::Max | Reduce::Min) {
            check(&gpu, f, Axes::one(1), &x, 0.0);
            check(&gpu, f, Axes::one(0), &x, 0.0);
        }
    }
    let out = Sample::new(contiguous(&[3, 1]), DType::F32, |_| 0.0);
    let [cpu, gpu] = both(&gpu, &[&x], &[&out], |b, x, y| {
        b.reduce(plan::reduce(Reduce::Max, Axes::one(1), &x[0], y[0].into())?)
    });
    assert_eq!(cpu.map(|_| ()).unwrap_err(), gpu.map(|_| ()).unwrap_err());
}

#[test]
fn nan_and_infinity_pass_through() {
    let Some(gpu) = gpu() else { return };
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0];
    for dtype in [DType::F32, DType::BF16] {
        for (i, &first) in special.iter().enumerate() {
            let x = Sample::new(contiguous(&[3, 200]), dtype, |k| match k % 200 {
                13 => first,
                150 => special[(i + 1) % 5],
                _ => -2.0,
            });
            for &f in Reduce::ALL {
                check(&gpu, f, Axes::one(1), &x, rounding(dtype));
                check(&gpu, f, Axes::one(0), &x, rounding(dtype));
            }
        }
    }
}

#[test]
fn long_sums_are_as_exact_as_the_cpus_and_always_the_same() {
    let Some(gpu) = gpu() else { return };
    let n = 1_000_003;
    let whole = Sample::new(contiguous(&[n]), DType::F32, |i| small(i, 3) + 1.0);
    // The same without vectors, and as one of several columns.
    let odd = Sample {
        layout: contiguous(&[n]).slice(0, 3, n - 3, 1),
        ..whole.clone()
    };
    let column = Sample {
        layout: Layout::strided(Dims::from([n / 8, 1]), Dims::from([8, 1]), 1),
        ..whole.clone()
    };
    for x in [whole, odd, column] {
        let axes = Axes::all(x.layout.shape().len());
        let exact: f64 = x.values().iter().sum();
        let out = result(Reduce::Sum, axes, &x).unwrap();
        let sum = |backend: &dyn Backend| {
            let x_storage = backend.upload(&x.bytes).unwrap();
            let y_storage = backend.alloc(4).unwrap();
            let view = |storage, layout| View::new(storage, layout, DType::F32).unwrap();
            let (x, y) = (view(&x_storage, &x.layout), view(&y_storage, &out.layout));
            backend
                .reduce(plan::reduce(Reduce::Sum, axes, &x, y.into()).unwrap())
                .unwrap();
            let mut bytes = [0; 4];
            backend.download(&y_storage, 0, &mut bytes).unwrap();
            f32::from_ne_bytes(bytes)
        };
        let error = |sum: f32| (f64::from(sum) - exact).abs() / exact;
        let (ours, cpus) = (error(sum(&gpu)), error(sum(&Cpu)));
        assert!(ours <= cpus + 1e-7, "off by {ours}, the CPU by {cpus}");
        assert_eq!(sum(&gpu).to_bits(), sum(&gpu).to_bits());
    }
}

#[test]
fn many_parts_of_rows_and_columns() {
    let Some(gpu) = gpu() else { return };
    for (shape, axes) in [
        ([2, 150_000], Axes::one(1)),
        ([2, 150_001], Axes::one(1)),
        ([50_000, 8], Axes::one(0)),
        ([50_000, 7], Axes::one(0)),
        ([300, 1000], Axes::one(0)),
        ([70_000, 3], Axes::one(1)),
    ] {
        let x = Sample::noise(contiguous(&shape), DType::F32, 9);
        for f in [Reduce::Mean, Reduce::Max, Reduce::Sum] {
            check(&gpu, f, axes, &x, 2e-6);
        }
        let x = Sample::noise(contiguous(&shape), DType::I8, 9);
        for f in [Reduce::Sum, Reduce::All, Reduce::Min] {
            check(&gpu, f, axes, &x, 0.0);
        }
    }
}

#[test]
fn sums_of_integers_wrap_at_64_bits() {
    let Some(gpu) = gpu() else { return };
    let big = [9.2e18, 5.0, -9.2e18, -7.0];
    let x = Sample::new(contiguous(&[5, 100]), DType::I64, |i| big[i % 4]);
    for f in [Reduce::Sum, Reduce::Prod, Reduce::Max, Reduce::Min] {
        check(&gpu, f, Axes::one(1), &x, 0.0);
        check(&gpu, f, Axes::all(2), &x, 0.0);
    }
}

#[test]
fn tensors_beyond_one_binding_are_split() {
    let Some(gpu) = gpu() else { return };
    // 160 MiB; software adapters bind 128.
    let n = 40 << 20;
    let storage = gpu.alloc(4 * n).unwrap();
    let layout = contiguous(&[4, n / 4]);
    let x = View::new(&storage, &layout, DType::F32).unwrap();
    gpu.fill(plan::fill(Scalar::Float(0.5), x.into()).unwrap())
        .unwrap();
    for (axes, shape, expected) in [
        (Axes::all(2), [1, 1], n as f32 / 2.0),
        (Axes::one(1), [4, 1], n as f32 / 8.0),
    ] {
        let layout = contiguous(&shape);
        let storage = gpu.alloc(4 * layout.numel()).unwrap();
        let y = View::new(&storage, &layout, DType::F32).unwrap();
        gpu.reduce(plan::reduce(Reduce::Sum, axes, &x, y.into()).unwrap())
            .unwrap();
        let mut sums = vec![0.0f32; layout.numel()];
        gpu.download(&storage, 0, bytemuck::cast_slice_mut(&mut sums))
            .unwrap();
        assert!(sums.iter().all(|&s| s == expected), "{sums:?}");
    }
}

#[test]
fn results_that_fill_a_binding_are_split_as_well() {
    let Some(gpu) = gpu() else { return };
    // Two rows of 80 MiB into one: no binding of 128 MiB holds two such results.
    let n = 20 << 20;
    let storage = gpu.alloc(8 * n).unwrap();
    let layout = contiguous(&[2, n]);
    let x = View::new(&storage, &layout, DType::F32).unwrap();
    gpu.fill(plan::fill(Scalar::Float(0.5), x.into()).unwrap())
        .unwrap();
    let layout = contiguous(&[1, n]);
    let storage = gpu.alloc(4 * n).unwrap();
    let y = View::new(&storage, &layout, DType::F32).unwrap();
    gpu.reduce(plan::reduce(Reduce::Sum, Axes::one(0), &x, y.into()).unwrap())
        .unwrap();
    let mut ends = [0.0f32; 4];
    gpu.download(&storage, 4 * n - 16, bytemuck::cast_slice_mut(&mut ends))
        .unwrap();
    assert_eq!(ends, [1.0; 4]);
}
