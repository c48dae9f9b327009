//! Gather and scatter against a naive reference, and what they refuse.

use crate::support::*;
use proptest::prelude::*;
use rushlight_backend::{Backend, DType, ErrorKind, IndexOp, Layout, ScatterMode, plan};
use rushlight_cpu::Cpu;

const MODES: [ScatterMode; 5] = [
    ScatterMode::Set,
    ScatterMode::Add,
    ScatterMode::Mul,
    ScatterMode::Max,
    ScatterMode::Min,
];

/// Where element `at` of the result of a gather (or of the source of a scatter) lies in `x`.
fn place(f: IndexOp, at: &[usize], index: &Tensor, list: &[i64]) -> Vec<usize> {
    let (IndexOp::Select { dim } | IndexOp::Gather { dim }) = f;
    let i = match f {
        IndexOp::Select { .. } => list[at[dim as usize]],
        IndexOp::Gather { .. } => list[ravel(index.shape(), at)],
    };
    let mut to = at.to_vec();
    to[dim as usize] = i as usize;
    to
}

fn combine(mode: ScatterMode, x: f64, y: f64) -> f64 {
    match mode {
        ScatterMode::Set => y,
        ScatterMode::Add => x + y,
        ScatterMode::Mul => x * y,
        ScatterMode::Max if x.is_nan() || y.is_nan() => f64::NAN,
        ScatterMode::Min if x.is_nan() || y.is_nan() => f64::NAN,
        ScatterMode::Max => x.max(y),
        ScatterMode::Min => x.min(y),
    }
}

#[derive(Debug)]
struct Case {
    f: IndexOp,
    x: Tensor,
    index: Tensor,
    /// What a gather writes and a scatter reads.
    slices: Tensor,
}

