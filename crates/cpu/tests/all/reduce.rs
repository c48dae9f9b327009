//! Reductions against a naive reference, over shapes, strides, dtypes and axes.

use crate::support::*;
use proptest::prelude::*;
use rushlight_backend::{Axes, Backend, DType, ErrorKind, Layout, Reduce, plan};
use rushlight_cpu::Cpu;

fn axes(list: &[usize]) -> Axes {
    list.iter().fold(Axes::NONE, |a, &d| a.with(d))
}

fn reduced(shape: &[usize], axes: Axes) -> Vec<usize> {
    shape
        .iter()
        .enumerate()
        .map(|(d, &n)| if axes.contains(d) { 1 } else { n })
        .collect()
}

fn reduce(f: Reduce, over: &[usize], x: &Tensor) -> Tensor {
    let axes = axes(over);
    let out = Tensor::sevens(&reduced(x.shape(), axes), f.result(x.dtype).unwrap());
    Cpu.reduce(plan::reduce(f, axes, &x.view(), out.view().into()).unwrap())
        .unwrap();
    out
}

fn naive(f: Reduce, axes: Axes, x: &Tensor) -> Vec<f64> {
    let shape = reduced(x.shape(), axes);
    let start = match f {
        Reduce::Sum | Reduce::Mean | Reduce::Any => 0.0,
        Reduce::Prod | Reduce::All => 1.0,
        Reduce::Max => f64::NEG_INFINITY,
        Reduce::Min => f64::INFINITY,
    };
    let mut out = vec![start; dims(&shape).numel()];
    let n: usize = axes.iter().filter_map(|d| x.shape().get(d)).product();
    for (i, v) in x.f64s().into_iter().enumerate() {
        let at: Vec<usize> = unravel(x.shape(), i)
            .into_iter()
            .enumerate()
            .map(|(d, a)| if axes.contains(d) { 0 } else { a })
            .collect();
        let o = &mut out[ravel(&shape, &at)];
        *o = match f {
            Reduce::Sum | Reduce::Mean => *o + v,
            Reduce::Prod => *o * v,
            Reduce::Max | Reduce::Min if o.is_nan() || v.is_nan() => f64::NAN,
            Reduce::Max => o.max(v),
            Reduce::Min => o.min(v),
            Reduce::Any => ((*o != 0.0) || v != 0.0) as u8 as f64,
            Reduce::All => ((*o != 0.0) && v != 0.0) as u8 as f64,
        };
    }
    if f == Reduce::Mean {
        out.iter_mut().for_each(|o| *o /= n as f64);
    }
    out
}

fn values(dtype: DType) -> Vec<f64> {
    match dtype {
        DType::Bool => vec![1.0, 0.0, 1.0, 1.0, 1.0],
        DType::U8 => vec![1.0, 2.0, 1.0, 0.0, 3.0, 1.0, 200.0],
        d if d.is_float() => vec![0.5, -1.0, 2.0, 1.25, -0.75, 1.0, 1.0, -1.5, 0.0, 1.0, 3.0],
        _ => vec![1.0, -2.0, 1.0, 3.0, -1.0, 1.0, 0.0],
    }
}

/// Sizes that reach into every loop: lanes, blocks, strips and their remainders.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        prop::collection::vec(0usize..6, 0..5),
        prop::collection::vec(prop::sample::select(vec![1usize, 3, 17, 70]), 1..4),
        (
            1usize..3,
            prop::sample::select(vec![9usize, 300, 1030]),
            prop::sample::select(vec![2usize, 33, 530])
        )
            .prop_map(|(a, b, c)| vec![a, b, c]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn agrees_with_the_definition(
        f in prop::sample::select(Reduce::ALL),
        dtype in any_dtype(),
        (layout, out) in sizes().prop_flat_map(|s| (any_layout(s.clone()), writable(s))),
        mask in any::<u8>(),
    ) {
        let over: Vec<usize> = (0..layout.shape().len()).filter(|d| mask >> d & 1 == 1).collect();
        let x = filled(layout, dtype, &values(dtype));
        prop_assume!(f.result(dtype).is_some());
        let wide = dtype == DType::F32 || dtype == DType::F64 || dtype.accumulate() == DType::I64;
        // Products leave the range of everything but small cases.
        prop_assume!(f != Reduce::Prod || (x.layout.numel() <= 60 && (wide || x.layout.numel() <= 6)));
        prop_assume!(!matches!(f, Reduce::Max | Reduce::Min) || over.iter().all(|&d| x.shape()[d] > 0));
        let set = axes(&over);
        // So do long sums in the range of half precision.
        prop_assume!(dtype != DType::F16 || x.layout.numel() < 20_000);
        // The output takes the strides of a writable layout of x's shape.
        let layout = over.iter().fold(out, |l, &d| if l.shape()[d] == 0 {
            Layout::contiguous(dims(&reduced(l.shape(), set)))
        } else { l.slice(d, 0, 1, 1) });
        let out = filled(layout, f.result(dtype).unwrap(), &[7.0]);
        Cpu.reduce(plan::reduce(f, set, &x.view(), out.view().into()).unwrap()).unwrap();
        let n = x.layout.numel().max(1) as f64;
        let p = precision(if matches!(f, Reduce::Any | Reduce::All) { DType::F64 } else { dtype });
        assert_near(&out.f64s(), &naive(f, set, &x), 2.0 * p, p * n.sqrt());
    }
}

