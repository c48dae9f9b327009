//! Elementwise work against a naive reference: dtypes, strides, broadcasting, memory shared by input and output.

use crate::support::*;
use proptest::prelude::*;
use rushlight_backend::{
    Backend, Binary, Compare, DType, Dims, Element, Layout, Map, Result, Scalar, Unary, View, plan,
};
use rushlight_cpu::Cpu;

fn map(f: Map, compute: DType, ins: &[&Tensor], out: &Tensor) -> Result<()> {
    let views: Vec<View<'_>> = ins.iter().map(|t| t.view()).collect();
    Cpu.map(plan::map(f, compute, &views, out.view().into())?)
}

fn binary<T: Element>(f: Binary, a: &[T], b: &[T]) -> Result<Vec<T>> {
    let out = Tensor::empty(Dims::from([a.len()]), T::DTYPE);
    map(
        Map::Binary(f),
        T::DTYPE.compute(),
        &[&Tensor::of(a), &Tensor::of(b)],
        &out,
    )?;
    Ok(out.values())
}

#[test]
fn integers_wrap_and_round_as_in_pytorch() {
    let (a, b) = ([7i64, -7, 7, -7, i64::MIN], [2i64, 2, -2, -2, -1]);
    let of = |f| binary(f, &a, &b).unwrap();
    assert_eq!(of(Binary::DivTrunc), [3, -3, -3, 3, i64::MIN]);
    assert_eq!(of(Binary::DivFloor), [3, -4, -4, 3, i64::MIN]);
    assert_eq!(of(Binary::Fmod), [1, -1, 1, -1, 0]);
    assert_eq!(of(Binary::Remainder), [1, 1, -1, -1, 0]);
    assert_eq!(of(Binary::Pow), [49, 49, 0, 0, 0]);
    assert_eq!(binary(Binary::Add, &[200u8], &[100]).unwrap(), [44]);
    assert_eq!(binary(Binary::Mul, &[100i8], &[3]).unwrap(), [44]);
    assert_eq!(
        binary(Binary::Add, &[true, false], &[true, false]).unwrap(),
        [true, false]
    );
}

#[test]
fn integer_division_by_zero_is_an_error() {
    for f in [
        Binary::DivTrunc,
        Binary::DivFloor,
        Binary::Remainder,
        Binary::Fmod,
    ] {
        let error = binary(f, &[1i32, 2], &[1, 0]).unwrap_err();
        assert!(error.message().contains("ZeroDivisionError"), "{error}");
        assert!(error.message().starts_with(f.name()), "{error}");
    }
}

#[test]
fn bits_of_booleans_turn_logically() {
    let (x, out) = (
        Tensor::of(&[true, false]),
        Tensor::empty(Dims::from([2]), DType::Bool),
    );
    map(Map::Unary(Unary::BitNot), DType::I64, &[&x], &out).unwrap();
    assert_eq!(out.values::<bool>(), [false, true]);
}

#[test]
fn numbers_stand_on_either_side() {
    let x = Tensor::of(&[1.0f32, 2.0, 4.0]);
    let out = Tensor::empty(Dims::from([3]), DType::F32);
    let of = |f| {
        map(f, DType::F32, &[&x], &out).unwrap();
        out.values::<f32>()
    };
    assert_eq!(
        of(Map::BinaryScalar(Binary::Sub, Scalar::Int(1))),
        [0.0, 1.0, 3.0]
    );
    assert_eq!(
        of(Map::ScalarBinary(Scalar::Float(8.0), Binary::Div)),
        [8.0, 4.0, 2.0]
    );
    assert_eq!(
        of(Map::BinaryScalar(Binary::Pow, Scalar::Float(-1.0))),
        [1.0, 0.5, 0.25]
    );
    let half = Tensor::of(&[half::f16::from_f32(0.1)]);
    let out = Tensor::empty(Dims::from([1]), DType::Bool);
    map(
        Map::CompareScalar(Compare::Eq, Scalar::Float(0.1)),
        DType::F32,
        &[&half],
        &out,
    )
    .unwrap();
    assert_eq!(out.values::<bool>(), [true]);
}

#[test]
fn where_takes_from_either_side() {
    let c = Tensor::of(&[true, false, true]);
    let (a, b) = (Tensor::of(&[1i64, 2, 3]), Tensor::of(&[10i64, 20, 30]));
    let out = Tensor::empty(Dims::from([3]), DType::I64);
    map(Map::Where, DType::I64, &[&c, &a, &b], &out).unwrap();
    assert_eq!(out.values::<i64>(), [1, 20, 3]);
}

#[test]
fn an_input_may_be_the_output() {
    let n = 5000;
    let values: Vec<f32> = (0..n).map(|i| i as f32).collect();
    let x = Tensor::of(&values);
    let y = x.with(x.layout);
    map(Map::Binary(Binary::Add), DType::F32, &[&x, &y], &x).unwrap();
    map(
        Map::BinaryScalar(Binary::Mul, Scalar::Int(3)),
        DType::F32,
        &[&x],
        &y,
    )
    .unwrap();
    let expected: Vec<f32> = values.iter().map(|v| v * 6.0).collect();
    assert_eq!(x.values::<f32>(), expected);
}

/// One dimension of a strided case: size, gap between elements (none: repeated), and a key for its place in memory.
fn dims() -> impl Strategy<Value = Vec<(usize, Option<usize>, u8)>> {
    let size =
        prop_oneof![4 => 1usize..7, 1 => Just(0usize), 2 => 30usize..70, 1 => 1020usize..1030];
    prop::collection::vec(
        (size, prop::option::weighted(0.8, 1usize..3), any::<u8>()),
        0..5,
    )
    .prop_filter("small", |d| {
        d.iter().map(|d| d.0).product::<usize>() < 100_000
    })
}

