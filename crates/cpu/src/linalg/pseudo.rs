//! The Moore-Penrose pseudo-inverse.

use super::product::product;
use super::svd::Svd;
use super::{Worked, eigen};

/// `Σ vᵢ uᵢᵀ / sᵢ` over the singular values above `max(atol, rtol s₀)`.
pub(super) fn inverse(
    a: &[f64],
    m: usize,
    n: usize,
    hermitian: bool,
    atol: f64,
    rtol: f64,
    out: &mut [f64],
) -> Worked {
    let k = m.min(n);
    let (u, s, mut v) = if hermitian {
        let mut both = vec![0.0; (n + 1) * n];
        eigen::decompose(a, n, &mut both)?;
        let values = both.split_off(n * n);
        (both.clone(), values, both)
    } else {
        let Svd { u, s, v } = Svd::of(a, m, n)?;
        (u, s, v)
    };
    let top = s.iter().fold(0.0, |top: f64, x| top.max(x.abs()));
    let least = atol.max(rtol * top);
    let inverse: Vec<f64> = s
        .iter()
        .map(|x| if x.abs() > least { 1.0 / x } else { 0.0 })
        .collect();
    for row in v.chunks_mut(k.max(1)) {
        row.iter_mut().zip(&inverse).for_each(|(v, x)| *v *= x);
    }
    out.copy_from_slice(&product(&v, &super::product::transposed(&u, m, k), n, k, m));
    Ok(())
}
