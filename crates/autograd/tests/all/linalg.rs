//! The derivatives of linear algebra against finite differences, first and second order.
//!
//! Vectors of a decomposition have no sign of their own: what is checked of them is their squares.

use crate::rules::{ANY, at, check, leaf};
use rushlight_autograd::{Autograd, CheckOptions, gradcheck};
use rushlight_tensor::linalg::{self, Norm, QrMode};
use rushlight_tensor::{Result, Tensor, fft, tensor};

/// Square matrices that are far from singular.
fn regular(x: &Tensor) -> Result<Tensor> {
    x.add(&Tensor::eye(x.size(-1)?, (x.dtype(), x.device()))?.mul(4)?)
}

/// Symmetric positive definite matrices.
fn positive(x: &Tensor) -> Result<Tensor> {
    regular(&x.matmul(&x.mt()?)?)
}

#[test]
fn systems() {
    let square: &[&[usize]] = &[&[2, 3, 3], &[3, 2]];
    check("solve", square, ANY, |x| {
        linalg::solve(&regular(&x[0])?, &x[1], true)
    });
    check("solve, right", &[&[3, 3], &[2, 1, 3]], ANY, |x| {
        linalg::solve(&regular(&x[0])?, &x[1], false)
    });
    check("inv", &[&[2, 3, 3]], ANY, |x| linalg::inv(&regular(&x[0])?));
    for (upper, unit) in [(true, false), (true, true), (false, false), (false, true)] {
        check("solve_triangular", square, ANY, |x| {
            linalg::solve_triangular(&regular(&x[0])?, &x[1], upper, true, unit)
        });
    }
    let pivots = Tensor::from_slice(&[3, 2, 3], 3).unwrap();
    for adjoint in [false, true] {
        check("lu_solve", &[&[3, 3], &[3, 2]], ANY, |x| {
            linalg::lu_solve(&regular(&x[0])?, &pivots, &x[1], true, adjoint)
        });
    }
    check("tensorsolve", &[&[2, 3, 6], &[2, 3]], ANY, |x| {
        linalg::tensorsolve(&x[0], &x[1], None)
    });
}

#[test]
fn lu() {
    for shape in [&[2, 3, 3][..], &[4, 2], &[2, 4]] {
        check("lu", &[shape], ANY, |x| {
            let (p, l, u) = linalg::lu(&x[0])?;
            p.matmul(&l.sin()?)?.matmul(&u.square()?)
        });
    }
}

#[test]
fn cholesky() {
    for upper in [false, true] {
        check("cholesky", &[&[2, 3, 3]], ANY, |x| {
            linalg::cholesky(&positive(&x[0])?, upper)
        });
        // The factor's gradient is that of the product with itself; a triangular factor keeps the differences in its triangle.
        let triangle = |x: &Tensor| match upper {
            true => regular(x)?.triu(0),
            false => regular(x)?.tril(0),
        };
        check("cholesky_solve", &[&[3, 2], &[3, 3]], ANY, |x| {
            linalg::cholesky_solve(&x[0], &triangle(&x[1])?, upper)
        });
        check("cholesky_inverse", &[&[3, 3]], ANY, |x| {
            linalg::cholesky_inverse(&triangle(&x[0])?, upper)
        });
    }
}

#[test]
fn determinants() {
    check("det", &[&[2, 3, 3]], ANY, |x| linalg::det(&x[0]));
    check("slogdet", &[&[2, 3, 3]], ANY, |x| {
        Ok(linalg::slogdet(&x[0])?.1)
    });
    for singular in [
        [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]],
        [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]],
    ] {
        let x = leaf(&singular.concat(), &[3, 3]);
        if let Err(e) = gradcheck(|x| linalg::det(&x[0]), &[&x], CheckOptions::default()) {
            panic!("det of a singular matrix: {e}");
        }
    }
}

