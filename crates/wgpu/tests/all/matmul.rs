//! Matrix products.

use crate::support::open;
use crate::support::sample::{Sample, layouts, near, same};
use rushlight_backend::{Backend, DType, Dims, Done, Fused, Layout, Output, Result, View, plan};
use rushlight_wgpu::{Gpu, Options};

/// Every dtype but `bool`, with how far results may be apart, in parts of the sum of magnitudes.
const DTYPES: [(DType, f64); 9] = [
    (DType::U8, 0.0),
    (DType::I8, 0.0),
    (DType::I16, 0.0),
    (DType::I32, 0.0),
    (DType::I64, 0.0),
    (DType::F16, 2e-3),
    (DType::BF16, 2e-2),
    (DType::F32, 2e-6),
    (DType::F64, 1e-14),
];

/// A device with the kernels for software adapters, and one with those for GPUs, both with guard bands.
fn on_each(test: impl Fn(&Gpu)) {
    for software in [true, false] {
        let options = Options {
            software_adapter: Some(software),
            guards: true,
            ..Options::default()
        };
        if let Some(gpu) = open(&options) {
            test(&gpu);
            gpu.check_guards().unwrap();
        }
    }
}

fn dense(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

fn product(backend: &dyn Backend, i: &[View<'_>], o: &[View<'_>]) -> Result<()> {
    backend.matmul(plan::matmul(&[i[0], i[1]], o[0].into())?)
}

/// `[m, k] x [k, n]` on both backends.
#[track_caller]
fn agree(gpu: &Gpu, dtype: DType, tolerance: f64, a: Layout, b: Layout, out: Layout) {
    let what = format!("{dtype} {a:?} x {b:?} to {out:?}");
    let a = Sample::noise(a, dtype, 1);
    let b = Sample::noise(b, dtype, 2);
    let out = Sample::noise(out, dtype, 3);
    if tolerance == 0.0 {
        same(gpu, &what, &[&a, &b], &[&out], product);
    } else {
        // Products of numbers up to 8, summed in another order.
        let k = a.layout.shape().last().copied().unwrap_or(1);
        let tolerance = tolerance * 8.0 * (k.max(1) as f64).sqrt();
        near(gpu, &what, tolerance, &[&a, &b], &[&out], product);
    }
}

#[test]
fn shapes_of_all_kinds() {
    on_each(|gpu| {
        let sizes = [
            [1, 1, 1],
            [1, 5, 7],
            [7, 1, 5],
            [5, 7, 1],
            [3, 2, 0],
            [0, 2, 3],
            [3, 0, 2],
            [13, 17, 19],
            [16, 16, 16],
            [64, 64, 64],
            [65, 63, 66],
            [8, 128, 32],
            [130, 4, 100],
            [1, 300, 257],
            [300, 1, 257],
            [2, 3, 5000],
            [33, 10, 2049],
            [70, 40, 1500],
            [200, 132, 68],
            [150, 1100, 24],
            // Few rows or few columns, on long sums and short ones.
            [1, 700, 1030],
            [3, 260, 2048],
            [6, 40, 900],
            [500, 2, 640],
            [140, 7, 1000],
            [2, 300, 20],
            [300, 2, 20],
            [1, 1, 10_000],
            // More iterations than a thread may run on a software adapter.
            [1, 1, 600_000],
            [9, 10, 70_001],
            [1024, 1030, 8],
        ];
        for [m, n, k] in sizes {
            agree(
                gpu,
                DType::F32,
                2e-6,
                dense(&[m, k]),
                dense(&[k, n]),
                dense(&[m, n]),
            );
        }
    });
}

#[test]
fn every_dtype_under_every_layout() {
    on_each(|gpu| {
        for (d, (dtype, tolerance)) in DTYPES.into_iter().enumerate() {
            for [m, n, k] in [[9, 12, 20], [40, 44, 72]] {
                let [a, b, out] = [[m, k], [k, n], [m, n]].map(|shape| layouts(&shape));
                // Drivers take long for each kernel: only float32 has them all.
                for i in (0..3).filter(|&i| dtype == DType::F32 || i == d % 3) {
                    let [a, b, out] = [a[i], b[(i + 1) % 3], out[(i + 2) % 3]];
                    agree(gpu, dtype, tolerance, a, b, out);
                }
            }
        }
    });
}

#[test]
fn batches_broadcast_and_strided() {
    on_each(|gpu| {
        let wide = |layout: Layout, shape: &[usize]| {
            layout.expand(shape.iter().copied().collect()).unwrap()
        };
        let (a, b) = (dense(&[3, 2, 5, 8]), dense(&[3, 2, 8, 12]));
        let out = dense(&[3, 2, 5, 12]);
        let cases = [
            (a, b),
            // One b for all: its rows and the batch are one product.
            (a, wide(dense(&[8, 12]), &[3, 2, 8, 12])),
            (wide(dense(&[5, 8]), &[3, 2, 5, 8]), b),
            (wide(dense(&[3, 1, 5, 8]), &[3, 2, 5, 8]), b),
            (dense(&[2, 3, 5, 8]).permute(&[1, 0, 2, 3]), b),
            (
                dense(&[5, 8, 3, 2]).permute(&[2, 3, 0, 1]),
                wide(dense(&[8, 12]), &[3, 2, 8, 12]),
            ),
        ];
        for (a, b) in cases {
            agree(gpu, DType::F32, 2e-6, a, b, out);
            agree(gpu, DType::I32, 0.0, a, b, out);
        }
        // As many tiles as make them large.
        let (a, b) = (dense(&[64, 130, 20]), dense(&[64, 140, 20]));
        let b = b.transpose(1, 2);
        agree(gpu, DType::F32, 2e-6, a, b, dense(&[64, 130, 140]));
        agree(gpu, DType::F16, 2e-3, a, b, dense(&[64, 130, 140]));
        // Vectors against one matrix.
        for [m, n] in [[1, 12], [5, 1]] {
            let (a, b) = (dense(&[40, m, 8]), dense(&[40, 8, n]));
            let (one_a, one_b) = (
                wide(dense(&[m, 8]), &[40, m, 8]),
                wide(dense(&[8, n]), &[40, 8, n]),
            );
            agree(gpu, DType::F32, 2e-6, a, one_b, dense(&[40, m, n]));
            agree(gpu, DType::F32, 2e-6, one_a, b, dense(&[40, m, n]));
        }
    });
}

#[test]
fn infinities_and_nan_stay_in_their_rows_and_columns() {
    on_each(|gpu| {
        for [m, n, k] in [[9, 10, 18], [70, 66, 40]] {
            let special = |layout, seed| {
                Sample::new(layout, DType::F32, |i| match (i + seed) % 97 {
                    0 => f64::NAN,
                    1 => f64::INFINITY,
                    2 => f64::NEG_INFINITY,
                    r => (r % 5) as f64 - 2.0,
                })
            };
            let (a, b) = (special(dense(&[m, k]), 3), special(dense(&[k, n]), 5));
            let out = Sample::noise(dense(&[m, n]), DType::F32, 3);
            near(
                gpu,
                &format!("{m} {n} {k}"),
                1e-6,
                &[&a, &b],
                &[&out],
                |backend, i, o| backend.matmul(plan::matmul(&[i[0], i[1]], o[0].into())?),
            );
        }
    });
}

#[test]
fn few_rows_and_columns_under_every_layout() {
    on_each(|gpu| {
        for [m, n, k] in [[3, 140, 700], [140, 3, 700]] {
            for dtype in [DType::F32, DType::I32] {
                let tolerance = if dtype == DType::I32 { 0.0 } else { 2e-6 };
                for (i, a) in layouts(&[m, k]).into_iter().enumerate() {
                    for b in layouts(&[k, n]) {
                        agree(gpu, dtype, tolerance, a, b, layouts(&[m, n])[i]);
                    }
                }
            }
        }
    });
}

#[test]
fn a_result_in_an_operands_memory() {
    on_each(|gpu| {
        let a = Sample::noise(dense(&[6, 6]), DType::F32, 1);
        near(gpu, "in place", 1e-5, &[], &[&a], |backend, _, o| {
            backend.matmul(plan::matmul(&[o[0], o[0]], o[0].into())?)
        });
    });
}

#[test]
fn tensors_beyond_one_binding_are_split() {
    let Some(gpu) = open(&Options {
        binding_limit: Some(1 << 14),
        ..Default::default()
    }) else {
        return;
    };
    let strided = |shape: [usize; 2], strides: [usize; 2]| {
        Layout::strided(Dims::from(shape), Dims::from(strides), 0)
    };
    for [m, n, k] in [[200, 7, 40], [7, 200, 40], [90, 80, 30], [3, 5, 3000]] {
        agree(
            &gpu,
            DType::F32,
            2e-6,
            dense(&[m, k]),
            dense(&[k, n]),
            dense(&[m, n]),
        );
    }
    agree(
        &gpu,
        DType::F32,
        2e-6,
        strided([40, 30], [1, 200]),
        dense(&[30, 5]),
        dense(&[40, 5]),
    );
}

#[test]
fn linear_adds_its_bias() {
    on_each(|gpu| {
        for (dtype, tolerance) in [(DType::F32, 1e-4), (DType::F64, 1e-12)] {
            for shape in [
                &[600][..],
                &[2, 80],
                &[300, 40],
                &[7],
                &[5, 7],
                &[2, 3, 7],
                &[2, 0, 7],
                &[3, 0],
            ] {
                let inputs = shape[shape.len() - 1];
                let outputs = if inputs > 7 { 50 } else { 6 };
                let mut result: Dims = shape.iter().copied().collect();
                result[shape.len() - 1] = outputs;
                for (k, w) in layouts(&[outputs, inputs]).into_iter().enumerate() {
                    let x = Sample::noise(layouts(shape)[k], dtype, 1);
                    let w = Sample::noise(w, dtype, 2);
                    let b = Sample::noise(layouts(&[outputs])[2 - k], dtype, 4);
                    let y = Sample::noise(Layout::contiguous(result), dtype, 3);
                    let what = format!("{dtype} {shape:?} {k}");
                    let linear = |backend: &dyn Backend, i: &[View<'_>], o: &[View<'_>]| {
                        plan::fused(&Fused::Linear, i, Output::shared(o))
                            .and_then(|call| backend.fused(call))
                            .map(|done| assert_eq!(done, Done::Yes))
                    };
                    near(gpu, &what, tolerance, &[&x, &w, &b], &[&y], linear);
                    near(gpu, &what, tolerance, &[&x, &w], &[&y], linear);
                }
            }
        }
    });
}
