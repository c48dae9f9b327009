//! Linear algebra, matrix by matrix, in `f64` whatever the dtype.
//!
//! Matrices are dense and row-major here; batches are spread over the threads, and so is the work on a single large matrix.

mod bidiagonal;
mod cholesky;
mod eigen;
mod exponential;
mod lu;
mod product;
mod pseudo;
mod qr;
mod reflections;
mod rotations;
mod svd;
mod triangular;
mod tridiagonal;

use crate::converted::Converted;
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use rushlight_backend::{DType, Error, Linalg, Result};

/// Why a result does not exist for a matrix.
pub(crate) struct Unfit(String);

type Worked = std::result::Result<(), Unfit>;

pub(crate) fn linalg(f: Linalg, inputs: &[Operand<'_>], outs: &[Operand<'_>]) -> Result<()> {
    if let Linalg::Permutation { .. } = f {
        return permutation(&inputs[0], &outs[0]);
    }
    let dense = |x: &Operand<'_>| Converted::dense(x, DType::F64);
    let ins = inputs.iter().map(dense).collect::<Result<Vec<_>>>()?;
    let room = |out: &Operand<'_>| Converted::room(*out.layout.shape(), DType::F64);
    let rooms = outs.iter().map(room).collect::<Result<Vec<_>>>()?;
    let shape = match f {
        Linalg::CholeskySolve { .. } => inputs[1].shape(),
        _ => inputs[0].shape(),
    };
    let [batch @ .., m, n] = shape else {
        return Err(Error::shape(format!(
            "{}: expected matrices, got shape {shape:?}",
            f.name()
        )));
    };
    let (m, n, count) = (*m, *n, batch.iter().product::<usize>());
    if count == 0 {
        return Ok(());
    }
    let part = |c: &Converted| {
        (
            Shared(c.operand().pointer::<f64>()),
            c.operand().numel() / count,
        )
    };
    let sources: Vec<_> = ins.iter().map(part).collect();
    let targets: Vec<_> = rooms.iter().map(part).collect();
    let work = m.max(1) * n.max(1) * m.min(n).max(1) * size_of::<f64>();
    parallel::try_for_ranges(count, parallel::grain(work), |range| {
        for i in range {
            // SAFETY: the copies are dense, so matrix `i` is the `i`-th run of that many elements; each is visited once.
            let (ins, outs) = unsafe {
                let ins: Vec<&[f64]> = sources
                    .iter()
                    .map(|(p, len)| std::slice::from_raw_parts(p.at(i * len).cast_const(), *len))
                    .collect();
                let outs: Vec<&mut [f64]> = targets
                    .iter()
                    .map(|(p, len)| std::slice::from_raw_parts_mut(p.at(i * len), *len))
                    .collect();
                (ins, outs)
            };
            if let Err(Unfit(why)) = matrix(f, m, n, &ins, outs) {
                let which = if count > 1 {
                    format!(" {i} of the batch")
                } else {
                    String::new()
                };
                return Err(Error::value(format!(
                    "{}: the matrix{which} {why}",
                    f.name()
                )));
            }
        }
        Ok(())
    })?;
    rooms
        .iter()
        .zip(outs)
        .try_for_each(|(room, out)| room.store(out))
}

/// One matrix of `m` rows and `n` columns.
fn matrix(f: Linalg, m: usize, n: usize, ins: &[&[f64]], mut outs: Vec<&mut [f64]>) -> Worked {
    let a = ins[0];
    let columns = |b: &[f64]| b.len() / n.max(1);
    match f {
        Linalg::Solve => {
            outs[0].copy_from_slice(ins[1]);
            lu::Lu::of(a, n, n).solve(outs[0], columns(ins[1]))
        }
        Linalg::Inverse => {
            identity(outs[0], n);
            lu::Lu::of(a, n, n).solve(outs[0], n)
        }
        Linalg::SolveTriangular { upper, unit } => {
            outs[0].copy_from_slice(ins[1]);
            triangular::solve(a, n, upper, unit, outs[0], columns(ins[1]));
            Ok(())
        }
        Linalg::Cholesky { check } => match cholesky::factor(a, n, outs[0]) {
            Err(unfit) if check => Err(unfit),
            _ => Ok(()),
        },
        Linalg::CholeskySolve { upper } => {
            outs[0].copy_from_slice(a);
            cholesky::solve(ins[1], n, upper, outs[0], columns(a));
            Ok(())
        }
        Linalg::LuFactor => {
            let lu = lu::Lu::of(a, m, n);
            outs[0].copy_from_slice(&lu.factors);
            for (out, pivot) in outs[1].iter_mut().zip(&lu.pivots) {
                *out = (pivot + 1) as f64;
            }
            Ok(())
        }
        Linalg::Det => {
            outs[0][0] = lu::Lu::of(a, n, n).determinant();
            Ok(())
        }
        Linalg::LogDet => {
            let (sign, log) = lu::Lu::of(a, n, n).log_determinant();
            (outs[0][0], outs[1][0]) = (log, sign);
            Ok(())
        }
        Linalg::Qr { complete } => {
            let k = if complete { m } else { m.min(n) };
            qr::decompose(a, m, n, k, outs[0]);
            Ok(())
        }
        Linalg::Eigh => eigen::decompose(a, n, outs[0]),
        Linalg::Svd => svd::decompose(a, m, n, outs[0]),
        Linalg::Pinv { hermitian } => {
            pseudo::inverse(a, m, n, hermitian, ins[1][0], ins[2][0], outs[0])
        }
        Linalg::MatrixExp => exponential::exponential(a, n, outs[0]),
        // Its operands are integers, so it is computed separately.
        Linalg::Permutation { .. } => Ok(()),
    }
}

fn identity(a: &mut [f64], n: usize) {
    a.fill(0.0);
    (0..n).for_each(|i| a[i * n + i] = 1.0);
}

/// Whether every element is finite. Otherwise the iterations would not terminate.
fn expect_finite(a: &[f64]) -> Worked {
    if a.iter().all(|x| x.is_finite()) {
        return Ok(());
    }
    Err(Unfit("has elements that are not finite".to_owned()))
}

/// Row exchanges as one permutation: exchanges from the first to the last, counted from 1.
fn permutation(pivots: &Operand<'_>, out: &Operand<'_>) -> Result<()> {
    let pivots = Converted::dense(pivots, DType::I64)?;
    let room = Converted::room(*out.layout.shape(), DType::I64)?;
    let last = |x: &Operand<'_>| x.shape().last().copied().unwrap_or(1);
    let (k, n) = (last(&pivots.operand()), last(out));
    if out.numel() == 0 {
        return Ok(());
    }
    let (len, given) = (out.numel(), pivots.operand().numel());
    // SAFETY: both are dense and of as many `i64`.
    let (pivots, rows) = unsafe {
        (
            std::slice::from_raw_parts(pivots.operand().pointer::<i64>().cast_const(), given),
            std::slice::from_raw_parts_mut(room.operand().pointer::<i64>(), len),
        )
    };
    for (i, rows) in rows.chunks_mut(n).enumerate() {
        rows.iter_mut()
            .enumerate()
            .for_each(|(i, row)| *row = i as i64);
        for (i, &pivot) in pivots[i * k..(i + 1) * k].iter().enumerate() {
            if pivot < 1 || pivot > n as i64 {
                return Err(Error::index(format!(
                    "lu_unpack: pivot {pivot} is out of range, rows are counted from 1 to {n}"
                )));
            }
            rows.swap(i, pivot as usize - 1);
        }
    }
    room.store(out)
}
