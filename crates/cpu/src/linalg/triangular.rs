//! Triangular systems, by substitution.

/// Replaces the `cols` right-hand sides `b` by the solutions of `a x = b`, reading one triangle of `a`; the diagonal counts as ones if `unit`.
/// A division by a zero on the diagonal follows IEEE 754.
pub(super) fn solve(a: &[f64], n: usize, upper: bool, unit: bool, b: &mut [f64], cols: usize) {
    if cols == 0 {
        return;
    }
    for step in 0..n {
        let i = if upper { n - 1 - step } else { step };
        let row = &a[i * n..(i + 1) * n];
        let known = if upper { i + 1..n } else { 0..i };
        for j in known {
            subtract(b, cols, i, j, row[j]);
        }
        if !unit {
            b[i * cols..(i + 1) * cols]
                .iter_mut()
                .for_each(|x| *x /= row[i]);
        }
    }
}

/// The same for `aᵀ x = b`: `upper` says which triangle of `a` is read.
pub(super) fn solve_transposed(a: &[f64], n: usize, upper: bool, b: &mut [f64], cols: usize) {
    if cols == 0 {
        return;
    }
    for step in 0..n {
        let i = if upper { step } else { n - 1 - step };
        let row = &a[i * n..(i + 1) * n];
        b[i * cols..(i + 1) * cols]
            .iter_mut()
            .for_each(|x| *x /= row[i]);
        let open = if upper { i + 1..n } else { 0..i };
        for j in open {
            subtract(b, cols, j, i, row[j]);
        }
    }
}

/// Row `i` of `b` less `factor` times row `j`.
fn subtract(b: &mut [f64], cols: usize, i: usize, j: usize, factor: f64) {
    let (target, source) = if i < j {
        let (low, high) = b.split_at_mut(j * cols);
        (&mut low[i * cols..(i + 1) * cols], &high[..cols])
    } else {
        let (low, high) = b.split_at_mut(i * cols);
        (&mut high[..cols], &low[j * cols..(j + 1) * cols])
    };
    for (x, y) in target.iter_mut().zip(source) {
        *x -= factor * y;
    }
}
