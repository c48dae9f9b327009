//! What large inputs are computed by: decompositions in blocks, Fourier transforms of every kind of length, elements by rank.

use rushlight_tensor::backend::{Fused, Op, SparseRows};
use rushlight_tensor::cpu::set_num_threads;
use rushlight_tensor::{DType, Result, Tensor, apply, composed, fft, linalg, tensor};
use std::sync::Arc;

/// Numbers between -0.5 and 0.5 without an order, the same everywhere.
fn numbers(shape: &[usize]) -> Tensor {
    let n: usize = shape.iter().product();
    let x: Vec<f64> = (0..n)
        .map(|j| ((j * j * 7 + 3 * j) % 1009) as f64 / 1009.0 - 0.5)
        .collect();
    Tensor::from_slice(&x, shape).unwrap()
}

#[track_caller]
fn near(a: &Tensor, b: &Tensor, tolerance: f64) {
    assert!(a.allclose(b, tolerance, tolerance).unwrap(), "{a} {b}");
}

fn unit(n: usize) -> Tensor {
    Tensor::eye(n, DType::F64).unwrap()
}

/// Matrices of several kinds: full, of rank 3, diagonal, zero, very large and very small.
fn kinds(m: usize, n: usize) -> Result<Vec<(&'static str, Tensor, f64)>> {
    let full = numbers(&[m, n]);
    let low = numbers(&[m, 3]).matmul(&numbers(&[3, n]))?;
    let diagonal = Tensor::eye(m.max(n), DType::F64)?
        .narrow(0, 0, m)?
        .narrow(1, 0, n)?
        .mul(&numbers(&[n]))?;
    Ok(vec![
        ("zero", full.zeros_like()?, 1.0),
        ("large", full.mul(1e200)?, 1e200),
        ("small", full.mul(1e-200)?, 1e-200),
        ("full", full, 1.0),
        ("low", low, 1.0),
        ("diagonal", diagonal, 1.0),
    ])
}

