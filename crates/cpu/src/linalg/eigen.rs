//! Eigenvalues and eigenvectors of symmetric matrices: of small ones by Jacobi rotations, which are simple and accurate for small eigenvalues
//! too, and of large ones through a tridiagonal matrix, because the cost of the rotations grows with several times the cube of the size.

use super::{Unfit, Worked, expect_finite, identity, tridiagonal};

/// The size up to which matrices are decomposed by Jacobi rotations.
pub(super) const JACOBI: usize = 16;

/// The maximum number of sweeps, which is never reached: once rotations converge, each sweep doubles the correct digits.
pub(super) const SWEEPS: usize = 60;

/// `v: [n, n]` above the ascending eigenvalues, from the lower triangle of `a`.
pub(super) fn decompose(a: &[f64], n: usize, out: &mut [f64]) -> Worked {
    let mut s = a.to_vec();
    for i in 0..n {
        for j in i + 1..n {
            s[i * n + j] = s[j * n + i];
        }
    }
    expect_finite(&s)?;
    // Scaled, so that no product overflows or underflows.
    let scale = power_above(&s);
    s.iter_mut().for_each(|x| *x /= scale);
    // Rows are eigenvectors here, so that a rotation accesses two contiguous rows.
    let (values, vectors) = if n <= JACOBI {
        let mut vectors = vec![0.0; n * n];
        identity(&mut vectors, n);
        rotate(&mut s, &mut vectors, n)?;
        ((0..n).map(|i| s[i * n + i]).collect(), vectors)
    } else {
        tridiagonal::decompose(&mut s, n)?
    };
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    for (to, &from) in order.iter().enumerate() {
        for i in 0..n {
            out[i * n + to] = vectors[from * n + i];
        }
        out[n * n + to] = values[from] * scale;
    }
    Ok(())
}

/// A power of two that is at least as large as every element, or close to the largest number.
pub(super) fn power_above(a: &[f64]) -> f64 {
    let top = a.iter().fold(0.0, |top: f64, x| top.max(x.abs()));
    if top == 0.0 {
        return 1.0;
    }
    libm::ldexp(1.0, libm::frexp(top).1.clamp(-1000, 1000))
}

/// Sweeps over all pairs until the elements off the diagonal are negligible next to it.
fn rotate(s: &mut [f64], vectors: &mut [f64], n: usize) -> Worked {
    let scale = s.iter().fold(0.0, |top: f64, x| top.max(x.abs()));
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let off = s[p * n + q];
                let size = (s[p * n + p] * s[q * n + q]).abs().sqrt();
                if off.abs() <= f64::EPSILON * size || off.abs() <= f64::EPSILON * 1e-3 * scale {
                    continue;
                }
                rotated = true;
                let (c, t) = angle(s[p * n + p], s[q * n + q], off);
                let sine = c * t;
                turn(s, n, p, q, c, sine);
                for k in 0..n {
                    let (x, y) = (s[k * n + p], s[k * n + q]);
                    (s[k * n + p], s[k * n + q]) = (c * x - sine * y, sine * x + c * y);
                }
                (s[p * n + q], s[q * n + p]) = (0.0, 0.0);
                turn(vectors, n, p, q, c, sine);
            }
        }
        if !rotated {
            return Ok(());
        }
    }
    Err(Unfit("has no eigenvectors that could be found".to_owned()))
}

/// Cosine and tangent of the rotation that zeroes `off` between the diagonal elements `x` and `y`.
pub(super) fn angle(x: f64, y: f64, off: f64) -> (f64, f64) {
    let ratio = (y - x) / (2.0 * off);
    let t = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
    (1.0 / t.hypot(1.0), t)
}

/// Rotates rows `p` and `q`, `p` before `q`.
pub(super) fn turn(a: &mut [f64], len: usize, p: usize, q: usize, c: f64, s: f64) {
    let (upper, lower) = a.split_at_mut(q * len);
    for (x, y) in upper[p * len..(p + 1) * len]
        .iter_mut()
        .zip(&mut lower[..len])
    {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}