#[test]
fn nan_wins_and_infinities_stay() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let x = Tensor::f32(
        &[4, 3],
        &[1., nan, 2., -inf, -inf, -inf, nan, 0., -1., inf, 5., -inf],
    );
    assert_near(
        &reduce(Reduce::Max, &[1], &x).f64s(),
        &[f64::NAN, f64::NEG_INFINITY, f64::NAN, f64::INFINITY],
        0.0,
        0.0,
    );
    assert_near(
        &reduce(Reduce::Min, &[1], &x).f64s(),
        &[f64::NAN, f64::NEG_INFINITY, f64::NAN, f64::NEG_INFINITY],
        0.0,
        0.0,
    );
    for n in [5, 100, 5000] {
        for at in [0, n / 2, n - 1] {
            let mut v = vec![1.0; n];
            v[at] = nan;
            assert!(reduce(Reduce::Max, &[0], &Tensor::f32(&[n], &v)).f64s()[0].is_nan());
            assert!(reduce(Reduce::Min, &[0], &Tensor::f32(&[n, 1], &v)).f64s()[0].is_nan());
        }
    }
}

#[test]
fn empty_reductions() {
    let x = Tensor::f32(&[0, 3], &[]);
    assert_eq!(reduce(Reduce::Sum, &[0], &x).f64s(), [0.0; 3]);
    assert_eq!(reduce(Reduce::Prod, &[0, 1], &x).f64s(), [1.0]);
    assert_eq!(reduce(Reduce::Any, &[0], &x).f64s(), [0.0; 3]);
    assert_eq!(reduce(Reduce::All, &[0], &x).f64s(), [1.0; 3]);
    assert!(
        reduce(Reduce::Mean, &[0], &x)
            .f64s()
            .iter()
            .all(|m| m.is_nan())
    );
    assert!(reduce(Reduce::Max, &[1], &x).f64s().is_empty());
    let out = Tensor::sevens(&[1, 3], DType::F32);
    let e = plan::reduce(Reduce::Max, Axes::one(0), &x.view(), out.view().into())
        .and_then(|call| Cpu.reduce(call))
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Shape);
    assert!(e.message().starts_with("amax: dimension 0 is empty"), "{e}");
}

#[test]
fn integers_sum_in_i64() {
    let x = Tensor::new(&[300], DType::U8, &[200; 300]);
    assert_eq!(reduce(Reduce::Sum, &[0], &x).i64s(), [60000]);
    let x = Tensor::new(&[2], DType::I64, &[i64::MAX, 1]);
    assert_eq!(reduce(Reduce::Sum, &[0], &x).i64s(), [i64::MIN]);
    let x = Tensor::new(&[40, 3], DType::Bool, &[true; 120]);
    assert_eq!(reduce(Reduce::Sum, &[0], &x).i64s(), [40; 3]);
}

#[test]
fn halves_accumulate_in_f32() {
    let x = Tensor::new(&[4096], DType::F16, &[1.0; 4096]);
    assert_eq!(reduce(Reduce::Sum, &[0], &x).f64s(), [4096.0]);
    let x = Tensor::new(&[60000], DType::F16, &[4.0; 60000]);
    assert_eq!(reduce(Reduce::Mean, &[0], &x).f64s(), [4.0]);
}

/// Summed one by one, a million f32 tenths are off by 1%.
#[test]
fn long_sums_are_accurate() {
    for (shape, over) in [
        (vec![1 << 22], vec![0]),
        (vec![1 << 16, 64], vec![0]),
        (vec![64, 1 << 16], vec![0, 1]),
    ] {
        let n = dims(&shape).numel();
        let values: Vec<f32> = (0..n).map(|i| 0.1 + (i % 7) as f32 * 1e-3).collect();
        let x = Tensor::f32(&shape, &values);
        let got = reduce(Reduce::Sum, &over, &x).f64s();
        assert_near(&got, &naive(Reduce::Sum, axes(&over), &x), 5e-7, 0.0);
    }
}

/// Inside a job of rayon's an operation runs on one thread.
#[test]
fn the_same_bits_on_any_number_of_threads() {
    let values: Vec<f32> = (0..1usize << 21)
        .map(|i| ((i * 7919) % 1013) as f32 * 0.37 - 180.0)
        .collect();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    for shape in [
        [1 << 11, 1 << 10],
        [3 << 9, 1 << 9],
        [1 << 20, 2],
        [5, 1 << 18],
    ] {
        let n = shape[0] * shape[1];
        let x = Tensor::f32(&shape, &values[..n]);
        for over in [&[0][..], &[1], &[0, 1]] {
            let many = reduce(Reduce::Sum, over, &x).f64s();
            let one = pool.install(|| reduce(Reduce::Sum, over, &x).f64s());
            assert_eq!(many, one);
        }
    }
}
