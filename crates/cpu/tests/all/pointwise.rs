//! Every operation of the elementwise tables against PyTorch, in both floating-point types.
//!
//! `data/pointwise.txt` holds what PyTorch 2.15 gives in `float64`: a line an operation, on the arguments of the lines `x`, `a` and `b`.
//! (Where PyTorch's own formula loses digits it holds the exact value: gelu's negative tail, digamma, trigamma, sinc, and log_cosh, which is
//! `log(cosh(x))` there; and where it has NaN at -∞ the limit: silu, mish, gelu in both forms.)

use rushlight_backend::{
    Backend, Binary, BinaryKind, DType, Dims, Element, Layout, Map, Storage, Unary, UnaryKind,
    View, plan,
};
use rushlight_cpu::Cpu;
use std::collections::HashMap;

fn table() -> HashMap<&'static str, Vec<f64>> {
    let parse = |v: &str| v.parse::<f64>().unwrap_or(v.starts_with('T') as u8 as f64);
    include_str!("../data/pointwise.txt")
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, values)| (name, values.split(' ').map(parse).collect()))
        .collect()
}

fn upload<T: Element>(values: impl Iterator<Item = T>) -> Storage {
    let values: Vec<T> = values.collect();
    Cpu.upload(bytemuck::cast_slice(&values)).unwrap()
}

fn run<T: Element>(f: Map, ins: &[Storage], n: usize, test: bool) -> Vec<f64> {
    let dtype = if test { DType::Bool } else { T::DTYPE };
    let layout = Layout::contiguous(Dims::from([n]));
    let out = Cpu.alloc(n * dtype.size()).unwrap();
    let view = |storage, dtype| View::new(storage, &layout, dtype).unwrap();
    let ins: Vec<View<'_>> = ins.iter().map(|s| view(s, T::DTYPE)).collect();
    Cpu.map(plan::map(f, T::DTYPE, &ins, view(&out, dtype).into()).unwrap())
        .unwrap();
    let mut bytes = vec![0; n * dtype.size()];
    Cpu.download(&out, 0, &mut bytes).unwrap();
    let number = |b: &[u8]| match test {
        true => b[0] as f64,
        false => T::from_bytes(b).to_scalar().to_f64(),
    };
    bytes.chunks(dtype.size()).map(number).collect()
}

/// How far `got` is from `want`, in units in the last place of `f32`, or in that of 1e-14 relative for `f64`.
fn distance(got: f64, want: f64, double: bool) -> f64 {
    if double {
        let same = got == want || (got.is_nan() && want.is_nan());
        return if same {
            0.0
        } else {
            (got - want).abs() / (want.abs() * 1e-14 + 1e-300)
        };
    }
    let (g, w) = (got as f32, want as f32);
    if g == w || (g.is_nan() && w.is_nan()) {
        return 0.0;
    }
    // Subnormal factors have few digits.
    let scale = w.abs().max(64.0 * f32::MIN_POSITIVE);
    let unit = (scale.next_up() - scale) as f64;
    (got - want).abs() / unit
}

fn check(
    name: &str,
    got: &[f64],
    want: &[f64],
    argument: impl Fn(usize) -> String,
    double: bool,
    tolerance: f64,
) {
    assert_eq!(got.len(), want.len(), "{name}");
    for (i, (&g, &w)) in got.iter().zip(want).enumerate() {
        let off = distance(g, w, double);
        assert!(
            off <= tolerance,
            "{name}({}) is {w:e} in PyTorch, {g:e} here, {off} units off (double: {double})",
            argument(i)
        );
        assert!(
            w != 0.0 || g != 0.0 || g.is_sign_negative() == w.is_sign_negative(),
            "{name}({}) has the wrong sign of zero",
            argument(i)
        );
    }
}