/// A layout with the given gaps whose dimensions lie in memory in the order of their keys.
fn layout(dims: &[(usize, Option<usize>, u8)], dense: bool) -> Layout {
    let mut order: Vec<usize> = (0..dims.len()).collect();
    order.sort_by_key(|&d| dims[d].2);
    let (mut strides, mut next) = (Dims::filled(0, dims.len()), 1);
    for d in order {
        let (n, gap, _) = dims[d];
        if let Some(gap) = if dense { Some(1) } else { gap } {
            strides[d] = next * gap;
            next *= gap * n.max(1);
        }
    }
    Layout::strided(
        dims.iter().map(|d| d.0).collect(),
        strides,
        if dense { 0 } else { 3 },
    )
}

fn shuffled(dims: &[(usize, Option<usize>, u8)], by: u8) -> Vec<(usize, Option<usize>, u8)> {
    dims.iter()
        .map(|&(n, g, k)| (n, g, k.wrapping_mul(by | 1)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_strides(dims in dims(), k1: u8, k2: u8, dtype in 0usize..10, kind in 0usize..4) {
        let dtype = DType::ALL[dtype];
        let shape: Dims = dims.iter().map(|d| d.0).collect();
        let (la, lb, lo) = (
            layout(&shuffled(&dims, k1), false), layout(&shuffled(&dims, k2), false), layout(&dims, true),
        );
        let fresh = |l: &Layout, of: usize| {
            let values: Vec<i64> = (0..l.end().max(1)).map(|i| (i * 7 + of) as i64 % 50 - 20).collect();
            let wide = Tensor::of(&values);
            let t = Tensor::empty(*wide.layout.shape(), dtype);
            map(Map::Copy, dtype.compute(), &[&wide], &t).unwrap();
            t.with(*l)
        };
        let (a, b) = (fresh(&la, 0), fresh(&lb, 5));
        let wide = |t: &Tensor| {
            let w = Tensor::empty(shape, DType::F64);
            map(Map::Copy, DType::F64, &[t], &w).unwrap();
            w.values::<f64>()
        };
        let whole: usize = shape.numel();
        let out_dtype = if kind == 1 { DType::Bool } else { dtype };
        let out = Tensor { storage: Cpu.alloc(whole * dtype.size()).unwrap(), layout: lo, dtype: out_dtype };
        let (x, y) = (wide(&a), wide(&b));
        let f: fn(f64, f64) -> f64 = match kind {
            0 => |x, y| x + y,
            1 => |x, y| (x < y) as u8 as f64,
            2 => |x, _| x,
            _ => |x, _| x.max(3.0),
        };
        match kind {
            0 => map(Map::Binary(Binary::Add), dtype.compute(), &[&a, &b], &out).unwrap(),
            1 => map(Map::Compare(Compare::Lt), dtype.compute(), &[&a, &b], &out).unwrap(),
            2 => map(Map::Copy, dtype.compute(), &[&a], &out).unwrap(),
            _ => map(Map::BinaryScalar(Binary::Maximum, Scalar::Int(3)), dtype.compute(), &[&a], &out).unwrap(),
        }
        let wrap = |v: f64| match out_dtype {
            DType::Bool => (v != 0.0) as u8 as f64,
            DType::U8 => v as i64 as u8 as f64,
            _ => v,
        };
        let expected: Vec<f64> = x.iter().zip(&y).map(|(&x, &y)| wrap(f(x, y))).collect();
        prop_assert_eq!(wide(&out), expected);
    }

    #[test]
    fn fills(dims in dims()) {
        let l = layout(&dims, false);
        if l.overlaps_itself() { return Ok(()); }
        let t = Tensor::of(&vec![1i16; l.end().max(1)]).with(l);
        Cpu.fill(plan::fill(Scalar::Int(7), t.view().into()).unwrap()).unwrap();
        prop_assert!(t.values::<i16>().iter().all(|&v| v == 7));
        let whole = t.with(Layout::contiguous(Dims::from([l.end().max(1)]))).values::<i16>();
        prop_assert_eq!(whole.iter().filter(|&&v| v == 7).count(), l.numel());
    }
}

#[test]
fn transposes_of_every_element_size() {
    for dtype in [DType::U8, DType::I16, DType::I32, DType::I64] {
        for (m, n) in [(8, 8), (37, 150), (130, 16), (64, 7)] {
            let values: Vec<i64> = (0..m * n).map(|i| (i as i64 * 31) % 127).collect();
            let x = Tensor::empty(Dims::from([m * n]), dtype);
            map(Map::Copy, dtype.compute(), &[&Tensor::of(&values)], &x).unwrap();
            let across = x.with(Layout::contiguous(Dims::from([m, n])).transpose(0, 1));
            let out = Tensor::empty(Dims::from([n, m]), dtype);
            map(Map::Copy, dtype.compute(), &[&across], &out).unwrap();
            let wide = Tensor::empty(Dims::from([n, m]), DType::I64);
            map(Map::Copy, dtype.compute(), &[&out], &wide).unwrap();
            let expected: Vec<i64> = (0..n * m).map(|i| values[i % m * n + i / m]).collect();
            assert_eq!(wide.values::<i64>(), expected, "{dtype} {m}x{n}");
        }
    }
}