#[test]
fn decompositions() {
    for shape in [&[2, 4, 3][..], &[3, 3], &[2, 4]] {
        check("qr", &[shape], ANY, |x| {
            let (q, r) = linalg::qr(&x[0], QrMode::Reduced)?;
            q.matmul(&r.sin()?)?.add(&q.square()?.sum()?)
        });
        check("svd", &[shape], ANY, |x| {
            let (u, s, vh) = linalg::svd(&x[0])?;
            let sum = u.square()?.mul(0.3)?.cumsum(-2)?.square()?.sum()?;
            u.mul(&s.exp()?.unsqueeze(-2)?)?.matmul(&vh)?.add(&sum)
        });
        check("svdvals", &[shape], ANY, |x| linalg::svdvals(&x[0]));
    }
    check("qr, complete", &[&[2, 4]], ANY, |x| {
        let (q, r) = linalg::qr(&x[0], QrMode::Complete)?;
        q.matmul(&r.sin()?)
    });
    for upper in [false, true] {
        check("eigh", &[&[2, 3, 3]], ANY, |x| {
            let (values, v) = linalg::eigh(&x[0].add(&x[0].mt()?)?, upper)?;
            v.mul(&values.sin()?.unsqueeze(-2)?)?
                .matmul(&v.mt()?)?
                .add(&v.square()?)
        });
    }
}

#[test]
fn functions_of_matrices() {
    check("matrix_exp", &[&[2, 3, 3]], ANY, |x| x[0].matrix_exp());
    check("matrix_exp, large", &[&[2, 2]], (4.0, 8.0), |x| {
        x[0].matrix_exp()?.mul(1e-5)
    });
    for n in [-2, 0, 1, 3] {
        check("matrix_power", &[&[3, 3]], ANY, |x| {
            linalg::matrix_power(&regular(&x[0])?, n)
        });
    }
    for shapes in [[&[3, 2][..], &[2, 4][..]], [&[2, 3, 3], &[2, 3, 3]]] {
        check("pinv", &shapes, ANY, |x| {
            linalg::pinv(&x[0].matmul(&x[1])?, None, None, false)
        });
    }
    check("pinv, hermitian", &[&[3, 3]], ANY, |x| {
        linalg::pinv(&positive(&x[0])?, None, None, true)
    });
    for norm in [
        Norm::Fro,
        Norm::Nuc,
        Norm::P(2.0),
        Norm::P(-2.0),
        Norm::P(1.0),
    ] {
        check("matrix_norm", &[&[3, 2, 2]], ANY, |x| {
            linalg::matrix_norm(&x[0], norm, [0, -1], false)
        });
        check("cond", &[&[2, 3, 3]], ANY, |x| {
            linalg::cond(&regular(&x[0])?, Some(norm))
        });
    }
}

#[test]
fn products() {
    check("einsum", &[&[2, 3, 3], &[3, 1, 4], &[4]], ANY, |x| {
        Tensor::einsum("bii,i...k,k->...b", &[&x[0], &x[1], &x[2]])
    });
    check("kron", &[&[2, 2], &[3]], ANY, |x| x[0].kron(&x[1]));
    check("vander", &[&[3]], ANY, |x| linalg::vander(&x[0], Some(4)));
    let zeros = [leaf(&[0.0, 1.0], &[2])];
    at("vander at 0", &zeros, |x| linalg::vander(&x[0], Some(4)));
    check("cross", &[&[2, 3], &[1, 3]], ANY, |x| {
        linalg::cross(&x[0], &x[1], -1)
    });
    check("addbmm", &[&[4], &[2, 3, 2], &[2, 2, 4]], ANY, |x| {
        x[0].addbmm(&x[1], &x[2], 0.5, 2)
    });
}

#[test]
fn transforms() {
    for (n, norm) in [(5, fft::Norm::Backward), (8, fft::Norm::Ortho)] {
        check("irfft", &[&[4, 2]], ANY, |x| {
            fft::irfft(&x[0], Some(n), 0, norm)
        });
        check("rfft", &[&[6]], ANY, |x| {
            let (re, im) = fft::rfft(&x[0], Some(n), 0, norm)?;
            re.square()?.add(&im.sin()?)
        });
    }
}

#[test]
fn equal_singular_values_have_a_gradient_where_no_vector_is_read() -> Result<()> {
    let x = tensor!([[0.0, 0.0], [0.0, 0.0]]).requires_grad_(true)?;
    linalg::matrix_norm(&x, Norm::Nuc, [0, 1], false)?.backward()?;
    let grad = x.grad().map(|g| g.to_vec::<f32>()).transpose()?;
    assert_eq!(grad, Some(vec![1.0, 0.0, 0.0, 1.0]));
    Ok(())
}

#[test]
fn a_complete_qr_of_a_tall_matrix_has_no_derivative() -> Result<()> {
    let x = tensor!([[1.0], [2.0]]).requires_grad_(true)?;
    let (q, _) = linalg::qr(&x, QrMode::Complete)?;
    let e = crate::refused(q.sum()?.backward());
    assert!(e.contains("use the reduced one"), "{e}");
    Ok(())
}