#[test]
fn unary() {
    let table = table();
    let x = &table["x"];
    for &f in Unary::ALL.iter().filter(|f| f.kind() != UnaryKind::Integer) {
        let (want, test) = (&table[f.name()], f.kind() == UnaryKind::Test);
        let argument = |i: usize| format!("{:e}", x[i]);
        // In gelu's negative tail the rounding of a large exponent shows.
        let tail = matches!(f, Unary::Gelu | Unary::GeluTanh);
        let tolerance = if tail { 100.0 } else { 3.0 };
        let single = run::<f32>(
            Map::Unary(f),
            &[upload(x.iter().map(|&v| v as f32))],
            x.len(),
            test,
        );
        check(f.name(), &single, want, argument, false, tolerance);
        let double = run::<f64>(Map::Unary(f), &[upload(x.iter().copied())], x.len(), test);
        check(f.name(), &double, want, argument, true, tolerance);
    }
}

#[test]
fn binary() {
    let table = table();
    let (a, b) = (&table["a"], &table["b"]);
    for &f in Binary::ALL
        .iter()
        .filter(|f| !matches!(f.kind(), BinaryKind::Integer | BinaryKind::Whole))
        .filter(|f| **f != Binary::Nextafter)
    {
        let (want, test) = (&table[f.name()], f.kind() == BinaryKind::Test);
        let argument = |i: usize| format!("{:e}, {:e}", a[i], b[i]);
        // PyTorch's formula takes the difference of near numbers where x is negative and y is 0.
        let tolerance = if f == Binary::BceWithLogits {
            16.0
        } else {
            3.0
        };
        let singles = [
            upload(a.iter().map(|&v| v as f32)),
            upload(b.iter().map(|&v| v as f32)),
        ];
        check(
            f.name(),
            &run::<f32>(Map::Binary(f), &singles, a.len(), test),
            want,
            argument,
            false,
            tolerance,
        );
        let doubles = [upload(a.iter().copied()), upload(b.iter().copied())];
        check(
            f.name(),
            &run::<f64>(Map::Binary(f), &doubles, a.len(), test),
            want,
            argument,
            true,
            tolerance,
        );
    }
}

#[test]
fn nextafter_steps_by_one_bit() {
    let (a, b) = (
        [0.0f32, 1.0, -0.0, 7.0, f32::MAX, f32::NAN],
        [-1.0f32, 1.0, 0.0, 2.0, f32::INFINITY, 1.0],
    );
    let got = run::<f32>(
        Map::Binary(Binary::Nextafter),
        &[upload(a.into_iter()), upload(b.into_iter())],
        6,
        false,
    );
    assert_eq!(
        got[..5],
        [
            -1.401298464324817e-45,
            1.0,
            0.0,
            6.999999523162842,
            f64::INFINITY
        ]
    );
    assert!(got[5].is_nan());
}

#[test]
fn vectors_and_single_elements_give_the_same_bits() {
    let x: Vec<f32> = (0..3000).map(|i| (i as f32 - 1500.0) * 0.037).collect();
    for &f in Unary::ALL.iter().filter(|f| f.kind() == UnaryKind::Float) {
        let whole = run::<f32>(Map::Unary(f), &[upload(x.iter().copied())], x.len(), false);
        for i in (0..x.len()).step_by(97) {
            let one = run::<f32>(Map::Unary(f), &[upload(x[i..=i].iter().copied())], 1, false);
            assert_eq!(
                one[0].to_bits(),
                whole[i].to_bits(),
                "{}({})",
                f.name(),
                x[i]
            );
        }
    }
}

#[test]
fn huge_angles() {
    let x = [1e9f32, -3e38, 5e8, 0.5];
    for (f, exact) in [
        (Unary::Sin, f64::sin as fn(f64) -> f64),
        (Unary::Cos, f64::cos),
        (Unary::Tan, f64::tan),
    ] {
        let got = run::<f32>(Map::Unary(f), &[upload(x.into_iter())], 4, false);
        let want: Vec<f64> = x.iter().map(|&x| exact(x as f64)).collect();
        check(f.name(), &got, &want, |i| format!("{:e}", x[i]), false, 2.0);
    }
}
