//! `int64` where shaders have none: every operation in pairs of words gives the CPU's bits, over the whole range.

use crate::support::open;
use crate::support::sample::{Sample, both, mixed, same};
use rushlight_backend::{
    Arg, Axes, Binary, Compare, DType, Dims, IndexOp, Layout, Map, Reduce, Scalar, Scan,
    ScatterMode, Unary, plan,
};
use rushlight_wgpu::{Gpu, Options};

/// A device that computes `int64` in pairs, whatever the adapter has.
fn gpu() -> Option<Gpu> {
    open(&Options {
        int64: false,
        ..Options::default()
    })
}

fn dense(shape: &[usize]) -> Layout {
    Layout::contiguous(shape.iter().copied().collect())
}

const EDGES: [i64; 22] = [
    0,
    1,
    -1,
    2,
    -2,
    7,
    -7,
    i64::MAX,
    i64::MIN,
    i64::MAX - 1,
    i64::MIN + 1,
    1 << 31,
    -(1 << 31),
    (1 << 31) - 1,
    1 << 32,
    (1 << 32) - 1,
    -(1 << 32),
    -(1 << 32) - 1,
    (1 << 53) + 1,
    -(1 << 24) - 1,
    0x7fff_ffff_0000_0000,
    0x0000_0001_ffff_ffff,
];

/// Numbers of every size and sign; the first are `EDGES`, in an order of their own for each seed.
fn number(i: usize, seed: usize) -> i64 {
    match i < EDGES.len() * EDGES.len() {
        true if seed == 0 => EDGES[i % EDGES.len()],
        true if seed == 1 => EDGES[i / EDGES.len()],
        _ => {
            let bits = (mixed(i, seed) as u64) << 32 ^ mixed(i, seed + 7) as u64;
            bits as i64 >> (mixed(i, seed + 9) % 64)
        }
    }
}

fn ints(layout: Layout, value: impl Fn(usize) -> i64) -> Sample {
    Sample {
        bytes: (0..layout.end())
            .flat_map(|i| value(i).to_ne_bytes())
            .collect(),
        layout,
        dtype: DType::I64,
    }
}

fn wide(shape: &[usize], seed: usize) -> Sample {
    ints(dense(shape), |i| number(i, seed))
}

fn room(shape: &[usize], dtype: DType) -> Sample {
    Sample::noise(dense(shape), dtype, 3)
}

const COUNT: usize = 603;

#[test]
fn functions_of_two_numbers() {
    let Some(gpu) = gpu() else { return };
    let (a, b) = (wide(&[COUNT], 0), wide(&[COUNT], 1));
    for &f in Binary::ALL {
        let Some(result) = f.result(DType::I64).filter(|d| !d.is_float()) else {
            continue;
        };
        let divides = matches!(
            f,
            Binary::DivTrunc | Binary::DivFloor | Binary::Remainder | Binary::Fmod
        );
        let b = match divides {
            true => ints(dense(&[COUNT]), |i| match number(i, 1) {
                0 => 3,
                n => n,
            }),
            false => b.clone(),
        };
        let out = room(&[COUNT], result);
        same(&gpu, f.name(), &[&a, &b], &[&out], |g, i, o| {
            g.map(plan::map(Map::Binary(f), DType::I64, i, o[0].into())?)
        });
        let number = Scalar::Int(-0x1_0000_0003);
        same(&gpu, f.name(), &[&a], &[&out], |g, i, o| {
            g.map(plan::map(
                Map::BinaryScalar(f, number),
                DType::I64,
                i,
                o[0].into(),
            )?)
        });
        same(&gpu, f.name(), &[&b], &[&out], |g, i, o| {
            g.map(plan::map(
                Map::ScalarBinary(number, f),
                DType::I64,
                i,
                o[0].into(),
            )?)
        });
    }
}