#[test]
fn decompositions_of_all_sizes_multiply_back() -> Result<()> {
    for (m, n) in [
        (1, 1),
        (16, 16),
        (17, 17),
        (31, 65),
        (65, 33),
        (100, 40),
        (130, 130),
        (20, 140),
    ] {
        for (kind, a, scale) in kinds(m, n)? {
            let (unscaled, what) = (a.div(scale)?, format!("{kind} {m} {n}"));
            let (q, r) = linalg::qr(&a, linalg::QrMode::Reduced)?;
            near(&q.matmul(&r.div(scale)?)?, &unscaled, 1e-12);
            near(&q.mt()?.matmul(&q)?, &unit(m.min(n)), 1e-12);
            let (u, s, vh) = linalg::svd(&a)?;
            near(&u.mul(&s.div(scale)?)?.matmul(&vh)?, &unscaled, 1e-12);
            near(&u.mt()?.matmul(&u)?, &unit(m.min(n)), 1e-12);
            near(&vh.matmul(&vh.mt()?)?, &unit(m.min(n)), 1e-12);
            let s = s.to_vec::<f64>()?;
            assert!(
                s.is_sorted_by(|a, b| a >= b) && s.iter().all(|&x| x >= 0.0),
                "{what}: {s:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn square_matrices_of_all_sizes_are_solved() -> Result<()> {
    for n in [1, 16, 17, 32, 33, 64, 100, 131] {
        let a = numbers(&[n, n]).add(&unit(n).mul(10)?)?;
        let symmetric = a.add(&a.mt()?)?;
        for (kind, x, scale) in kinds(n, n)? {
            let x = x.add(&x.mt()?)?;
            let (values, v) = linalg::eigh(&x, false)?;
            let values = values.div(scale)?;
            near(&v.mul(&values)?.matmul(&v.mt()?)?, &x.div(scale)?, 1e-12);
            near(&v.mt()?.matmul(&v)?, &unit(n), 1e-12);
            let values = values.to_vec::<f64>()?;
            assert!(values.is_sorted(), "{kind} {n}: {values:?}");
        }
        let b = numbers(&[n, 7]);
        near(&a.matmul(&linalg::solve(&a, &b, true)?)?, &b, 1e-7);
        let (p, l, u) = linalg::lu(&a)?;
        near(&p.matmul(&l)?.matmul(&u)?, &a, 1e-12);
        let positive = symmetric.matmul(&symmetric)?.add(&unit(n))?;
        near(&linalg::inv(&positive)?.matmul(&positive)?, &unit(n), 1e-9);
        for upper in [false, true] {
            let l = linalg::cholesky(&positive, upper)?;
            let square = if upper {
                l.mt()?.matmul(&l)?
            } else {
                l.matmul(&l.mt()?)?
            };
            near(&square, &positive, 1e-12);
            near(
                &positive.matmul(&linalg::cholesky_solve(&b, &l, upper)?)?,
                &b,
                1e-8,
            );
            let x = linalg::solve_triangular(&l, &b, upper, true, false)?;
            near(&l.matmul(&x)?, &b, 1e-10);
        }
        let negative = positive.sub(
            &unit(n).mul(positive.diagonal(0, 0, 1)?.amin((), false)?.item::<f64>()? + 1.0)?,
        )?;
        assert!(linalg::cholesky(&negative, false).is_err());
    }
    Ok(())
}

/// `Σ xⱼ e^(-2πi jk/n)` by its definition, for some `k`.
fn defined(re: &[f64], im: &[f64], k: usize) -> (f64, f64) {
    let n = re.len();
    (0..n).fold((0.0, 0.0), |(a, b), j| {
        let (sin, cos) = (-std::f64::consts::TAU * (j * k % n) as f64 / n as f64).sin_cos();
        (a + re[j] * cos - im[j] * sin, b + re[j] * sin + im[j] * cos)
    })
}

#[test]
fn transforms_of_all_lengths_follow_the_definition() -> Result<()> {
    let back = fft::Norm::Backward;
    for n in (1..70).chain([
        121,
        127,
        169,
        254,
        1009,
        2048,
        2310,
        4096,
        6006,
        10007,
        20014,
        8192 * 9,
    ]) {
        let x = numbers(&[3, n]);
        let (re, im) = fft::fft(&x, None, -1, back)?;
        let row = x.select(0, 2)?.to_vec::<f64>()?;
        let zeros = vec![0.0; n];
        for k in [0, 1, n / 3, n / 2, n - 1].into_iter().filter(|k| *k < n) {
            let (a, b) = defined(&row, &zeros, k);
            let got = (re.i((2, k))?.item::<f64>()?, im.i((2, k))?.item::<f64>()?);
            assert!(
                (got.0 - a).hypot(got.1 - b) < 1e-9 * n as f64,
                "{n} {k}: {got:?}, not {a} {b}"
            );
        }
        let (half, _) = fft::rfft(&x.float()?, None, -1, back)?;
        near(
            &half.double()?,
            &re.narrow(1, 0, n / 2 + 1)?,
            1e-5 * (n as f64).sqrt(),
        );
        let one = Tensor::zeros([n], DType::F64)?;
        one.set([n / 2], 1.0)?;
        let (re, im) = fft::ifft(&one, None, -1, fft::Norm::Forward)?;
        let turns = Tensor::arange(0, n, 1, DType::I64)?
            .mul(n / 2)?
            .remainder(n)?
            .double()?;
        let angle = turns.mul(std::f64::consts::TAU / n as f64)?;
        near(&re, &angle.cos()?, 1e-12);
        near(&im, &angle.sin()?, 1e-12);
    }
    Ok(())
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() -> Result<()> {
    let a = numbers(&[150, 150]);
    let all = || -> Result<Vec<f64>> {
        let (q, r) = linalg::qr(&a, linalg::QrMode::Reduced)?;
        let (u, s, vh) = linalg::svd(&a)?;
        let (values, v) = linalg::eigh(&a, false)?;
        let (re, im) = fft::fft(&numbers(&[50_000]), None, -1, fft::Norm::Ortho)?;
        let (rows, _) = fft::fft(&numbers(&[40, 1009]), None, -1, fft::Norm::Ortho)?;
        let (top, at) = numbers(&[40, 3000]).topk(10, 1, true)?;
        let inverse = linalg::inv(&a)?;
        let mut all = Vec::new();
        for x in [
            q,
            r,
            u,
            s,
            vh,
            values,
            v,
            re,
            im,
            rows,
            top,
            at.double()?,
            inverse,
        ] {
            all.extend(x.to_vec::<f64>()?);
        }
        Ok(all)
    };
    set_num_threads(1)?;
    let one = all()?;
    set_num_threads(3)?;
    let three = all()?;
    assert!(
        one.iter()
            .zip(&three)
            .all(|(a, b)| a.to_bits() == b.to_bits())
    );
    Ok(())
}

#[test]
fn ranks_are_those_of_the_whole_sort() -> Result<()> {
    for n in [1, 2, 7, 300, 1000, 5000] {
        let few = Tensor::arange(0, n, 1, DType::I64)?.mul(7)?.remainder(37)?;
        // NaN instead of 5.
        let floats = few.double()?.masked_fill(&few.eq(5)?, f64::NAN)?;
        for dtype in [
            DType::U8,
            DType::I16,
            DType::I64,
            DType::F16,
            DType::F32,
            DType::F64,
        ] {
            let x = if dtype.is_float() {
                floats.to(dtype)?
            } else {
                few.to(dtype)?
            };
            let x = Tensor::stack(&[&x, &x.flip(0)?], 1)?;
            for descending in [false, true] {
                let order = x.argsort(0, descending)?;
                for k in [0, 1, n / 3, n].into_iter().filter(|k| *k <= n) {
                    let (values, at) = x.topk(k, 0, descending)?;
                    assert!(at.equal(&order.narrow(0, 0, k)?)?, "{n} {dtype} {k}");
                    assert_eq!(values.dtype(), dtype);
                }
            }
            let order = x.argsort(0, false)?;
            for k in [1, n / 2 + 1, n] {
                let (_, at) = x.kthvalue(k, 0, true)?;
                assert!(at.equal(&order.narrow(0, k - 1, 1)?)?, "{n} {dtype} {k}");
            }
        }
    }
    let nan = f64::NAN;
    let x = tensor!([[3.0, nan, 1.0, nan], [4.0, 2.0, 8.0, 6.0]]);
    let (values, at) = x.median_dim(1, false)?;
    assert_eq!(at.to_vec::<i64>()?, [1, 0]);
    assert!(values.i(0)?.isnan()?.item::<bool>()?);
    assert!(x.median()?.isnan()?.item::<bool>()?);
    Ok(())
}

/// PyTorch's numbers for the same inputs.
#[test]
fn results_are_those_of_pytorch() -> Result<()> {
    let is = |x: &Tensor, at: &[usize], expected: &[f64]| {
        let x = x.to_vec::<f64>().unwrap();
        for (&i, e) in at.iter().zip(expected) {
            assert!(
                (x[i] - e).abs() <= 1e-11 * e.abs().max(1.0),
                "{i}: {}, not {e}",
                x[i]
            );
        }
    };
    let singular = [4.506039851312586, 2.5897493501695403, 0.7746523005448195];
    is(
        &linalg::svdvals(&numbers(&[100, 40]))?,
        &[0, 20, 39],
        &singular,
    );
    let a = numbers(&[64, 64]);
    let values = [-6.186927528501276, 0.0345873281734538, 6.074307533261175];
    is(
        &linalg::eigvalsh(&a.add(&a.mt()?)?, false)?,
        &[0, 31, 63],
        &values,
    );
    is(&linalg::slogdet(&a)?.1, &[0], &[14.946833600752058]);
    is(&linalg::inv(&a)?, &[63], &[-0.27552022772643503]);
    let (_, r) = linalg::qr(&numbers(&[50, 50]), linalg::QrMode::Reduced)?;
    is(&r, &[49 * 50 + 49], &[0.09989074985534917]);
    let prime = [
        [-2.7666890602175727, -20.743629706505388],
        [-0.14957898941475845, 1.6233755582140894],
    ];
    let even = [
        [-3.586507957348256, 1.2547076313181549],
        [-0.08585488020437332, 0.0],
    ];
    for (n, [re, im]) in [(10007, prime), (20000, even)] {
        let found = fft::fft(&numbers(&[n]), None, -1, fft::Norm::Backward)?;
        is(&found.0, &[1, n / 2], &re);
        is(&found.1, &[1, n / 2], &im);
    }
    let x = numbers(&[1000]).float()?;
    let top = [0.496_035_67, 0.497_026_77, 0.497_026_77];
    assert_eq!(x.topk(3, 0, true)?.0.flip(0)?.to_vec::<f32>()?, top);
    assert_eq!(x.kthvalue(500, 0, false)?.0.item::<f32>()?, -0.012_388_503);
    assert_eq!(x.median()?.item::<f32>()?, -0.012_388_503);
    Ok(())
}

/// The results of the kernel of the CPU and of the composition that other devices use.
fn both(f: Fused, inputs: &[&Tensor]) -> Result<[Tensor; 2]> {
    let kernel = apply(Op::Fused(Arc::new(f.clone())), inputs)?;
    Ok([kernel, composed(f, inputs)?.0])
}

#[test]
fn kernels_and_compositions_agree() -> Result<()> {
    for n in [1, 5, 64, 97, 360, 1018, 1024] {
        for inverse in [false, true] {
            let (re, im) = (numbers(&[2, n]), numbers(&[2, n]).flip(1)?);
            let [a, b] = both(Fused::Fourier { inverse }, &[&re, &im])?;
            near(&a, &b, 1e-10);
            let [a, b] = both(Fused::Fourier { inverse }, &[&re])?;
            near(&a, &b, 1e-10);
        }
        for (first, count) in [(0, n), (n / 2, 1), (n / 3, n / 2)] {
            let ranks = Fused::Ranks {
                dim: 1,
                descending: true,
                first,
                count,
            };
            let [a, b] = both(ranks, &[&numbers(&[2, n])])?;
            assert!(a.equal(&b)?);
        }
        let nan = tensor!([[f64::NAN], [f64::NAN]]).double()?;
        let sequence = numbers(&[2, n]).sort(1, false)?.0;
        let sequence = Tensor::cat(&[&sequence, &nan], 1)?;
        let values = Tensor::cat(
            &[
                &numbers(&[2, n]),
                &tensor!([[f64::NAN, -9.0, 9.0]]).double()?.expand([2, 3])?,
            ],
            1,
        )?;
        for right in [false, true] {
            let [a, b] = both(Fused::Search { right }, &[&sequence, &values])?;
            assert!(a.equal(&b)?, "{n} {right}: {a} {b}");
        }
    }
    // The second matrix has an empty row, the third more entries in a row than are added one by one.
    for taps in [1, 2, 4, 11] {
        let row = |i: usize| {
            (0..taps * usize::from(i != 3 || taps != 2))
                .map(move |k| ((i + k) % 12, 0.25 + k as f64))
        };
        let matrix = Arc::new(SparseRows::new(12, (0..9).map(row)));
        for (dim, shape) in [
            (0, vec![12]),
            (1, vec![2, 12, 3]),
            (0, vec![12, 40]),
            (2, vec![3, 5, 12]),
        ] {
            let x = numbers(&shape);
            let [a, b] = both(
                Fused::Sparse {
                    dim,
                    matrix: matrix.clone(),
                },
                &[&x],
            )?;
            near(&a, &b, 1e-14);
            let [a, b] = both(
                Fused::Sparse {
                    dim,
                    matrix: matrix.clone(),
                },
                &[&x.float()?],
            )?;
            near(&a, &b, 1e-6);
        }
    }
    let (x, at) = (numbers(&[9, 3, 7]).sub(1.0)?, tensor!([0, 2, 9]));
    let open = numbers(&[3, 7]).gt(0.0)?;
    let leap = open.where_cond(&Tensor::zeros((), DType::F64)?, f64::NEG_INFINITY)?;
    leap.narrow(1, 0, 2)?.fill_(f64::NEG_INFINITY)?;
    let start = leap.flip(1)?;
    let [a, b] = both(Fused::PathSums, &[&x, &leap, &start, &at])?;
    near(&a, &b, 1e-12);
    Ok(())
}
