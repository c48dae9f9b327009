//! Linear algebra: solutions of linear systems, decompositions, functions of matrices.
//!
//! The last two dimensions are matrices, those before a batch, equal for all inputs. A decomposition has one result, its factors
//! stacked vertically, so that a single gradient covers them all; the caller splits it.

use super::{Saved, TensorType};
use crate::{DType, Dims, Error, Result};

/// A computation on matrices.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Linalg {
    /// `a`, `b` → `x` with `a x = b`; an error if `a` is singular.
    Solve,
    /// `a` → `a⁻¹`; an error if `a` is singular.
    Inverse,
    /// `a`, `b` → `x` with `a x = b` for a triangular `a`, of which only that triangle is read.
    SolveTriangular {
        /// Whether the upper triangle is meant.
        upper: bool,
        /// Whether the diagonal counts as ones, and is not read.
        unit: bool,
    },
    /// `a` → `l` with `a = l lᵀ`, lower triangular; reads the lower triangle.
    Cholesky {
        /// Whether an `a` that is not positive definite is an error; else the rows of `l` are NaN from the first that cannot be computed on.
        check: bool,
    },
    /// `b`, `l` → `x` with `(l lᵀ) x = b`, or `(lᵀ l) x = b` for an upper `l`; reads that triangle.
    CholeskySolve {
        /// Whether the factor is upper triangular.
        upper: bool,
    },
    /// `a: [m, n]` → its LU decomposition in one matrix, `l` below the diagonal and `u` on and above it, and the row exchanges as second
    /// result: `pivots: [k]`, `int32`, from 1, with `k` the smaller of `m` and `n`. Defined for singular matrices too.
    LuFactor,
    /// `a` → its determinant.
    Det,
    /// `a` → `ln |det a|`, and the determinant's sign as second result.
    LogDet,
    /// `a: [m, n]` → `q: [m, k]` above `rᵀ: [n, k]`, where `a = q r`, `qᵀ q = 1` and `r` is upper triangular.
    Qr {
        /// Whether `k` is `m`, not the smaller of `m` and `n`.
        complete: bool,
    },
    /// `a: [n, n]` → `v: [n, n]` above the ascending eigenvalues `[1, n]`, where `a v = v diag(eigenvalues)`; reads the lower triangle
    /// of a symmetric `a`.
    Eigh,
    /// `a: [m, n]` → `u: [m, k]` above the descending singular values `s: [1, k]` above `v: [n, k]`, where `a = u diag(s) vᵀ` and `k`
    /// is the smaller of `m` and `n`.
    Svd,
    /// `a`, `atol`, `rtol` → its pseudo-inverse, where singular values up to `max(atol, rtol · the largest)` count as 0; one of each a
    /// matrix.
    Pinv {
        /// Whether `a` is symmetric and only its lower triangle is read.
        hermitian: bool,
    },
    /// `a` → `Σ aⁱ / i!`.
    MatrixExp,
    /// Row exchanges of an LU decomposition, `i` with `pivots[i] - 1` one after the other → the row that each row comes from, as `int64`.
    Permutation {
        /// How many rows there are.
        rows: u32,
    },
}

