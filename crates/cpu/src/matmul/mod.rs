//! Matrix products: the compute dtype, and the split of a batch into products.
//!
//! Every element of a result is the same sum in the same order however the work is split, so results do not depend on the number of threads.

mod integer;
mod linear;
mod matrix;
mod pack;
mod product;
mod tile;
mod vector;
mod vector_float;

pub(crate) use linear::linear;
pub(crate) use matrix::Matrix;
pub(crate) use pack::{DEPTH, panel};
pub(crate) use tile::{Tile, Walk, columns, copy, load, next_rows, run, store};
pub(crate) use vector_float::{BLOCK, VectorFloat};

use crate::converted::Converted;
use crate::element::with_element;
use crate::operand::Operand;
use crate::parallel;
use rushlight_backend::Result;
use rushlight_backend::plan::ProductPlan;

/// `[.., m, k] x [.., k, n] → [.., m, n]`. PyTorch: `matmul`.
pub(crate) fn matmul(
    plan: &ProductPlan,
    a: &Operand<'_>,
    b: &Operand<'_>,
    out: &Operand<'_>,
) -> Result<()> {
    let compute = out.dtype.compute();
    // The kernels write dense rows.
    if out.dtype == compute && out.is_contiguous() {
        return typed(plan, [a, b, out]);
    }
    let (wide_a, wide_b);
    let (a, b) = if out.dtype == compute {
        (*a, *b)
    } else {
        (wide_a, wide_b) = (Converted::copy(a, compute)?, Converted::copy(b, compute)?);
        (wide_a.operand(), wide_b.operand())
    };
    let dense = Converted::room(*out.layout.shape(), compute)?;
    let result = dense.operand();
    let plan = ProductPlan::new(a.layout, b.layout, result.layout);
    typed(&plan, [&a, &b, &result])?;
    dense.store(out)
}

fn typed(plan: &ProductPlan, operands: [&Operand<'_>; 3]) -> Result<()> {
    with_element!(operands[2].dtype, [F32 F64],
        T => batched::<T>(plan, operands, None),
        else batched::<i64>(plan, operands, None))
}

/// A type with a kernel for the product of two matrices.
pub(crate) trait Multiply: Copy + Send + Sync + 'static {
    /// `c = a b`, or `c = bias + a b` with `bias` in every row, for `a: [m, k]`, `b: [k, n]` and `c: [m, n]` with dense rows.
    ///
    /// # Safety
    ///
    /// The matrices are valid for these sizes; nothing else reads or writes `c` meanwhile, nor writes the others.
    unsafe fn product(
        size: [usize; 3],
        a: Matrix<Self>,
        b: Matrix<Self>,
        c: Matrix<Self>,
        bias: Option<Bias<Self>>,
    ) -> Result<()>;
}

/// The initial value of each row of a result, instead of zeros. Contiguous.
#[derive(Clone, Copy)]
pub(crate) struct Bias<T>(pub *const T);

// SAFETY: only read, by kernels that hold its lock.
unsafe impl<T> Send for Bias<T> {}
// SAFETY: threads only read through the pointer, while the kernel holds the lock of its storage.
unsafe impl<T> Sync for Bias<T> {}

/// Below this number of multiplications per product, a thread computes several products of a batch.
const GRAIN: usize = 1 << 18;
/// From this number of multiplications per product, the product is split between threads rather than the batch.
const LARGE: usize = 1 << 24;

/// The products of a plan, for operands of type `T`; rows of the result are dense.
fn batched<T: Multiply>(
    plan: &ProductPlan,
    operands: [&Operand<'_>; 3],
    bias: Option<Bias<T>>,
) -> Result<()> {
    let ProductPlan { m, n, k, .. } = *plan;
    let first: [Matrix<T>; 3] = std::array::from_fn(|i| {
        let [row, col] = plan.steps[i];
        let pointer = operands[i].pointer::<T>();
        Matrix { pointer, row, col }
    });
    let run = |i: usize| {
        let [mut a, mut b, mut c] = first;
        if i > 0 {
            let offsets = plan.batch.offsets(i);
            for (matrix, offset) in [&mut a, &mut b, &mut c].into_iter().zip(offsets) {
                // SAFETY: the offset of an index in range, within the storage.
                matrix.pointer = unsafe { matrix.pointer.add(offset) };
            }
        }
        // SAFETY: the operands are locked, and entries of the result, which one thread each computes, overlap neither each other nor an input.
        unsafe { T::product([m, n, k], a, b, c, bias) }
    };
    let entries = plan.batch.shape.numel();
    if entries == 1 || m * n * k >= LARGE {
        return (0..entries).try_for_each(run);
    }
    parallel::try_for_ranges(entries, GRAIN / (m * n * k).max(1), |mut range| {
        range.try_for_each(run)
    })
}
