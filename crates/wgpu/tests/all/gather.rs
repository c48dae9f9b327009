//! Reading by index.

use crate::support::sample::{DTYPES, Sample, both, layouts, same};
use crate::support::{gpu, open};
use rushlight_backend::{DType, Dims, IndexOp, Layout, plan};
use rushlight_wgpu::Options;

fn dense(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

#[test]
fn slices_of_every_dtype_and_layout() {
    let Some(gpu) = gpu() else { return };
    for dtype in DTYPES {
        for (k, layout) in layouts(&[5, 6, 8]).into_iter().enumerate() {
            for dim in 0..3u8 {
                let x = Sample::noise(layout, dtype, 1);
                let size = layout.shape()[dim as usize];
                let index = Sample::indices(dense(&[7]), DType::I64, size, 2);
                let mut shape = *layout.shape();
                shape[dim as usize] = 7;
                let out = Sample::noise(layouts(&shape)[(k + 1) % 3], dtype, 3);
                let f = IndexOp::Select { dim };
                same(
                    &gpu,
                    &format!("{dtype} {k} {dim}"),
                    &[&x, &index],
                    &[&out],
                    |b, i, o| b.gather(plan::gather(f, &[i[0], i[1]], o[0].into())?),
                );
            }
        }
    }
}

#[test]
fn rows_that_merge_neighbours_and_rows_that_cannot() {
    let Some(gpu) = gpu() else { return };
    for dtype in [DType::U8, DType::BF16, DType::F32, DType::I64] {
        for width in [1, 2, 3, 4, 8, 16, 20] {
            for offset in [0, 4, 5] {
                let x = Layout::strided(Dims::from([9, width]), Dims::from([width, 1]), offset);
                let x = Sample::noise(x, dtype, 1);
                let index = Sample::indices(dense(&[5]), DType::I32, 9, 2);
                let out = Sample::noise(dense(&[5, width]), dtype, 3);
                same(
                    &gpu,
                    &format!("{dtype} {width} {offset}"),
                    &[&x, &index],
                    &[&out],
                    |b, i, o| {
                        b.gather(plan::gather(
                            IndexOp::Select { dim: 0 },
                            &[i[0], i[1]],
                            o[0].into(),
                        )?)
                    },
                );
            }
        }
    }
}

#[test]
fn single_elements_of_every_dtype_and_layout() {
    let Some(gpu) = gpu() else { return };
    for dtype in DTYPES {
        for (k, at) in layouts(&[4, 3, 6]).into_iter().enumerate() {
            for dim in 0..3u8 {
                let x = Sample::noise(layouts(&[4, 5, 7])[(k + 2) % 3], dtype, 1);
                let size = x.layout.shape()[dim as usize].min(4);
                let kind = if k == 1 { DType::I32 } else { DType::I64 };
                let index = Sample::indices(at, kind, size, 2);
                let out = Sample::noise(layouts(at.shape())[(k + 1) % 3], dtype, 3);
                let f = IndexOp::Gather { dim };
                same(
                    &gpu,
                    &format!("{dtype} {k} {dim}"),
                    &[&x, &index],
                    &[&out],
                    |b, i, o| b.gather(plan::gather(f, &[i[0], i[1]], o[0].into())?),
                );
            }
        }
    }
}

#[test]
fn numbers_without_dimensions_and_nothing_at_all() {
    let Some(gpu) = gpu() else { return };
    let x = Sample::noise(dense(&[]), DType::F32, 1);
    let index = Sample::indices(dense(&[]), DType::I64, 1, 2);
    let out = Sample::noise(dense(&[]), DType::F32, 3);
    let f = IndexOp::Gather { dim: 0 };
    same(&gpu, "scalar", &[&x, &index], &[&out], |b, i, o| {
        b.gather(plan::gather(f, &[i[0], i[1]], o[0].into())?)
    });
    let x = Sample::noise(dense(&[3, 2]), DType::F32, 1);
    let index = Sample::indices(dense(&[0]), DType::I64, 1, 2);
    let out = Sample::noise(dense(&[0, 2]), DType::F32, 3);
    same(&gpu, "nothing", &[&x, &index], &[&out], |b, i, o| {
        b.gather(plan::gather(
            IndexOp::Select { dim: 0 },
            &[i[0], i[1]],
            o[0].into(),
        )?)
    });
}

#[test]
fn an_index_out_of_range_is_told_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let x = Sample::noise(dense(&[3, 2]), DType::F32, 1);
    for (dtype, bad) in [
        (DType::I64, -1.0),
        (DType::I64, 3.0),
        (DType::I32, 3.0),
        (DType::I32, -7.0),
    ] {
        let index = Sample::new(dense(&[4]), dtype, |i| if i == 2 { bad } else { 1.0 });
        let out = Sample::noise(dense(&[4, 2]), DType::F32, 3);
        let [cpu, gpu] = both(&gpu, &[&x, &index], &[&out], |b, i, o| {
            b.gather(plan::gather(
                IndexOp::Select { dim: 0 },
                &[i[0], i[1]],
                o[0].into(),
            )?)
        });
        assert_eq!(cpu.err(), gpu.err());
    }
    // Beyond 32 bits, where the lower word alone would be in range.
    let index = Sample::new(dense(&[1]), DType::I64, |_| 4_294_967_297.0);
    let out = Sample::noise(dense(&[1, 2]), DType::F32, 3);
    let [_, told] = both(&gpu, &[&x, &index], &[&out], |b, i, o| {
        b.gather(plan::gather(
            IndexOp::Select { dim: 0 },
            &[i[0], i[1]],
            o[0].into(),
        )?)
    });
    assert!(told.is_err_and(|e| e.contains("out of range")));
}

#[test]
fn tables_and_results_beyond_one_binding() {
    let limited = Options {
        binding_limit: Some(8192),
        ..Options::default()
    };
    let Some(gpu) = open(&limited) else { return };
    for dim in 0..2u8 {
        // Each is three times as large as a binding.
        let x = Sample::noise(dense(&[80, 80]), DType::F32, 1);
        let index = Sample::indices(dense(&[70]), DType::I64, 80, 2);
        let shape = if dim == 0 { [70, 80] } else { [80, 70] };
        let out = Sample::noise(dense(&shape), DType::F32, 3);
        same(&gpu, "slices", &[&x, &index], &[&out], |b, i, o| {
            b.gather(plan::gather(
                IndexOp::Select { dim },
                &[i[0], i[1]],
                o[0].into(),
            )?)
        });
        let index = Sample::indices(dense(&shape), DType::I32, 80, 2);
        same(&gpu, "elements", &[&x, &index], &[&out], |b, i, o| {
            b.gather(plan::gather(
                IndexOp::Gather { dim },
                &[i[0], i[1]],
                o[0].into(),
            )?)
        });
    }
}

#[test]
fn nothing_is_read_or_written_outside_the_tensors() {
    let guarded = Options {
        guards: true,
        ..Options::default()
    };
    let Some(gpu) = open(&guarded) else { return };
    for dtype in [DType::U8, DType::F16, DType::F32, DType::I64] {
        let x = Sample::noise(layouts(&[5, 7])[2], dtype, 1);
        let index = Sample::indices(dense(&[3]), DType::I32, 5, 2);
        let out = Sample::noise(dense(&[3, 7]), dtype, 3);
        same(&gpu, "guarded", &[&x, &index], &[&out], |b, i, o| {
            b.gather(plan::gather(
                IndexOp::Select { dim: 0 },
                &[i[0], i[1]],
                o[0].into(),
            )?)
        });
    }
    gpu.check_guards().unwrap();
}