#[test]
fn comparisons_shifts_and_powers() {
    let Some(gpu) = gpu() else { return };
    let (a, b) = (wide(&[COUNT], 0), wide(&[COUNT], 1));
    let truth = room(&[COUNT], DType::Bool);
    for &f in Compare::ALL {
        same(&gpu, f.name(), &[&a, &b], &[&truth], |g, i, o| {
            g.map(plan::map(Map::Compare(f), DType::I64, i, o[0].into())?)
        });
        for number in [0, -1, 1 << 40, i64::MIN] {
            same(&gpu, f.name(), &[&a], &[&truth], |g, i, o| {
                let f = Map::CompareScalar(f, Scalar::Int(number));
                g.map(plan::map(f, DType::I64, i, o[0].into())?)
            });
        }
    }
    let small = ints(dense(&[COUNT]), |i| (i % 70) as i64 - 3);
    let out = room(&[COUNT], DType::I64);
    for f in [Binary::ShiftLeft, Binary::ShiftRight, Binary::Pow] {
        same(&gpu, f.name(), &[&a, &small], &[&out], |g, i, o| {
            g.map(plan::map(Map::Binary(f), DType::I64, i, o[0].into())?)
        });
    }
}

#[test]
fn functions_of_one_number_and_choices() {
    let Some(gpu) = gpu() else { return };
    let (a, b) = (wide(&[COUNT], 0), wide(&[COUNT], 2));
    for &f in Unary::ALL {
        let Some(result) = f.result(DType::I64).filter(|d| !d.is_float()) else {
            continue;
        };
        let out = room(&[COUNT], result);
        same(&gpu, f.name(), &[&a], &[&out], |g, i, o| {
            g.map(plan::map(Map::Unary(f), DType::I64, i, o[0].into())?)
        });
    }
    let condition = Sample::noise(dense(&[COUNT]), DType::Bool, 5);
    let out = room(&[COUNT], DType::I64);
    same(&gpu, "where", &[&condition, &a, &b], &[&out], |g, i, o| {
        g.map(plan::map(Map::Where, DType::I64, i, o[0].into())?)
    });
    for value in [i64::MIN, -1, 1 << 33] {
        same(&gpu, "fill", &[], &[&out], |g, _, o| {
            g.fill(plan::fill(Scalar::Int(value), o[0].into())?)
        });
    }
}

#[test]
fn conversions_from_and_to_every_dtype() {
    let Some(gpu) = gpu() else { return };
    let a = wide(&[COUNT], 0);
    for dtype in [
        DType::Bool,
        DType::U8,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::F16,
        DType::BF16,
        DType::F32,
    ] {
        let out = room(&[COUNT], dtype);
        same(&gpu, &format!("to {dtype}"), &[&a], &[&out], |g, i, o| {
            g.map(plan::map(Map::Copy, dtype.compute(), i, o[0].into())?)
        });
        let x = Sample::noise(dense(&[COUNT]), dtype, 4);
        let out = room(&[COUNT], DType::I64);
        same(&gpu, &format!("from {dtype}"), &[&x], &[&out], |g, i, o| {
            g.map(plan::map(Map::Copy, DType::I64, i, o[0].into())?)
        });
    }
    // Floats of every size, beyond int64 too.
    let x = Sample::new(dense(&[300]), DType::F32, |i| {
        let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
        sign * 1.37 * 2f64.powi(i as i32 / 4 - 3)
    });
    let out = room(&[300], DType::I64);
    same(&gpu, "from large floats", &[&x], &[&out], |g, i, o| {
        g.map(plan::map(Map::Copy, DType::I64, i, o[0].into())?)
    });
}

