//! Matrix products against sums in `f64`: shapes, layouts, dtypes, special values, thread counts.

use crate::support::{
    LAYS, Lay, Tensor, fingerprint, indices, is_child, noise, rounded,
    same_bits_for_all_thread_counts, whole,
};
use proptest::prelude::*;
use rushlight_backend::{Backend, DType, ErrorKind, Result, plan};
use rushlight_cpu::Cpu;

/// The product by its definition, of values in row-major order.
fn reference(batch: usize, [m, n, k]: [usize; 3], a: &[f64], b: &[f64]) -> Vec<f64> {
    indices(&[batch, m, n])
        .map(|i| {
            let term = |p| a[(i[0] * m + i[1]) * k + p] * b[(i[0] * k + p) * n + i[2]];
            (0..k).map(term).sum()
        })
        .collect()
}

fn product(a: &Tensor, b: &Tensor, shape: &[usize], lay: Lay) -> Result<Vec<f64>> {
    let out = Tensor::room(shape, a.dtype, lay);
    Cpu.matmul(plan::matmul(&[a.view(), b.view()], out.view().into())?)?;
    Ok(out.f64s())
}

fn floats(m: usize, n: usize, k: usize) {
    for dtype in [DType::F32, DType::F64] {
        let (x, y) = (noise(m * k, 1), noise(k * n, 2));
        let round = |list: &[f64]| list.iter().map(|&x| rounded(x, dtype)).collect::<Vec<_>>();
        let expected = reference(1, [m, n, k], &round(&x), &round(&y));
        for lays in [
            [Lay::Dense; 2],
            [Lay::Transposed, Lay::Dense],
            [Lay::Dense, Lay::Transposed],
        ] {
            let a = Tensor::laid(&[m, k], dtype, lays[0], &x);
            let b = Tensor::laid(&[k, n], dtype, lays[1], &y);
            let got = product(&a, &b, &[m, n], Lay::Dense).unwrap();
            let eps = if dtype == DType::F32 { 6e-8 } else { 1e-16 };
            for (i, (x, y)) in got.iter().zip(&expected).enumerate() {
                let error = (x - y).abs();
                assert!(
                    error <= 4.0 * eps * (k as f64),
                    "{dtype} {m}x{k}x{n} {lays:?} at {i}: {x} {y}"
                );
            }
        }
    }
}

#[test]
fn sizes_around_every_block_edge() {
    for (m, n, k) in [
        (1, 1, 1),
        (1, 200, 300),
        (200, 1, 300),
        (7, 31, 5),
        (8, 32, 16),
        (9, 33, 17),
        (13, 65, 129),
        (64, 32, 108),
        (3, 500, 2),
        (130, 130, 130),
        (257, 100, 515),
        (33, 700, 260),
        (301, 35, 64),
        (1, 1500, 40),
        (2, 700, 700),
        (600, 4, 33),
    ] {
        floats(m, n, k);
    }
}

#[test]
fn an_empty_sum_is_zero() {
    let (a, b) = (
        Tensor::laid(&[2, 3, 0], DType::F32, Lay::Dense, &[]),
        Tensor::laid(&[2, 0, 4], DType::F32, Lay::Dense, &[]),
    );
    assert_eq!(
        product(&a, &b, &[2, 3, 4], Lay::Dense).unwrap(),
        vec![0.0; 24]
    );
    for shape in [[0, 3, 4], [2, 0, 4], [2, 3, 0]] {
        let a = Tensor::laid(
            &[shape[0], shape[1], 5],
            DType::F32,
            Lay::Dense,
            &noise(30, 1),
        );
        let b = Tensor::laid(
            &[shape[0], 5, shape[2]],
            DType::F32,
            Lay::Dense,
            &noise(40, 1),
        );
        assert!(product(&a, &b, &shape, Lay::Dense).unwrap().is_empty());
    }
}

#[test]
fn nan_and_infinity_reach_the_result_past_zeros() {
    for (m, n, k) in [(1, 1, 3), (1, 40, 3), (40, 1, 3), (8, 32, 16), (70, 90, 20)] {
        for (special, other) in [(f64::NAN, 0.0), (f64::INFINITY, 0.0)] {
            let mut x = vec![other; m * k];
            x[(m - 1) * k + 1] = special;
            let a = Tensor::laid(&[m, k], DType::F32, Lay::Dense, &x);
            let b = Tensor::laid(&[k, n], DType::F32, Lay::Dense, &vec![0.0; k * n]);
            let got = product(&a, &b, &[m, n], Lay::Dense).unwrap();
            assert!(got[(m - 1) * n..].iter().all(|x| x.is_nan()), "{m}x{k}x{n}");
            assert!(got[..(m - 1) * n].iter().all(|&x| x == 0.0), "{m}x{k}x{n}");
        }
    }
}

