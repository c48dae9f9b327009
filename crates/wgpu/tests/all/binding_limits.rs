//! Tensors that are too large for one binding, near the limit and where splitting a tensor does not shrink what a kernel binds.

use crate::support::open;
use crate::support::sample::{Sample, near, same};
use rushlight_backend::{
    Arg, Axes, Backend, Conv, ConvKind, DType, Dims, IndexOp, Layout, Map, Reduce, Scan,
    ScatterMode, View, plan,
};
use rushlight_wgpu::{Gpu, Options};

fn limited(binding_limit: u64) -> Option<Gpu> {
    open(&Options {
        binding_limit: Some(binding_limit),
        ..Options::default()
    })
}

fn contiguous(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

#[test]
fn results_whose_partial_results_hardly_fit() {
    let Some(gpu) = limited(8192) else { return };
    for n in [880, 895, 896, 897, 960, 1023, 1024, 1025] {
        let x = Sample::noise(contiguous(&[4, n]), DType::F32, 1);
        let out = Sample::new(contiguous(&[1, n]), DType::F32, |_| 0.0);
        near(&gpu, &format!("{n}"), 1e-5, &[&x], &[&out], |b, x, y| {
            b.reduce(plan::reduce(Reduce::Sum, Axes::one(0), &x[0], y[0].into())?)
        });
    }
}

#[test]
fn rows_along_the_first_dimension() {
    let Some(gpu) = limited(64 << 10) else { return };
    let x = Sample::noise(contiguous(&[700, 50]), DType::F32, 1);
    let numbers = Sample::new(contiguous(&[700, 50]), DType::F32, |_| 0.0);
    near(&gpu, "cumsum", 1e-5, &[&x], &[&numbers], |b, x, y| {
        b.scan(plan::scan(Scan::Sum, 0, &x[0], y[0].into())?)
    });
    let positions = Sample::new(contiguous(&[700, 50]), DType::I64, |_| 0.0);
    same(&gpu, "argsort", &[&x], &[&positions], |b, x, y| {
        b.argsort(plan::argsort(0, false, &x[0], y[0].into())?)
    });
    let positions = Sample::new(contiguous(&[1, 50]), DType::I64, |_| 0.0);
    same(&gpu, "argmax", &[&x], &[&positions], |b, x, y| {
        b.arg_reduce(plan::arg_reduce(Arg::Max, 0, &x[0], y[0].into())?)
    });
}

#[test]
fn positions_that_take_more_than_the_tensor() {
    let Some(gpu) = limited(64 << 10) else { return };
    let x = Sample::noise(contiguous(&[9000, 3]), DType::F16, 1);
    let positions = Sample::new(contiguous(&[9000, 1]), DType::I64, |_| 0.0);
    same(&gpu, "argmax", &[&x], &[&positions], |b, x, y| {
        b.arg_reduce(plan::arg_reduce(Arg::Max, 1, &x[0], y[0].into())?)
    });
}

fn set(gpu: &Gpu, dim: u8, [index, src, table]: [&Sample; 3]) {
    let f = IndexOp::Gather { dim };
    same(gpu, "set", &[index, src], &[table], |b, i, o| {
        let inputs = [i[0], i[1]];
        b.scatter(plan::scatter(f, ScatterMode::Set, &inputs, o[0].into())?)
    });
}

#[test]
fn claims_that_take_more_than_the_table() {
    let Some(gpu) = limited(64 << 10) else { return };
    for dtype in [DType::F16, DType::U8] {
        let n = 60_000 / dtype.size();
        let table = Sample::new(contiguous(&[n]), dtype, |_| 1.0);
        let index = Sample::indices(contiguous(&[300]), DType::I64, n, 2);
        let src = Sample::new(contiguous(&[300]), dtype, |i| (i % 100) as f64);
        set(&gpu, 0, [&index, &src, &table]);
    }
    let table = Sample::new(contiguous(&[40, 1000]), DType::U8, |_| 1.0);
    let index = Sample::indices(contiguous(&[40, 1200]), DType::I32, 1000, 2);
    let src = Sample::new(contiguous(&[40, 1200]), DType::U8, |i| (i % 100) as f64);
    set(&gpu, 1, [&index, &src, &table]);
}

#[test]
fn an_expanded_gradient_of_a_convolution() {
    let Some(gpu) = limited(8192) else { return };
    let conv = Conv {
        kind: ConvKind::InputGrad,
        stride: Dims::from([1, 1]),
        padding: Dims::from([0, 0]),
        dilation: Dims::from([1, 1]),
        groups: 1,
        result: Dims::from([16, 16]),
    };
    let expanded = Layout::strided(Dims::from([1, 16, 14, 14]), Dims::from([0; 4]), 0);
    let g = Sample::new(expanded, DType::F32, |_| 1.0);
    let weight = Sample::noise(contiguous(&[16, 1, 3, 3]), DType::F32, 2);
    let out = Sample::new(contiguous(&[1, 1, 16, 16]), DType::F32, |_| 0.0);
    near(&gpu, "conv", 1e-5, &[&g, &weight], &[&out], |b, i, o| {
        b.conv(plan::conv(&conv, &[i[0], i[1]], o[0].into())?)
    });
}

#[test]
fn a_copy_within_one_tensor() {
    let Some(gpu) = limited(4096) else { return };
    let numbers: Vec<f32> = (0..3001).map(|i| i as f32).collect();
    for forward in [true, false] {
        let storage = gpu.upload(bytemuck::cast_slice(&numbers)).unwrap();
        let layouts = [0, 1].map(|at| Layout::strided(Dims::from([3000]), Dims::from([1]), at));
        let [from, to] = if forward { [0, 1] } else { [1, 0] };
        let view = |i: usize| View::new(&storage, &layouts[i], DType::F32).unwrap();
        gpu.map(plan::map(Map::Copy, DType::F32, &[view(from)], view(to).into()).unwrap())
            .unwrap();
        let mut read = vec![0.0f32; 3001];
        gpu.download(&storage, 0, bytemuck::cast_slice_mut(&mut read))
            .unwrap();
        assert_eq!(read[to..to + 3000], numbers[from..from + 3000]);
    }
}