impl Linalg {
    /// PyTorch's name.
    pub const fn name(self) -> &'static str {
        match self {
            Linalg::Solve => "linalg.solve",
            Linalg::Inverse => "linalg.inv",
            Linalg::SolveTriangular { .. } => "linalg.solve_triangular",
            Linalg::Cholesky { .. } => "linalg.cholesky",
            Linalg::CholeskySolve { .. } => "cholesky_solve",
            Linalg::LuFactor => "linalg.lu_factor",
            Linalg::Det => "linalg.det",
            Linalg::LogDet => "linalg.slogdet",
            Linalg::Qr { .. } => "linalg.qr",
            Linalg::Eigh => "linalg.eigh",
            Linalg::Svd => "linalg.svd",
            Linalg::Pinv { .. } => "linalg.pinv",
            Linalg::MatrixExp => "matrix_exp",
            Linalg::Permutation { .. } => "lu_unpack",
        }
    }

    /// How many inputs the operation takes.
    pub const fn arity(self) -> usize {
        match self {
            Linalg::Solve | Linalg::SolveTriangular { .. } | Linalg::CholeskySolve { .. } => 2,
            Linalg::Pinv { .. } => 3,
            Linalg::Inverse
            | Linalg::Cholesky { .. }
            | Linalg::LuFactor
            | Linalg::Det
            | Linalg::LogDet
            | Linalg::Qr { .. }
            | Linalg::Eigh
            | Linalg::Svd
            | Linalg::MatrixExp
            | Linalg::Permutation { .. } => 1,
        }
    }

    /// What the derivative needs.
    pub const fn saves(self) -> &'static [Saved] {
        use Linalg::*;
        match self {
            Solve | SolveTriangular { .. } | Det | LogDet | Pinv { .. } => {
                &[Saved::In(0), Saved::Out]
            }
            CholeskySolve { .. } => &[Saved::In(1), Saved::Out],
            MatrixExp => &[Saved::In(0)],
            LuFactor => &[Saved::Out, Saved::Aux(0)],
            Inverse | Cholesky { .. } | Qr { .. } | Eigh | Svd => &[Saved::Out],
            Permutation { .. } => &[],
        }
    }

    /// Shape and dtype of the result.
    #[track_caller]
    pub(super) fn infer(self, inputs: &[TensorType]) -> Result<TensorType> {
        let name = self.name();
        let a = inputs[0];
        if let Linalg::Permutation { rows } = self {
            return permutation(name, a, rows as usize);
        }
        for t in inputs {
            if !matches!(t.dtype, DType::F32 | DType::F64) {
                return Err(Error::dtype(format!(
                    "{name}: not defined for {}; convert to float32 or float64",
                    t.dtype
                )));
            }
            if t.dtype != a.dtype {
                return Err(Error::dtype(format!(
                    "{name}: dtypes differ: {} and {}; convert one with to(dtype)",
                    a.dtype, t.dtype
                )));
            }
        }
        let [batch @ .., m, n] = &*a.shape else {
            return Err(Error::shape(format!(
                "{name}: expected matrices, of at least 2 dimensions, got {:?}",
                a.shape
            )));
        };
        let (m, n) = (*m, *n);
        let k = m.min(n);
        let matrices = |rows: usize, cols: usize| -> Dims {
            batch.iter().copied().chain([rows, cols]).collect()
        };
        let shape = match self {
            Linalg::Qr { complete } => matrices(m.saturating_add(n), if complete { m } else { k }),
            Linalg::Svd => matrices(m.saturating_add(n).saturating_add(1), k),
            Linalg::Pinv { hermitian } => {
                if hermitian {
                    square(name, a)?;
                }
                if inputs[1..].iter().any(|t| *t.shape != *batch) {
                    return Err(Error::shape(format!(
                        "{name}: one tolerance for each matrix of {:?} is needed, got {:?} and {:?}",
                        a.shape, inputs[1].shape, inputs[2].shape
                    )));
                }
                matrices(n, m)
            }
            Linalg::CholeskySolve { .. } => {
                square(name, inputs[1])?;
                system(name, inputs[1], a)?
            }
            Linalg::Solve | Linalg::SolveTriangular { .. } => {
                square(name, a)?;
                system(name, a, inputs[1])?
            }
            Linalg::Inverse | Linalg::Cholesky { .. } | Linalg::MatrixExp => {
                square(name, a)?;
                a.shape
            }
            Linalg::Eigh => {
                square(name, a)?;
                matrices(n.saturating_add(1), n)
            }
            Linalg::Det | Linalg::LogDet => {
                square(name, a)?;
                batch.iter().copied().collect()
            }
            Linalg::LuFactor | Linalg::Permutation { .. } => a.shape,
        };
        Ok(TensorType {
            shape,
            dtype: a.dtype,
        })
    }

    /// Shapes and dtypes of the results after the first.
    pub fn auxiliary(self, result: TensorType) -> Option<TensorType> {
        match (self, &*result.shape) {
            (Linalg::LogDet, _) => Some(result),
            (Linalg::LuFactor, [batch @ .., m, n]) => Some(TensorType {
                shape: batch.iter().copied().chain([*m.min(n)]).collect(),
                dtype: DType::I32,
            }),
            _ => None,
        }
    }
}

#[track_caller]
fn square(name: &str, a: TensorType) -> Result<()> {
    match &*a.shape {
        [.., m, n] if m == n => Ok(()),
        _ => Err(Error::shape(format!(
            "{name}: expected square matrices, got {:?}",
            a.shape
        ))),
    }
}

/// The shape of `x` in `a x = b`.
#[track_caller]
fn system(name: &str, a: TensorType, b: TensorType) -> Result<Dims> {
    let rank = a.shape.len();
    let fits = b.shape.len() == rank
        && a.shape[..rank - 2] == b.shape[..rank - 2]
        && a.shape[rank - 1] == b.shape[rank - 2];
    if fits {
        return Ok(b.shape);
    }
    Err(Error::shape(format!(
        "{name}: matrices {:?} and right-hand sides {:?} do not fit; [.., n, n] and [.., n, k] would",
        a.shape, b.shape
    )))
}

#[track_caller]
fn permutation(name: &str, pivots: TensorType, rows: usize) -> Result<TensorType> {
    if pivots.dtype != DType::I32 || pivots.shape.is_empty() {
        return Err(Error::dtype(format!(
            "{name}: pivots must be int32 and have at least one dimension, got {} {:?}",
            pivots.dtype, pivots.shape
        )));
    }
    let (mut shape, last) = (pivots.shape, pivots.shape.len() - 1);
    if shape[last] > rows {
        return Err(Error::shape(format!(
            "{name}: pivots {shape:?} are more than {rows} rows"
        )));
    }
    shape[last] = rows;
    Ok(TensorType {
        shape,
        dtype: DType::I64,
    })
}
