//! The exponential of a matrix by scaling and squaring with a Padé approximant (Higham 2005).

use super::lu::Lu;
use super::product::product;
use super::{Worked, identity};

/// Padé's numerator of degree 13; the denominator has alternating signs.
const PADE: [f64; 14] = [
    64764752532480000.0,
    32382376266240000.0,
    7771770303897600.0,
    1187353796428800.0,
    129060195264000.0,
    10559470521600.0,
    670442572800.0,
    33522128640.0,
    1323241920.0,
    40840800.0,
    960960.0,
    16380.0,
    182.0,
    1.0,
];

/// Up to this 1-norm the approximation is exact to `f64`.
const NEAR: f64 = 5.371920351148152;

pub(super) fn exponential(a: &[f64], n: usize, out: &mut [f64]) -> Worked {
    let norm = (0..n)
        .map(|j| (0..n).map(|i| a[i * n + j].abs()).sum::<f64>())
        .fold(0.0, f64::max);
    if a.iter().any(|x| !x.is_finite()) {
        out.fill(f64::NAN);
        return Ok(());
    }
    let halvings = if norm == f64::INFINITY {
        // Finite elements whose sum overflows: it is below n times the first power of two beyond the range.
        f64::MAX_EXP + n.ilog2() as i32
    } else if norm > NEAR {
        (norm / NEAR).log2().ceil() as i32
    } else {
        0
    };
    let a: Vec<f64> = a.iter().map(|x| x * 0.5f64.powi(halvings)).collect();
    let times = |x: &[f64], y: &[f64]| product(x, y, n, n, n);
    let a2 = times(&a, &a);
    let a4 = times(&a2, &a2);
    let a6 = times(&a4, &a2);
    // The even or odd part of the polynomial, from coefficient `from` on: powers 0 to 12 of a in steps of two.
    let part = |from: usize| {
        let low = |b0: f64, b2: f64, b4: f64, b6: f64| {
            let mut sum = vec![0.0; n * n];
            identity(&mut sum, n);
            for (i, x) in sum.iter_mut().enumerate() {
                *x = b0 * *x + b2 * a2[i] + b4 * a4[i] + b6 * a6[i];
            }
            sum
        };
        let b = |i: usize| PADE[from + i];
        let high = low(0.0, b(8), b(10), b(12));
        let mut sum = low(b(0), b(2), b(4), b(6));
        sum.iter_mut()
            .zip(times(&a6, &high))
            .for_each(|(x, y)| *x += y);
        sum
    };
    let (even, odd) = (part(0), times(&a, &part(1)));
    let below: Vec<f64> = even.iter().zip(&odd).map(|(e, o)| e - o).collect();
    out.iter_mut()
        .zip(even.iter().zip(&odd))
        .for_each(|(x, (e, o))| *x = e + o);
    Lu::of(&below, n, n).solve(out, n)?;
    for _ in 0..halvings {
        let squared = times(out, out);
        out.copy_from_slice(&squared);
    }
    Ok(())
}
