//! Derivatives of linear algebra. The factors of a decomposition are stacked vertically in its result, and their gradients in the incoming one.

use super::scan::exclusive_products;
use super::{Call, Grads};
use rushlight_backend::{Error, Linalg, Op, Result};
use rushlight_tensor::{Tensor, apply};

pub(super) fn gradients(f: Linalg, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    match f {
        Linalg::Solve => {
            let b = op(Linalg::Solve, &[&c.input(0).mt()?, g])?;
            c.two(|| against(&b, c.y()), || Ok(b.clone()))
        }
        Linalg::Inverse => c.one(|| c.y().mt()?.matmul(g)?.matmul(&c.y().mt()?)?.neg()),
        Linalg::SolveTriangular { upper, unit } => {
            let transposed = Linalg::SolveTriangular {
                upper: !upper,
                unit,
            };
            let b = op(transposed, &[&c.input(0).mt()?, g])?;
            let triangle = |a: Tensor| match upper {
                true => a.triu(unit as isize),
                false => a.tril(-(unit as isize)),
            };
            c.two(|| triangle(against(&b, c.y())?), || Ok(b.clone()))
        }
        Linalg::Cholesky { .. } => c.one(|| cholesky(c.y(), g)),
        Linalg::CholeskySolve { upper } => {
            let l = c.input(1);
            let b = op(f, &[g, l])?;
            let factor = || {
                let a = against(&b, c.y())?;
                let a = a.add(&a.mt()?)?;
                if upper { l.matmul(&a) } else { a.matmul(l) }
            };
            c.two(|| Ok(b.clone()), factor)
        }
        Linalg::Det => c.one(|| determinant(c.x(), c.y(), g)),
        Linalg::LogDet => c.one(|| log_determinant(c.x(), c.y(), g)),
        Linalg::Qr { complete } => c.one(|| qr(c, g, complete)),
        Linalg::Eigh => c.one(|| eigh(c.y(), g)),
        Linalg::Svd => c.one(|| svd(c, g)),
        Linalg::Pinv { .. } => c.each([&|| pinv(c.x(), c.y(), g)]),
        Linalg::MatrixExp => c.one(|| exponential(c.x(), g)),
        Linalg::LuFactor => c.one(|| lu(c.y(), c.aux(0), g)),
        Linalg::Permutation { .. } => Ok(Grads::new()),
    }
}

fn op(f: Linalg, inputs: &[&Tensor]) -> Result<Tensor> {
    apply(Op::Linalg(f), inputs)
}

/// `-b xᵀ`: the gradient of `a` from the gradient `b` of the right-hand side of `a x = …`.
fn against(b: &Tensor, x: &Tensor) -> Result<Tensor> {
    b.matmul(&x.mt()?)?.neg()
}

/// One number per matrix, in a shape that broadcasts with the matrices.
fn as_matrix(g: &Tensor) -> Result<Tensor> {
    g.unsqueeze(-1)?.unsqueeze(-1)
}

/// The identity matrix of `n` rows, with the dtype and device of `like`.
fn identity(n: usize, like: &Tensor) -> Result<Tensor> {
    Tensor::eye(n, (like.dtype(), like.device()))
}

/// `p l⁻ᵀ (tril(lᵀ gl) + triu(gu uᵀ)) u⁻ᵀ`, where the part of `l` below the square, or of `u` to the right of it, is solved for first.
fn lu(lu: &Tensor, pivots: &Tensor, g: &Tensor) -> Result<Tensor> {
    let (m, n) = (lu.size(-2)?, lu.size(-1)?);
    let k = m.min(n);
    let square = |t: &Tensor| t.narrow(-2, 0, k)?.narrow(-1, 0, k);
    let (a, ga) = (square(lu)?, square(g)?);
    let (l, u) = (a.tril(-1)?.add(&identity(k, lu)?)?, a.triu(0)?);
    let mut low = l.mt()?.matmul(&ga.tril(-1)?)?;
    let mut high = ga.triu(0)?.matmul(&u.mt()?)?;
    let under_transposed = |x: &Tensor| {
        let f = Linalg::SolveTriangular {
            upper: true,
            unit: true,
        };
        op(f, &[&l.mt()?, x])
    };
    let rest = |t: &Tensor| match m > n {
        true => t.narrow(-2, k, m - k),
        false => t.narrow(-1, k, n - k),
    };
    let (beyond, gbeyond) = (rest(lu)?, rest(g)?);
    if m > n {
        high = high.sub(&beyond.mt()?.matmul(&gbeyond)?)?;
    } else {
        low = low.sub(&gbeyond.matmul(&beyond.mt()?)?)?;
    }
    let middle = low.tril(-1)?.add(&high.triu(0)?)?;
    let core = over_transposed(&under_transposed(&middle)?, &u)?;
    let sorted = match m > n {
        true => Tensor::cat(&[&core, &over_transposed(&gbeyond, &u)?], -2)?,
        false => Tensor::cat(&[&core, &under_transposed(&gbeyond)?], -1)?,
    };
    let from = op(Linalg::Permutation { rows: m as u32 }, &[pivots])?;
    let back = from.argsort(-1, false)?.unsqueeze(-1)?;
    sorted.gather(-2, &back.expand(sorted.shape())?)
}

