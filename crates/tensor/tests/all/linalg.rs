//! Linear algebra and transforms: what is refused and in which words, and values that no gradient depends on.

use rushlight_tensor::linalg::{self, Norm, QrMode};
use rushlight_tensor::{DType, Result, Tensor, fft, tensor};

/// The sentence of an error, without its place.
fn refused<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(e) => e.message().to_owned(),
    }
}

fn ones(shape: &[usize]) -> Tensor {
    Tensor::ones(shape, ()).unwrap()
}

#[test]
fn products_say_what_does_not_fit() {
    assert_eq!(
        refused(ones(&[9]).dot(&ones(&[3]))),
        "dot: the inner sizes differ: [9] x [3], 9 against 3"
    );
    assert_eq!(
        refused(ones(&[2, 2]).mm(&ones(&[2, 2]).to(DType::I64).unwrap())),
        "mm: dtypes differ: float32 and int64; convert one with to(dtype)"
    );
    assert_eq!(
        refused(ones(&[1, 2, 2]).addmm(&ones(&[2, 3]), &ones(&[3, 2]), 1, 1)),
        "addmm: the input [1, 2, 2] does not broadcast to the product [2, 2]"
    );
    assert_eq!(
        refused(ones(&[5, 2]).cross(&ones(&[5, 2]), None)),
        "cross: no dimension of [5, 2] has size 3"
    );
    assert_eq!(
        refused(ones(&[2]).tensordot_dims(&ones(&[2, 3]), [0], [1])),
        "tensordot: dimension 0 of [2] and 1 of [2, 3] differ: 2 against 3"
    );
}

#[test]
fn einsum_reads_equations() -> Result<()> {
    let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    assert_eq!(Tensor::einsum("ba", &[&x])?.shape(), [3, 2]);
    assert_eq!(
        Tensor::einsum(" i j , j k ", &[&x, &x.t()?])?.shape(),
        [2, 2]
    );
    assert_eq!(
        Tensor::einsum("...j->...", &[&x])?.to_vec::<i64>()?,
        [6, 15]
    );
    assert_eq!(Tensor::einsum("ij->...ij", &[&x])?.shape(), [2, 3]);
    for (equation, part) in [
        ("ij,jk->ik", "names 2 operands, 1 are given"),
        ("ijk", "has 3 subscripts, the operand's shape is [2, 3]"),
        (
            "ii",
            "subscript i of \"ii\" has size 3 in operand 0 of shape [2, 3], 2 before",
        ),
        (
            "ij->ik",
            "k is in the result of \"ij->ik\" but in no operand",
        ),
        ("ij->ii", "i is in the result of \"ij->ii\" more than once"),
        ("i1->i", "'1' in \"i1->i\" is not a subscript"),
        ("......", "more than one ellipsis"),
        ("ij->->i", "'-' in \"ij->->i\" is not a subscript"),
    ] {
        let e = refused(Tensor::einsum(equation, &[&x]));
        assert!(e.starts_with("einsum: ") && e.contains(part), "{e}");
    }
    Ok(())
}

#[test]
fn matrices_without_an_answer_are_errors() -> Result<()> {
    let singular = tensor!([[[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 4.0]]]);
    assert_eq!(
        refused(linalg::inv(&singular)),
        "linalg.inv: the matrix 1 of the batch is singular: diagonal element 1 of its factor u is 0"
    );
    assert_eq!(
        refused(linalg::cholesky(&tensor!([[1.0, 2.0], [2.0, 1.0]]), false)),
        "linalg.cholesky: the matrix is not positive definite: its leading minor of order 2 is not positive"
    );
    assert_eq!(
        refused(linalg::svdvals(&tensor!([[f32::NAN]]))),
        "linalg.svd: the matrix has elements that are not finite"
    );
    assert_eq!(
        refused(linalg::det(&ones(&[2, 3]))),
        "linalg.det: expected square matrices, got [2, 3]"
    );
    assert_eq!(
        refused(linalg::inv(&tensor!([[1]]))),
        "linalg.inv: not defined for int64; convert to float32 or float64"
    );
    assert_eq!(
        refused(linalg::solve(&ones(&[2, 2]), &ones(&[3, 1]), true)),
        "linalg.solve: a [2, 2] and b [3, 1] do not fit a x = b; b should be [.., 2, k]"
    );
    let pivots = Tensor::from_slice(&[1, 3], 2)?;
    let e = refused(linalg::lu_solve(
        &ones(&[2, 2]),
        &pivots,
        &ones(&[2, 1]),
        true,
        false,
    ));
    assert_eq!(
        e,
        "lu_unpack: pivot 3 is out of range, rows are counted from 1 to 2"
    );
    Ok(())
}