fn case() -> impl Strategy<Value = Case> {
    let sizes = prop_oneof![
        prop::collection::vec(1usize..5, 1..5),
        (
            1usize..4,
            1usize..20,
            prop::sample::select(vec![1usize, 16, 40])
        )
            .prop_map(|(a, b, c)| vec![a, b, c]),
    ];
    (
        sizes,
        any_dtype(),
        any::<bool>(),
        any::<bool>(),
        any::<u8>(),
        0usize..9,
    )
        .prop_flat_map(|(sizes, dtype, select, narrow, pick, count)| {
            let dim = pick as usize % sizes.len();
            let mut slices = sizes.clone();
            slices[dim] = count;
            let (f, index) = match select {
                true => (IndexOp::Select { dim: dim as u8 }, vec![count]),
                false => {
                    slices.iter_mut().enumerate().for_each(|(d, n)| {
                        if d != dim {
                            *n = (*n).div_ceil(1 + pick as usize % 2)
                        }
                    });
                    (IndexOp::Gather { dim: dim as u8 }, slices.clone())
                }
            };
            let size = sizes[dim] as i64;
            (
                Just((f, dtype, narrow)),
                writable(sizes),
                writable(slices),
                any_layout(index),
                prop::collection::vec(0..size, 1..40),
            )
        })
        .prop_map(|((f, dtype, narrow), x, slices, index, at)| {
            let at: Vec<f64> = at.into_iter().map(|i| i as f64).collect();
            Case {
                f,
                x: filled(x, dtype, &[1.0, 2.0, 0.0, 3.0, 1.0, 2.0, 2.0, 1.0, 1.0]),
                slices: filled(slices, dtype, &[2.0, 1.0, 0.0, 1.0, 3.0, 1.0, 1.0]),
                index: filled(index, if narrow { DType::I32 } else { DType::I64 }, &at),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn gather_agrees_with_the_definition(Case { f, x, index, slices } in case()) {
        let (list, from) = (index.i64s(), x.f64s());
        let want: Vec<f64> = (0..slices.layout.numel()).map(|i| {
            let at = place(f, &unravel(slices.shape(), i), &index, &list);
            from[ravel(x.shape(), &at)]
        }).collect();
        Cpu.gather(plan::gather(f, &[x.view(), index.view()], slices.view().into()).unwrap()).unwrap();
        prop_assert_eq!(slices.f64s(), want);
    }

    #[test]
    fn scatter_agrees_with_the_definition(
        Case { f, x, index, slices } in case(),
        mode in prop::sample::select(&MODES[..]),
    ) {
        let (list, from, mut want) = (index.i64s(), slices.f64s(), x.f64s());
        for (i, y) in from.into_iter().enumerate() {
            let at = place(f, &unravel(slices.shape(), i), &index, &list);
            let slot = &mut want[ravel(x.shape(), &at)];
            *slot = combine(mode, *slot, y);
            if x.dtype == DType::Bool {
                *slot = (*slot != 0.0) as u8 as f64;
            }
        }
        // Sums and products of small integers are exact in every dtype but the smallest, which wrap.
        prop_assume!(want.iter().all(|&w| w <= 127.0));
        Cpu.scatter(plan::scatter(f, mode, &[index.view(), slices.view()], x.view().into()).unwrap()).unwrap();
        prop_assert_eq!(x.f64s(), want);
    }
}

#[test]
fn an_index_out_of_range_is_an_error_and_nothing_is_written() {
    let x = Tensor::f32(&[5], &[1., 2., 3., 4., 5.]);
    let index = Tensor::i64(&[3], &[0, 7, -6]);
    let out = Tensor::sevens(&[3], DType::F32);
    let select = IndexOp::Select { dim: 0 };
    let e = plan::gather(select, &[x.view(), index.view()], out.view().into())
        .and_then(|call| Cpu.gather(call))
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Index);
    assert_eq!(
        e.message(),
        "index_select: index 7 is out of range for dimension 0 of size 5"
    );
    assert_eq!(out.f64s(), [7.0; 3]);
    let e = plan::scatter(
        select,
        ScatterMode::Add,
        &[index.view(), out.view()],
        x.view().into(),
    )
    .and_then(|call| Cpu.scatter(call))
    .unwrap_err();
    assert_eq!(
        e.message(),
        "index_add: index 7 is out of range for dimension 0 of size 5"
    );
    assert_eq!(x.f64s(), [1., 2., 3., 4., 5.]);
    for below in [-1, i64::MIN] {
        let (index, out) = (
            Tensor::i64(&[1], &[below]),
            Tensor::sevens(&[1], DType::F32),
        );
        let e = plan::gather(select, &[x.view(), index.view()], out.view().into())
            .and_then(|call| Cpu.gather(call))
            .unwrap_err();
        let text = format!("index_select: index {below} is out of range for dimension 0 of size 5");
        assert_eq!(e.message(), text);
    }
}

/// A batch of embedding gradients large enough to be cut between threads.
#[test]
fn repeated_rows_add_up_in_order() {
    let (rows, width) = (600, 257);
    let source: Vec<f32> = (0..rows * width)
        .map(|i| (i % 101) as f32 * 0.013)
        .collect();
    let index: Vec<i64> = (0..rows).map(|i| (i * i % 7) as i64).collect();
    let src = Tensor::f32(&[rows, width], &source);
    let mut want = vec![0.0; 7 * width];
    for (r, &i) in index.iter().enumerate() {
        for c in 0..width {
            want[i as usize * width + c] += source[r * width + c] as f64;
        }
    }
    let want: Vec<f64> = want.iter().map(|&x| x as f32 as f64).collect();
    let out = Tensor::f32(&[7, width], &vec![0.0; 7 * width]);
    Cpu.scatter(
        plan::scatter(
            IndexOp::Select { dim: 0 },
            ScatterMode::Add,
            &[Tensor::i64(&[rows], &index).view(), src.view()],
            out.view().into(),
        )
        .unwrap(),
    )
    .unwrap();
    assert_eq!(out.f64s(), want);
}

/// `table[at[k]] += source[k]` along a dimension, for a table of zeros.
fn added(f: IndexOp, table: &[usize], at: &Tensor, source: &Tensor) -> Vec<f64> {
    let zeros = vec![0.0; table.iter().product()];
    let out = Tensor::new(table, source.dtype, &zeros);
    Cpu.scatter(
        plan::scatter(
            f,
            ScatterMode::Add,
            &[at.view(), source.view()],
            out.view().into(),
        )
        .unwrap(),
    )
    .unwrap();
    out.f64s()
}

#[test]
fn long_sums_of_every_dtype_are_rounded_once() {
    let n = 6000;
    for (dtype, sum) in [
        (DType::F16, 3000.0),
        (DType::BF16, 3008.0),
        (DType::F32, 3000.0),
        (DType::F64, 3000.0),
        (DType::I16, 3000.0),
        (DType::U8, 3000.0 % 256.0),
        (DType::Bool, 1.0),
    ] {
        // Elements, narrow rows and wide rows, along the first dimension and the last; in memory of any order.
        let at = |k: usize| (k % 2) as i64;
        for shape in [[n, 1], [n, 3], [n, 40]] {
            let ones = Tensor::new(&shape, dtype, &vec![1.0; n * shape[1]]);
            let index: Vec<i64> = (0..n * shape[1]).map(|i| at(i / shape[1])).collect();
            let each = Tensor::i64(&shape, &index);
            let rows = Tensor::i64(&[n], &(0..n).map(at).collect::<Vec<_>>());
            let table = [2, shape[1]];
            let want = vec![sum; 2 * shape[1]];
            let (first, last) = (IndexOp::Select { dim: 0 }, IndexOp::Select { dim: 1 });
            assert_eq!(
                added(first, &table, &rows, &ones),
                want,
                "{dtype} {shape:?}"
            );
            let gather = IndexOp::Gather { dim: 0 };
            assert_eq!(
                added(gather, &table, &each, &ones),
                want,
                "{dtype} {shape:?}"
            );
            let turned = |t: &Tensor| t.with(t.layout.transpose(0, 1));
            let table = [shape[1], 2];
            assert_eq!(added(last, &table, &rows, &turned(&ones)), want);
            let gather = IndexOp::Gather { dim: 1 };
            assert_eq!(added(gather, &table, &turned(&each), &turned(&ones)), want);
        }
    }
}

/// 2049 + 2⁻²⁰ lies nearer to 2050, though as `float32` it would be the middle between 2048 and 2050.
#[test]
fn a_sum_of_halves_is_not_rounded_twice() {
    for (dtype, one, terms, want) in [
        (DType::F16, 2048.0, [1.0, 0.0000009536743], 2050.0),
        (DType::BF16, 256.0, [1.0, 9.313226e-10], 258.0),
    ] {
        let source = Tensor::new(&[3], dtype, &[one, terms[0], terms[1]]);
        let index = Tensor::i64(&[3], &[0, 0, 0]);
        let sum = added(IndexOp::Gather { dim: 0 }, &[1], &index, &source);
        assert_eq!(sum, [want], "{dtype}");
    }
}

#[test]
fn sums_of_float32_go_on_beyond_16777216() {
    let n = (1 << 24) + 8;
    let ones =
        Tensor::f32(&[1], &[1.0]).with(Layout::contiguous(dims(&[1])).expand(dims(&[n])).unwrap());
    let index =
        Tensor::i64(&[1], &[0]).with(Layout::contiguous(dims(&[1])).expand(dims(&[n])).unwrap());
    let sum = added(IndexOp::Gather { dim: 0 }, &[1], &index, &ones);
    assert_eq!(sum, [n as f64]);
}