/// The lower triangle, reflected into the upper one.
fn symmetric(a: &Tensor) -> Result<Tensor> {
    a.tril(0)?.add(&a.tril(-1)?.mt()?)
}

/// `a r⁻ᵀ` for an upper triangular `r`.
fn over_transposed(a: &Tensor, r: &Tensor) -> Result<Tensor> {
    let f = Linalg::SolveTriangular {
        upper: true,
        unit: false,
    };
    op(f, &[r, &a.mt()?])?.mt()
}

/// `l⁻ᵀ sym(lᵀ g) l⁻¹ / 2`, symmetric as PyTorch's.
fn cholesky(l: &Tensor, g: &Tensor) -> Result<Tensor> {
    let middle = symmetric(&l.mt()?.matmul(g)?)?.mul(0.5)?;
    let r = l.mt()?;
    let f = Linalg::SolveTriangular {
        upper: true,
        unit: false,
    };
    let left = op(f, &[&r, &middle])?;
    op(f, &[&r, &left.mt()?])
}

/// `∂ det a / ∂a` is the matrix of cofactors: `det a · a⁻ᵀ`, and for a singular `a`, or where the determinant overflows, the products of all
/// singular values but one.
fn determinant(a: &Tensor, det: &Tensor, g: &Tensor) -> Result<Tensor> {
    let lost = det.eq(0)?.logical_or(&det.isinf()?)?.any()?;
    if !lost.item::<bool>()? || !a.isfinite()?.all()?.item::<bool>()? {
        let inverse = op(Linalg::Inverse, &[a])?;
        return inverse.mt()?.mul(&as_matrix(&g.mul(det)?)?);
    }
    cofactors(a)?.mul(&as_matrix(g)?)
}

/// `∂ ln |det a| / ∂a = a⁻ᵀ`, and infinite for a singular `a`.
fn log_determinant(a: &Tensor, log: &Tensor, g: &Tensor) -> Result<Tensor> {
    if log.ne(f64::NEG_INFINITY)?.all()?.item::<bool>()? {
        return op(Linalg::Inverse, &[a])?.mt()?.mul(&as_matrix(g)?);
    }
    cofactors(a)?.mul(&as_matrix(&g.div(&op(Linalg::Det, &[a])?)?)?)
}

/// The cofactors of `a`: the signed determinants of its minors.
fn cofactors(a: &Tensor) -> Result<Tensor> {
    let n = a.size(-1)?;
    let parts = op(Linalg::Svd, &[a])?;
    let (u, s, v) = split(&parts, n, n)?;
    let others =
        exclusive_products(&s, -1)?.mul(&exclusive_products(&s.flip(-1)?, -1)?.flip(-1)?)?;
    let sign = op(Linalg::Det, &[&u])?.mul(&op(Linalg::Det, &[&v])?)?;
    u.mul(&others)?.matmul(&v.mt()?)?.mul(&as_matrix(&sign)?)
}

/// `u: [m, k]`, `s: [1, k]`, `v: [n, k]`, which are stacked vertically in `t`.
fn split(t: &Tensor, m: usize, n: usize) -> Result<(Tensor, Tensor, Tensor)> {
    Ok((
        t.narrow(-2, 0, m)?,
        t.narrow(-2, m, 1)?,
        t.narrow(-2, m + 1, n)?,
    ))
}

fn qr(c: &Call<'_>, g: &Tensor, complete: bool) -> Result<Tensor> {
    let shape = c.shape(0, g);
    let [.., m, n] = *shape else {
        return Err(Error::autograd("linalg.qr: no matrix was recorded"));
    };
    if complete && m > n {
        return Err(Error::autograd(format!(
            "linalg.qr: the complete decomposition of {m} rows and {n} columns has no derivative; use the reduced one"
        )));
    }
    let halves = |t: &Tensor| Ok::<_, Error>((t.narrow(-2, 0, m)?, t.narrow(-2, m, n)?.mt()?));
    let ((q, r), (gq, gr)) = (halves(c.y())?, halves(g)?);
    if m >= n {
        return tall_qr(&q, &r, &gq, &gr);
    }
    // a = [x, y] and r = [u, v]: x = q u, y = q v.
    let (u, v) = (r.narrow(-1, 0, m)?, r.narrow(-1, m, n - m)?);
    let (gu, gv) = (gr.narrow(-1, 0, m)?, gr.narrow(-1, m, n - m)?);
    let gq = gq.add(&q.matmul(&v)?.matmul(&gv.mt()?)?)?;
    let x = tall_qr(&q, &u, &gq, &gu)?;
    Tensor::cat(&[&x, &q.matmul(&gv)?], -1)
}

