//! Arg-reductions, running operations and sorting orders: ties and NaN as PyTorch has them, everything else by definition.

use crate::support::*;
use Scan::*;
use proptest::prelude::*;
use rushlight_backend::{Arg, Backend, DType, Scan, plan};
use rushlight_cpu::Cpu;
use std::cmp::Ordering;

const NAN: f32 = f32::NAN;
const INF: f32 = f32::INFINITY;

fn argsort(dim: usize, descending: bool, x: &Tensor) -> Vec<i64> {
    let out = Tensor::sevens(x.shape(), DType::I64);
    Cpu.argsort(plan::argsort(dim, descending, &x.view(), out.view().into()).unwrap())
        .unwrap();
    out.i64s()
}

fn scan(f: Scan, x: &Tensor) -> Tensor {
    let out = Tensor::sevens(x.shape(), f.result(x.dtype).unwrap());
    Cpu.scan(plan::scan(f, 0, &x.view(), out.view().into()).unwrap())
        .unwrap();
    out
}

fn arg(f: Arg, x: &Tensor) -> i64 {
    let out = Tensor::sevens(&[1], DType::I64);
    Cpu.arg_reduce(plan::arg_reduce(f, 0, &x.view(), out.view().into()).unwrap())
        .unwrap();
    out.i64s()[0]
}

#[test]
fn sorting_is_stable_both_ways_and_nan_is_largest() {
    let x = [2., NAN, -1., 0., -0., 2., INF, NAN, -INF, -1.];
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        let x = Tensor::new(&[10], dtype, &x);
        assert_eq!(argsort(0, false, &x), [8, 2, 9, 3, 4, 0, 5, 6, 1, 7]);
        assert_eq!(argsort(0, true, &x), [1, 7, 6, 0, 5, 3, 4, 2, 9, 8]);
    }
    for dtype in [DType::U8, DType::I8, DType::I16, DType::I32, DType::I64] {
        let x = Tensor::new(&[6], dtype, &[3, 1, 3, 2, 1, 3]);
        assert_eq!(argsort(0, false, &x), [1, 4, 3, 0, 2, 5]);
        assert_eq!(argsort(0, true, &x), [0, 2, 5, 3, 1, 4]);
    }
    assert_eq!(
        argsort(0, true, &Tensor::i64(&[4], &[i64::MIN, 0, i64::MAX, -1])),
        [2, 1, 3, 0]
    );
}

#[test]
fn cummax_takes_the_last_of_equals_and_keeps_nan() {
    let x = Tensor::f32(&[7], &[1., 3., 3., NAN, 2., NAN, 9.]);
    assert_eq!(scan(ArgMax, &x).i64s(), [0, 1, 2, 3, 3, 5, 5]);
    let x = Tensor::f32(&[6], &[4., 2., 5., 2., NAN, 1.]);
    assert_eq!(scan(ArgMin, &x).i64s(), [0, 1, 1, 3, 4, 4]);
    assert_eq!(
        scan(ArgMax, &Tensor::f32(&[3], &[-INF, -INF, -INF])).i64s(),
        [0, 1, 2]
    );
    assert_eq!(
        scan(ArgMin, &Tensor::i64(&[3], &[i64::MAX, 5, 5])).i64s(),
        [0, 1, 2]
    );
}

#[test]
fn logcumsumexp_is_stable() {
    let x = Tensor::f32(
        &[11],
        &[-INF, -INF, 1., 2., -INF, 1000., 3., INF, 1., NAN, 1.],
    );
    let inf = f64::INFINITY;
    let want = [
        -inf,
        -inf,
        1.0,
        2.31326175,
        2.31326175,
        1000.0,
        1000.0,
        inf,
        inf,
        f64::NAN,
        f64::NAN,
    ];
    assert_near(&scan(LogSumExp, &x).f64s(), &want, 1e-6, 0.0);
}

#[test]
fn integers_scan_in_i64() {
    assert_eq!(
        scan(Sum, &Tensor::new(&[3], DType::U8, &[200; 3])).i64s(),
        [200, 400, 600]
    );
    assert_eq!(
        scan(Sum, &Tensor::new(&[3], DType::Bool, &[true, false, true])).i64s(),
        [1, 1, 2]
    );
    assert_eq!(
        scan(Prod, &Tensor::new(&[3], DType::I8, &[100, 100, -2])).i64s(),
        [100, 10_000, -20_000]
    );
}

#[test]
fn the_first_extreme_counts_and_nan_before_all() {
    assert_eq!(
        arg(Arg::Max, &Tensor::f32(&[5], &[1., 5., 5., NAN, NAN])),
        3
    );
    assert_eq!(arg(Arg::Min, &Tensor::i64(&[3], &[1, 0, 0])), 1);
    assert_eq!(arg(Arg::Max, &Tensor::f32(&[2], &[-INF, -INF])), 0);
    let mut long = vec![0.0; 5000];
    (long[1500], long[3000]) = (2.0, 2.0);
    assert_eq!(arg(Arg::Max, &Tensor::f32(&[5000], &long)), 1500);
    (long[4200], long[4999]) = (NAN, NAN);
    assert_eq!(arg(Arg::Max, &Tensor::f32(&[5000], &long)), 4200);
    assert_eq!(arg(Arg::Min, &Tensor::f32(&[5000], &long)), 4200);
    let out = Tensor::sevens(&[1], DType::I64);
    let e = plan::arg_reduce(
        Arg::Max,
        0,
        &Tensor::f32(&[0], &[]).view(),
        out.view().into(),
    )
    .and_then(|call| Cpu.arg_reduce(call))
    .unwrap_err();
    assert!(
        e.message().starts_with("argmax: dimension 0 is empty"),
        "{e}"
    );
}