#[test]
fn norms_and_conditions() -> Result<()> {
    let x = tensor!([[1.0, 2.0], [2.0, 4.0]]);
    assert_eq!(
        linalg::cond(&x, Some(Norm::Fro))?.item::<f32>()?,
        f32::INFINITY
    );
    assert_eq!(
        linalg::matrix_rank(&x, Some(6.0.into()), None, true)?.item::<i64>()?,
        0
    );
    let none = Tensor::zeros([2, 0, 3], ())?;
    assert_eq!(
        linalg::matrix_norm(&none, 2, [-2, -1], false)?.to_vec::<f32>()?,
        [0.0, 0.0]
    );
    let e = refused(linalg::matrix_norm(&x, 3, [0, 1], false));
    assert!(e.contains("there is no norm of order 3"), "{e}");
    let e = refused(linalg::norm(&ones(&[2, 2, 2]), Some(2.into()), None, false));
    assert!(e.contains("expected a vector or a matrix"), "{e}");
    Ok(())
}

#[test]
fn decompositions_multiply_back() -> Result<()> {
    for shape in [[40, 30], [30, 40], [50, 50]] {
        let a = Tensor::randn(shape, DType::F64)?;
        for mode in [QrMode::Reduced, QrMode::Complete] {
            let (q, r) = linalg::qr(&a, mode)?;
            assert!(
                q.matmul(&r)?.allclose(&a, 1e-10, 1e-10)?,
                "{shape:?} {mode:?}"
            );
            assert!(r.tril(-1)?.equal(&r.zeros_like()?)?);
        }
        let (u, s, vh) = linalg::svd(&a)?;
        assert!(
            u.mul(&s)?.matmul(&vh)?.allclose(&a, 1e-10, 1e-10)?,
            "{shape:?}"
        );
        let unit = Tensor::eye(s.numel(), DType::F64)?;
        assert!(
            u.t()?.matmul(&u)?.allclose(&unit, 1e-10, 1e-10)?,
            "{shape:?}"
        );
        let both = a.matmul(&a.t()?)?;
        let (values, v) = linalg::eigh(&both, false)?;
        assert!(
            v.mul(&values)?
                .matmul(&v.t()?)?
                .allclose(&both, 1e-9, 1e-9)?,
            "{shape:?}"
        );
    }
    Ok(())
}

#[test]
fn long_transforms_are_cut_into_factors() -> Result<()> {
    for n in [1, 2, 64, 97, 360, 1024, 1018] {
        let x = Tensor::randn([2, n], DType::F64)?;
        let (re, im) = fft::rfft(&x, None, -1, fft::Norm::Backward)?;
        // The sum of squares is kept (Parseval), and the first frequency is the sum.
        let (full, imaginary) = fft::fft(&x, None, -1, fft::Norm::Ortho)?;
        let power = full.square()?.add(&imaginary.square()?)?.sum()?;
        assert!(power.allclose(&x.square()?.sum()?, 1e-10, 1e-10)?, "{n}");
        assert!(
            re.select(-1, 0)?
                .allclose(&x.sum_dim(-1, false)?, 1e-10, 1e-10)?,
            "{n}"
        );
        assert_eq!(im.shape(), [2, n / 2 + 1]);
        let one = Tensor::zeros([n], DType::F64)?;
        one.set([n - 1], 1.0)?;
        let (re, im) = fft::fft(&one, None, -1, fft::Norm::Backward)?;
        let angle = Tensor::arange(0, n, 1, DType::F64)?.mul(std::f64::consts::TAU / n as f64)?;
        assert!(re.allclose(&angle.cos()?, 1e-10, 1e-10)?, "{n}");
        assert!(im.allclose(&angle.sin()?, 1e-10, 1e-10)?, "{n}");
    }
    let (same, none) = fft::fftn(
        &tensor!([1.0, 2.0]),
        None,
        Some(().into()),
        fft::Norm::Ortho,
    )?;
    assert_eq!(
        (same.to_vec::<f32>()?, none.to_vec::<f32>()?),
        (vec![1.0, 2.0], vec![0.0; 2])
    );
    let e = refused(fft::irfft(&tensor!(1.0), None, -1, fft::Norm::Backward));
    assert_eq!(e, "fft.irfft: dimension -1 of a tensor without dimensions");
    Ok(())
}

#[test]
fn matrices_without_an_answer_have_numbers() -> Result<()> {
    let a = tensor!([[[4.0, 2.0], [2.0, 5.0]], [[1.0, 2.0], [2.0, 1.0]]]);
    let (l, info) = linalg::cholesky_ex(&a, false)?;
    assert_eq!(info.to_vec::<i32>()?, [0, 2]);
    let l = l.to_vec::<f32>()?;
    assert_eq!(l[..4], [2.0, 0.0, 1.0, 2.0]);
    assert!(l[6].is_nan() && l[7].is_nan(), "{l:?}");
    let singular = tensor!([[1.0, 2.0], [2.0, 4.0]]);
    let (_, info) = linalg::solve_ex(&singular, &tensor!([1.0, 1.0]), true)?;
    assert_eq!(info.item::<i32>()?, 2);
    Ok(())
}

#[test]
fn the_exponential_of_elements_whose_sum_overflows_ends() -> Result<()> {
    let x = Tensor::full([2, 2], 1e308, DType::F64)?;
    let y = linalg::matrix_exp(&x)?.to_vec::<f64>()?;
    assert!(y.iter().all(|&v| v == f64::INFINITY), "{y:?}");
    Ok(())
}