/// `(gq + q sym(r grᵀ - gqᵀ q)) r⁻ᵀ`.
fn tall_qr(q: &Tensor, r: &Tensor, gq: &Tensor, gr: &Tensor) -> Result<Tensor> {
    let m = r.matmul(&gr.mt()?)?.sub(&gq.mt()?.matmul(q)?)?;
    over_transposed(&gq.add(&q.matmul(&symmetric(&m)?)?)?, r)
}

/// `x / d`, and 0 for 0/0, which is the case for equal values whose vectors have no gradient.
fn divide(x: &Tensor, d: &Tensor) -> Result<Tensor> {
    let void = x.eq(0)?.mul(&d.eq(0)?)?;
    x.div(&void.where_cond(1.0, d)?)
}

fn eigh(y: &Tensor, g: &Tensor) -> Result<Tensor> {
    let n = y.size(-1)?;
    let parts = |t: &Tensor| Ok::<_, Error>((t.narrow(-2, 0, n)?, t.narrow(-2, n, 1)?));
    let ((v, values), (gv, gvalues)) = (parts(y)?, parts(g)?);
    let differences = values.sub(&values.mt()?)?;
    let rotation = off_diagonal(&v.mt()?.matmul(&gv)?)?;
    let middle = divide(&rotation, &differences)?.add(&identity(n, y)?.mul(&gvalues)?)?;
    v.matmul(&middle)?.matmul(&v.mt()?)
}

fn off_diagonal(a: &Tensor) -> Result<Tensor> {
    let n = a.size(-1)?;
    identity(n, a)?.ne(0)?.where_cond(0.0, a)
}

fn svd(c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let shape = c.shape(0, g);
    let [.., m, n] = *shape else {
        return Err(Error::autograd("linalg.svd: no matrix was recorded"));
    };
    let k = m.min(n);
    let ((u, s, v), (gu, gs, gv)) = (split(c.y(), m, n)?, split(g, m, n)?);
    let column = s.mt()?;
    // The difference of two squares as a product of its factors, since squares overflow and underflow.
    let (differences, sums) = (s.sub(&column)?, s.add(&column)?);
    let rotation = |x: &Tensor, gx: &Tensor| {
        let product = x.mt()?.matmul(gx)?;
        divide(&divide(&product.sub(&product.mt()?)?, &differences)?, &sums)
    };
    let middle = rotation(&u, &gu)?
        .mul(&s)?
        .add(&column.mul(&rotation(&v, &gv)?)?)?
        .add(&identity(k, g)?.mul(&gs)?)?;
    let mut total = u.matmul(&middle)?.matmul(&v.mt()?)?;
    // The component of a gradient orthogonal to the space that the vectors span.
    let outside = |x: &Tensor, gx: &Tensor| {
        let part = gx.sub(&x.matmul(&x.mt()?.matmul(gx)?)?)?;
        divide(&part, &s)
    };
    if m > k {
        total = total.add(&outside(&u, &gu)?.matmul(&v.mt()?)?)?;
    }
    if n > k {
        total = total.add(&u.matmul(&outside(&v, &gv)?.mt()?)?)?;
    }
    Ok(total)
}

/// `-pᵀ g pᵀ + (1 - a p) gᵀ p pᵀ + pᵀ p gᵀ (1 - p a)` (Golub and Pereyra 1973).
fn pinv(a: &Tensor, p: &Tensor, g: &Tensor) -> Result<Tensor> {
    let (pt, gt) = (p.mt()?, g.mt()?);
    let right = gt.matmul(p)?.matmul(&pt)?;
    let left = pt.matmul(p)?.matmul(&gt)?;
    right
        .sub(&a.matmul(&p.matmul(&right)?)?)?
        .add(&left.sub(&left.matmul(p)?.matmul(a)?)?)?
        .sub(&pt.matmul(g)?.matmul(&pt)?)
}

/// The upper right block of `exp [[aᵀ, g], [0, aᵀ]]`.
fn exponential(a: &Tensor, g: &Tensor) -> Result<Tensor> {
    let n = a.size(-1)?;
    let at = a.mt()?;
    let above = Tensor::cat(&[&at, g], -1)?;
    let below = Tensor::cat(&[&at.zeros_like()?, &at], -1)?;
    let whole = op(Linalg::MatrixExp, &[&Tensor::cat(&[&above, &below], -2)?])?;
    whole.narrow(-2, 0, n)?.narrow(-1, n, n)
}
