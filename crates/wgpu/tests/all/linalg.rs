//! Linear algebra, which runs on the host: the CPU's results, counted.

use crate::support::gpu;
use crate::support::sample::{Sample, layouts, same};
use rushlight_backend::{DType, Dims, IndexOp, Layout, Linalg, Output, plan};

#[test]
fn results_are_those_of_the_cpu_and_each_call_is_counted() {
    let Some(gpu) = gpu() else { return };
    let before = gpu.counts().on_host;
    let mut calls = 0;
    for dtype in [DType::F32, DType::F64] {
        for (k, layout) in layouts(&[2, 3, 3]).into_iter().enumerate() {
            let a = Sample::noise(layout, dtype, 5);
            let b = Sample::noise(layouts(&[2, 3, 4])[k], dtype, 2);
            let x = Sample::noise(layouts(&[2, 3, 4])[(k + 1) % 3], dtype, 3);
            same(&gpu, "solve", &[&a, &b], &[&x], |backend, i, o| {
                backend.linalg(plan::linalg(Linalg::Solve, i, Output::shared(o))?)
            });
            let factors = Sample::noise(layout, dtype, 3);
            let pivots = Sample::noise(Layout::contiguous(Dims::from([2, 3])), DType::I32, 3);
            same(&gpu, "lu", &[&a], &[&factors, &pivots], |backend, i, o| {
                backend.linalg(plan::linalg(Linalg::LuFactor, i, Output::shared(o))?)
            });
            calls += 2;
        }
    }
    assert_eq!(gpu.counts().on_host - before, calls);
    assert!(rushlight_wgpu::report().contains("linalg.solve"));
}

#[test]
fn faults_of_earlier_kernels_come_to_light() {
    use rushlight_backend::{Backend, View};
    let Some(gpu) = gpu() else { return };
    let square = Layout::contiguous(Dims::from([2, 2]));
    let line = Layout::contiguous(Dims::from([2]));
    let x = gpu
        .upload(bytemuck::cast_slice(&[1.0f32, 0.0, 0.0, 1.0]))
        .unwrap();
    let index = gpu.upload(bytemuck::cast_slice(&[0i64, 2])).unwrap();
    let (y, inverse) = (gpu.alloc(16).unwrap(), gpu.alloc(16).unwrap());
    let view = |storage, layout, dtype| View::new(storage, layout, dtype).unwrap();
    let y = view(&y, &square, DType::F32);
    gpu.gather(
        plan::gather(
            IndexOp::Select { dim: 0 },
            &[
                view(&x, &square, DType::F32),
                view(&index, &line, DType::I64),
            ],
            y.into(),
        )
        .unwrap(),
    )
    .unwrap();
    let told = gpu.linalg(
        plan::linalg(
            Linalg::Inverse,
            &[y],
            Output::shared(&[view(&inverse, &square, DType::F32)]),
        )
        .unwrap(),
    );
    assert!(
        told.unwrap_err()
            .message()
            .contains("index 2 is out of range")
    );
}
