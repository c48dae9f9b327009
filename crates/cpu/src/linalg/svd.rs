//! Singular values, after a QR decomposition that makes the matrix square: of small ones by one-sided rotations (Hestenes and Jacobi), of large
//! ones through a bidiagonal matrix.

use super::eigen::{JACOBI, SWEEPS, angle, power_above, turn};
use super::product::{dot, product, transposed};
use super::qr::Reflections;
use super::{Unfit, Worked, bidiagonal, expect_finite, identity};

/// `a = u diag(s) vᵀ`, `u` and `v` row-major, with one column per singular value.
pub(super) struct Svd {
    pub u: Vec<f64>,
    pub s: Vec<f64>,
    pub v: Vec<f64>,
}

/// `u: [m, k]` above `s: [1, k]` above `v: [n, k]`.
pub(super) fn decompose(a: &[f64], m: usize, n: usize, out: &mut [f64]) -> Worked {
    let Svd { u, s, v } = Svd::of(a, m, n)?;
    out.copy_from_slice(&[u, s, v].concat());
    Ok(())
}

impl Svd {
    pub fn of(a: &[f64], m: usize, n: usize) -> Result<Svd, Unfit> {
        expect_finite(a)?;
        if m >= n {
            tall(a, m, n)
        } else {
            let Svd { u, s, v } = tall(&transposed(a, m, n), n, m)?;
            Ok(Svd { u: v, s, v: u })
        }
    }
}

/// For `m ≥ n`.
fn tall(a: &[f64], m: usize, n: usize) -> Result<Svd, Unfit> {
    if n == 0 {
        return Ok(Svd {
            u: vec![],
            s: vec![],
            v: vec![],
        });
    }
    if n > JACOBI {
        return large(a, m, n);
    }
    let reflected = Reflections::of(a, m, n);
    // Row j is column j of r; rotations make the rows orthogonal.
    let mut w = vec![0.0; n * n];
    for (row, column) in w.chunks_mut(n).zip(reflected.columns.chunks(m)) {
        row.copy_from_slice(&column[..n]);
    }
    for (j, row) in w.chunks_mut(n).enumerate() {
        row[j + 1..].fill(0.0);
    }
    let mut vectors = vec![0.0; n * n];
    identity(&mut vectors, n);
    orthogonalize(&mut w, &mut vectors, n)?;
    let lengths: Vec<f64> = w.chunks(n).map(length).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| lengths[j].total_cmp(&lengths[i]));
    let s: Vec<f64> = order.iter().map(|&i| lengths[i]).collect();
    let v: Vec<f64> = order
        .iter()
        .flat_map(|&i| vectors[i * n..(i + 1) * n].to_vec())
        .collect();
    let mut left: Vec<f64> = Vec::with_capacity(n * n);
    for &i in &order {
        let row = &w[i * n..(i + 1) * n];
        if lengths[i] > f64::MIN_POSITIVE {
            left.extend(row.iter().map(|x| x / lengths[i]));
        } else {
            let next = another(&left, n);
            left.extend(next);
        }
    }
    let mut q = vec![0.0; m * n];
    reflected.q(n, &mut q);
    Ok(Svd {
        u: product(&q, &transposed(&left, n, n), m, n, n),
        s,
        v: transposed(&v, n, n),
    })
}

/// For `m ≥ n`, through a bidiagonal matrix.
fn large(a: &[f64], m: usize, n: usize) -> Result<Svd, Unfit> {
    let reflected = (m > n).then(|| Reflections::of(a, m, n));
    let mut square = match &reflected {
        None => a.to_vec(),
        Some(reflected) => {
            let mut r = vec![0.0; n * n];
            for (j, column) in reflected.columns.chunks(m).enumerate() {
                (0..=j).for_each(|i| r[i * n + j] = column[i]);
            }
            r
        }
    };
    // Scaled, so that no square overflows.
    let scale = power_above(&square);
    square.iter_mut().for_each(|x| *x /= scale);
    let [u, values, v] = bidiagonal::decompose(&mut square, n)?;
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
    let columns = |rows: &[f64]| {
        let sorted: Vec<f64> = order
            .iter()
            .flat_map(|&i| &rows[i * n..(i + 1) * n])
            .copied()
            .collect();
        transposed(&sorted, n, n)
    };
    let mut u = columns(&u);
    if let Some(reflected) = reflected {
        let mut q = vec![0.0; m * n];
        reflected.q(n, &mut q);
        u = product(&q, &u, m, n, n);
    }
    Ok(Svd {
        u,
        s: order.iter().map(|&i| values[i] * scale).collect(),
        v: columns(&v),
    })
}

fn length(x: &[f64]) -> f64 {
    let scale = x.iter().fold(0.0, |top: f64, x| top.max(x.abs()));
    if scale == 0.0 {
        return 0.0;
    }
    scale * x.iter().map(|x| (x / scale).powi(2)).sum::<f64>().sqrt()
}

/// Rotates the rows of `w` until each is orthogonal to all others, and applies the same rotations to `vectors`.
fn orthogonalize(w: &mut [f64], vectors: &mut [f64], n: usize) -> Worked {
    // Scaled, so that no product overflows; the angles do not change.
    let scale = w.iter().fold(0.0, |top: f64, x| top.max(x.abs()));
    if scale == 0.0 {
        return Ok(());
    }
    w.iter_mut().for_each(|x| *x /= scale);
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let (x, y) = (&w[p * n..(p + 1) * n], &w[q * n..(q + 1) * n]);
                let (xx, yy, xy) = (dot(x, x), dot(y, y), dot(x, y));
                if xy.abs() <= 1e-15 * (xx * yy).sqrt() || xy.abs() <= f64::MIN_POSITIVE {
                    continue;
                }
                rotated = true;
                let (c, t) = angle(xx, yy, xy);
                turn(w, n, p, q, c, c * t);
                turn(vectors, n, p, q, c, c * t);
            }
        }
        if !rotated {
            w.iter_mut().for_each(|x| *x *= scale);
            return Ok(());
        }
    }
    Err(Unfit(
        "has no singular values that could be found".to_owned(),
    ))
}

/// A unit vector orthogonal to these rows: the axis that is farthest from them, made orthogonal twice.
fn another(rows: &[f64], n: usize) -> Vec<f64> {
    let within = |axis: &usize| rows.chunks(n).map(|row| row[*axis].powi(2)).sum::<f64>();
    let farthest = (0..n).reduce(|a, b| {
        if within(&b) < within(&a) - 1e-12 {
            b
        } else {
            a
        }
    });
    let mut next = vec![0.0; n];
    next[farthest.unwrap_or(0)] = 1.0;
    for _ in 0..2 {
        for row in rows.chunks(n) {
            let part = dot(row, &next);
            next.iter_mut().zip(row).for_each(|(x, r)| *x -= part * r);
        }
    }
    let size = length(&next);
    next.iter_mut().for_each(|x| *x /= size);
    next
}