#[test]
fn sums_products_extremes_and_positions() {
    let Some(gpu) = gpu() else { return };
    let shape = [5, 37, 11];
    let x = wide(&shape, 3);
    for dim in 0..3 {
        let mut kept = shape;
        kept[dim] = 1;
        for &f in Reduce::ALL {
            let Some(result) = f.result(DType::I64).filter(|d| !d.is_float()) else {
                continue;
            };
            let out = room(&kept, result);
            same(&gpu, f.name(), &[&x], &[&out], |g, i, o| {
                g.reduce(plan::reduce(f, Axes::one(dim), &i[0], o[0].into())?)
            });
        }
        let out = room(&kept, DType::I64);
        for f in [Arg::Max, Arg::Min] {
            same(&gpu, f.name(), &[&x], &[&out], |g, i, o| {
                g.arg_reduce(plan::arg_reduce(f, dim, &i[0], o[0].into())?)
            });
        }
        let out = room(&shape, DType::I64);
        for f in [Scan::Sum, Scan::Prod, Scan::ArgMax, Scan::ArgMin] {
            same(&gpu, f.name(), &[&x], &[&out], |g, i, o| {
                g.scan(plan::scan(f, dim, &i[0], o[0].into())?)
            });
        }
        for descending in [false, true] {
            same(&gpu, "argsort", &[&x], &[&out], |g, i, o| {
                g.argsort(plan::argsort(dim, descending, &i[0], o[0].into())?)
            });
        }
    }
    // Sums of narrower integers are wide, too.
    let x = Sample::new(dense(&[4000]), DType::I32, |i| 2e9 + i as f64);
    let out = room(&[1], DType::I64);
    same(&gpu, "sum of int32", &[&x], &[&out], |g, i, o| {
        g.reduce(plan::reduce(Reduce::Sum, Axes::one(0), &i[0], o[0].into())?)
    });
}

#[test]
fn reading_and_writing_by_index() {
    let Some(gpu) = gpu() else { return };
    for n in [9, 150] {
        let index = Sample::indices(dense(&[n]), DType::I64, 7, 2);
        let x = wide(&[7, 3], 2);
        let f = IndexOp::Select { dim: 0 };
        let out = room(&[n, 3], DType::I64);
        same(&gpu, "index_select", &[&x, &index], &[&out], |g, i, o| {
            g.gather(plan::gather(f, &[i[0], i[1]], o[0].into())?)
        });
        let source = wide(&[n, 3], 3);
        for mode in [
            ScatterMode::Set,
            ScatterMode::Add,
            ScatterMode::Mul,
            ScatterMode::Max,
            ScatterMode::Min,
        ] {
            let table = wide(&[7, 3], 4);
            same(
                &gpu,
                mode.name(),
                &[&index, &source],
                &[&table],
                |g, i, o| g.scatter(plan::scatter(f, mode, &[i[0], i[1]], o[0].into())?),
            );
        }
    }
}

#[test]
fn products_of_matrices() {
    let Some(gpu) = gpu() else { return };
    for [m, k, n] in [[1, 1, 1], [5, 9, 6], [3, 600, 2], [40, 33, 37]] {
        let (a, b) = (wide(&[m, k], 2), wide(&[k, n], 3));
        let out = room(&[m, n], DType::I64);
        same(&gpu, "matmul", &[&a, &b], &[&out], |g, i, o| {
            g.matmul(plan::matmul(&[i[0], i[1]], o[0].into())?)
        });
    }
}

#[test]
fn strided_numbers_and_numbers_in_place() {
    let Some(gpu) = gpu() else { return };
    let layout = Layout::strided(Dims::from([9, 7]), Dims::from([2, 19]), 3);
    let a = ints(layout, |i| number(i, 2));
    let b = wide(&[9, 7], 3);
    let out = room(&[9, 7], DType::I64);
    same(&gpu, "strided", &[&a, &b], &[&out], |g, i, o| {
        g.map(plan::map(
            Map::Binary(Binary::Mul),
            DType::I64,
            i,
            o[0].into(),
        )?)
    });
    same(&gpu, "in place", &[&a], &[&b], |g, i, o| {
        g.map(plan::map(
            Map::Binary(Binary::Sub),
            DType::I64,
            &[o[0], i[0]],
            o[0].into(),
        )?)
    });
}

#[test]
fn a_division_by_zero_is_reported_as_on_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let (a, b) = (wide(&[30], 2), ints(dense(&[30]), |i| i as i64 - 9));
    let out = room(&[30], DType::I64);
    for f in [Binary::DivTrunc, Binary::DivFloor, Binary::Remainder] {
        let [cpu, gpu] = both(&gpu, &[&a, &b], &[&out], |g, i, o| {
            g.map(plan::map(Map::Binary(f), DType::I64, i, o[0].into())?)
        });
        assert_eq!(cpu.err(), gpu.err());
    }
}