#[test]
fn integers_wrap() {
    let a = Tensor::laid(&[1, 2], DType::U8, Lay::Dense, &[200.0, 100.0]);
    let b = Tensor::laid(&[2, 1], DType::U8, Lay::Dense, &[2.0, 3.0]);
    assert_eq!(
        product(&a, &b, &[1, 1], Lay::Dense).unwrap(),
        [(700 % 256) as f64]
    );
    let a = Tensor::laid(&[1, 1], DType::I64, Lay::Dense, &[(1u64 << 62) as f64]);
    let b = Tensor::laid(&[1, 1], DType::I64, Lay::Dense, &[5.0]);
    assert_eq!(
        product(&a, &b, &[1, 1], Lay::Dense).unwrap(),
        [(1u64 << 62) as f64]
    );
}

#[test]
fn booleans_are_refused() {
    let a = Tensor::laid(&[2, 2], DType::Bool, Lay::Dense, &[1.0; 4]);
    let e = product(&a, &a, &[2, 2], Lay::Dense).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::DType);
    assert!(e.message().contains("matmul: not defined for bool"), "{e}");
}

#[test]
fn a_result_may_be_one_of_its_operands() {
    let a = Tensor::laid(&[2, 2], DType::F32, Lay::Dense, &[1.0, 2.0, 3.0, 4.0]);
    Cpu.matmul(plan::matmul(&[a.view(), a.view()], a.view().into()).unwrap())
        .unwrap();
    assert_eq!(a.f64s(), [7.0, 10.0, 15.0, 22.0]);
}

#[test]
fn a_row_does_not_depend_on_its_batch() {
    let (m, k, n) = (300, 257, 200);
    let b = Tensor::laid(&[k, n], DType::F32, Lay::Dense, &noise(k * n, 3));
    let x = noise(m * k, 4);
    let a = Tensor::laid(&[m, k], DType::F32, Lay::Dense, &x);
    let all = product(&a, &b, &[m, n], Lay::Dense).unwrap();
    for rows in [1, 2, 5, 64] {
        let part = Tensor::laid(&[rows, k], DType::F32, Lay::Dense, &x[..rows * k]);
        assert_eq!(
            product(&part, &b, &[rows, n], Lay::Dense).unwrap(),
            all[..rows * n],
            "{rows} rows"
        );
    }
}

#[test]
fn bits() {
    let mut hash = 0u64;
    for (b, m, n, k) in [
        (1, 300, 300, 300),
        (1, 64, 512, 784),
        (48, 64, 65, 66),
        (3, 200, 210, 100),
        (1, 1, 4000, 300),
        (1, 4000, 1, 300),
        (1, 40, 3000, 900),
    ] {
        for lay in [Lay::Dense, Lay::Transposed] {
            let x = Tensor::laid(&[b, m, k], DType::F32, lay, &noise(b * m * k, 5));
            let y = Tensor::laid(&[b, k, n], DType::F32, lay, &noise(b * k * n, 6));
            hash = hash.rotate_left(7)
                ^ fingerprint(&product(&x, &y, &[b, m, n], Lay::Dense).unwrap());
        }
    }
    println!("bits: {hash:x}");
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    if !is_child() {
        same_bits_for_all_thread_counts("matmul::bits");
    }
}

fn lay() -> impl Strategy<Value = Lay> {
    prop::sample::select(LAYS.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_dtype_and_layout(
        (batch, m, n, k) in (1usize..4, 1usize..40, 1usize..70, 0usize..30),
        lays in (lay(), lay(), lay()),
        share in (any::<bool>(), any::<bool>()),
        dtype in prop::sample::select(DType::ALL[1..].to_vec()),
        seed in 1u64..1000,
    ) {
        let tensor = |rows: usize, cols: usize, lay, shared: bool, seed| {
            let count = if shared { 1 } else { batch };
            let values = whole(count * rows * cols, seed, dtype);
            let t = Tensor::laid(&[count, rows, cols], dtype, lay, &values).expand(&[batch, rows, cols]);
            let all: Vec<f64> = values.iter().copied().cycle().take(batch * rows * cols).collect();
            (t, all)
        };
        let (a, x) = tensor(m, k, lays.0, share.0, seed);
        let (b, y) = tensor(k, n, lays.1, share.1, seed + 1);
        let got = product(&a, &b, &[batch, m, n], lays.2).unwrap();
        let expected = reference(batch, [m, n, k], &x, &y);
        for (g, e) in got.iter().zip(&expected) {
            prop_assert_eq!(*g, rounded(*e, dtype));
        }
    }
}
