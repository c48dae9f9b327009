//! Products with sparse matrices along one dimension, for interpolation.

use crate::converted::Converted;
use crate::element::{Number, vectorized, with_element};
use crate::math::Real;
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use rushlight_backend::{Done, Result, SparseRows};

/// The number of elements that follow each other below the dimension, from which on they are computed together.
const WIDE: usize = 8;

/// [`rushlight_backend::Fused::Sparse`].
pub(super) fn product(
    dim: usize,
    matrix: &SparseRows,
    x: &Operand<'_>,
    out: &Operand<'_>,
) -> Result<Done> {
    if !out.is_contiguous() {
        return Ok(Done::Compose);
    }
    let copy = match x.is_contiguous() {
        true => None,
        false => Some(Converted::dense(x, x.dtype)?),
    };
    let x = copy.as_ref().map_or(*x, Converted::operand);
    with_element!(x.dtype, [F32 F64], T => run::<T>(dim, matrix, &x, out), else return Ok(Done::Compose));
    Ok(Done::Yes)
}

fn run<T: Number + Real>(dim: usize, matrix: &SparseRows, x: &Operand<'_>, out: &Operand<'_>) {
    let (n, m) = (matrix.columns(), matrix.rows());
    let inner: usize = x.shape()[dim + 1..].iter().product();
    let outer: usize = x.shape()[..dim].iter().product();
    let (x, y) = (Shared(x.pointer::<T>()), Shared(out.pointer::<T>()));
    let weights: Vec<Vec<(usize, T)>> = (0..m)
        .map(|i| matrix.row(i).iter().map(|&(j, w)| (j, T::of(w))).collect())
        .collect();
    let entries: usize = weights.iter().map(Vec::len).sum();
    let each = (entries / m + 1) * inner * size_of::<T>();
    if inner < WIDE {
        parallel::for_ranges(outer, parallel::grain(2 * m * each), |range| {
            for i in range {
                // SAFETY: both are contiguous; a part of the result belongs to one range.
                let (x, y) = unsafe {
                    (
                        std::slice::from_raw_parts(x.at(i * n * inner).cast_const(), n * inner),
                        std::slice::from_raw_parts_mut(y.at(i * m * inner), m * inner),
                    )
                };
                for (y, row) in y.chunks_exact_mut(inner).zip(&weights) {
                    for (k, y) in y.iter_mut().enumerate() {
                        *y = sum(row.iter().map(|&(j, w)| x[j * inner + k] * w));
                    }
                }
            }
        });
        return;
    }
    parallel::for_ranges(outer * m, parallel::grain(each), |range| {
        for i in range {
            // SAFETY: as above.
            let (x, y) = unsafe {
                let first = i / m * n * inner;
                (
                    std::slice::from_raw_parts(x.at(first).cast_const(), n * inner),
                    std::slice::from_raw_parts_mut(y.at(i * inner), inner),
                )
            };
            let row = &weights[i % m];
            vectorized::<T, _>(
                #[inline(always)]
                || match row[..] {
                    [a, b] => rows([a, b], x, y),
                    [a, b, c, d] => rows([a, b, c, d], x, y),
                    _ => {
                        y.fill(T::ZERO);
                        for (i, &entry) in row.iter().enumerate() {
                            match i {
                                0 => rows([entry], x, y),
                                _ => add(entry, x, y),
                            }
                        }
                    }
                },
            );
        }
    });
}

/// The sum in this order; 0 of nothing.
#[inline(always)]
fn sum<T: Real>(mut terms: impl Iterator<Item = T>) -> T {
    let first = terms.next().unwrap_or(T::ZERO);
    terms.fold(first, |sum, x| sum + x)
}

/// The sum of some rows of `x`, each as long as `y`, with their weights.
#[inline(always)]
fn rows<T: Real, const N: usize>(entries: [(usize, T); N], x: &[T], y: &mut [T]) {
    let len = y.len();
    let rows: [&[T]; N] = std::array::from_fn(|i| &x[entries[i].0 * len..][..len]);
    for (k, y) in y.iter_mut().enumerate() {
        *y = sum((0..N).map(|i| rows[i][k] * entries[i].1));
    }
}

#[inline(always)]
fn add<T: Real>((j, weight): (usize, T), x: &[T], y: &mut [T]) {
    let row = &x[j * y.len()..];
    for (y, x) in y.iter_mut().zip(row) {
        *y = *y + *x * weight;
    }
}