/// The row-major numbers of the elements of each line along `dim`.
fn lines(shape: &[usize], dim: usize) -> Vec<Vec<usize>> {
    let starts = (0..dims(shape).numel()).filter(|&i| unravel(shape, i)[dim] == 0);
    let along = |i| {
        let at = unravel(shape, i);
        (0..shape[dim])
            .map(|k| {
                let mut at = at.clone();
                at[dim] = k;
                ravel(shape, &at)
            })
            .collect()
    };
    starts.map(along).collect()
}

fn tensors() -> impl Strategy<Value = (Tensor, usize, rushlight_backend::Layout)> {
    let sizes = prop_oneof![
        prop::collection::vec(1usize..7, 1..4),
        (1usize..3, Just(1200usize)).prop_map(|(a, b)| vec![a, b])
    ];
    (sizes, any_dtype()).prop_flat_map(|(s, dtype)| {
        let list: Vec<f64> = match dtype {
            DType::Bool => vec![0.0, 1.0],
            d if d.is_float() => vec![-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, f64::NAN],
            _ => vec![0.0, 1.0, 2.0, 3.0, 4.0],
        };
        let values = prop::collection::vec(prop::sample::select(list), 40);
        let rank = s.len();
        (any_layout(s.clone()), writable(s), values, 0..rank)
            .prop_map(move |(l, out, v, dim)| (filled(l, dtype, &v), dim, out))
    })
}

fn order(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(a.is_nan().cmp(&b.is_nan()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn argsort_agrees_with_a_stable_sort((x, dim, out) in tensors(), descending in any::<bool>()) {
        let out = filled(out, DType::I64, &[7.0]);
        Cpu.argsort(plan::argsort(dim, descending, &x.view(), out.view().into()).unwrap()).unwrap();
        let (values, got) = (x.f64s(), out.i64s());
        for line in lines(x.shape(), dim) {
            let mut want: Vec<usize> = (0..line.len()).collect();
            want.sort_by(|&a, &b| {
                let o = order(values[line[a]], values[line[b]]);
                if descending { o.reverse() } else { o }
            });
            let got: Vec<usize> = line.iter().map(|&i| got[i] as usize).collect();
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn extremes_agree_with_the_definition((x, dim, _) in tensors(), max in any::<bool>()) {
        let mut shape = x.shape().to_vec();
        shape[dim] = 1;
        let out = Tensor::sevens(&shape, DType::I64);
        Cpu.arg_reduce(plan::arg_reduce(if max { Arg::Max } else { Arg::Min }, dim, &x.view(), out.view().into()).unwrap()).unwrap();
        let values = x.f64s();
        for (line, got) in lines(x.shape(), dim).into_iter().zip(out.i64s()) {
            let better = |a: f64, b: f64| !b.is_nan() && (a.is_nan() || if max { a > b } else { a < b });
            let want = (1..line.len()).fold(0, |best, i| if better(values[line[i]], values[line[best]]) { i } else { best });
            prop_assert_eq!(got, want as i64);
        }
    }

    #[test]
    fn scans_agree_with_the_definition((x, dim, out) in tensors(), f in prop::sample::select(vec![Sum, Prod, LogSumExp, ArgMax, ArgMin])) {
        let Some(dtype) = f.result(x.dtype) else { return Ok(()) };
        // Products of long lines leave every range.
        prop_assume!(f != Prod || x.shape()[dim] < 10);
        let out = filled(out, dtype, &[7.0]);
        Cpu.scan(plan::scan(f, dim, &x.view(), out.view().into()).unwrap()).unwrap();
        let (values, got) = (x.f64s(), out.f64s());
        for line in lines(x.shape(), dim) {
            let (mut state, mut best) = (if f == Prod { 1.0 } else { 0.0 }, 0);
            let want: Vec<f64> = line.iter().enumerate().map(|(i, &at)| {
                let (v, top) = (values[at], values[line[best]]);
                match f {
                    Sum => state += v,
                    Prod => state *= v,
                    LogSumExp => state += v.exp(),
                    ArgMax if v.is_nan() || (!top.is_nan() && v >= top) => best = i,
                    ArgMin if v.is_nan() || (!top.is_nan() && v <= top) => best = i,
                    _ => {}
                }
                match f {
                    Sum | Prod => state,
                    LogSumExp => state.ln(),
                    _ => best as f64,
                }
            }).collect();
            let got: Vec<f64> = line.iter().map(|&i| got[i]).collect();
            let p = 2.0 * precision(dtype);
            assert_near(&got, &want, p, p);
        }
    }
}
