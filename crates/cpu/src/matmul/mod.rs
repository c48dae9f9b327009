//! Matrix products: the compute dtype, and how a batch becomes one product or many.
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
pub(crate) use tile::{ROWS, Tile, Walk, columns, copy, load, rows as tile_rows, run, store};
pub(crate) use vector_float::{BLOCK, VectorFloat};

use crate::converted::Converted;
use crate::operand::Operand;
use crate::parallel;
use rushlight_backend::plan::Products;
use rushlight_backend::{DType, Result};

/// `[.., m, k] x [.., k, n] → [.., m, n]`. PyTorch: `matmul`.
pub(crate) fn matmul(a: &Operand<'_>, b: &Operand<'_>, out: &Operand<'_>) -> Result<()> {
    let compute = out.dtype.compute();
    let (wide_a, wide_b);
    let (a, b) = if out.dtype == compute {
        (*a, *b)
    } else {
        (wide_a, wide_b) = (Converted::copy(a, compute)?, Converted::copy(b, compute)?);
        (wide_a.operand(), wide_b.operand())
    };
    // The kernels write dense rows, and to memory that they do not read.
    let direct =
        out.dtype == compute && out.is_contiguous() && out.base != a.base && out.base != b.base;
    if direct {
        return typed(&a, &b, out);
    }
    let dense = Converted::room(*out.layout.shape(), compute)?;
    typed(&a, &b, &dense.operand())?;
    dense.store(out)
}

fn typed(a: &Operand<'_>, b: &Operand<'_>, out: &Operand<'_>) -> Result<()> {
    match out.dtype {
        DType::F64 => batched(&Batch::<f64>::new(a, b, out, None)),
        DType::I64 => batched(&Batch::<i64>::new(a, b, out, None)),
        _ => batched(&Batch::<f32>::new(a, b, out, None)),
    }
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

/// A batch of products. As many batch dimensions as possible are merged into the rows of one product.
struct Batch<T> {
    products: Products,
    first: [Matrix<T>; 3],
    bias: Option<Bias<T>>,
}

impl<T: Multiply> Batch<T> {
    fn new(a: &Operand<'_>, b: &Operand<'_>, out: &Operand<'_>, bias: Option<Bias<T>>) -> Self {
        let operands = [a, b, out];
        let k = a.shape()[a.shape().len() - 1];
        let mut products = Products::new(out.shape(), k, operands.map(Operand::strides));
        while products.merge_rows() {}
        let first = std::array::from_fn(|i| Matrix {
            pointer: operands[i].pointer::<T>(),
            row: products.steps[i][0],
            col: products.steps[i][1],
        });
        Batch {
            products,
            first,
            bias,
        }
    }

    /// Entry `i` of the batch.
    fn entry(&self, i: usize) -> [Matrix<T>; 3] {
        let offsets = self.products.batch.offsets(i);
        let mut entry = self.first;
        for (matrix, offset) in entry.iter_mut().zip(offsets) {
            // SAFETY: the offset of an index in range, within the storage.
            matrix.pointer = unsafe { matrix.pointer.add(offset) };
        }
        entry
    }
}

/// Below this number of multiplications per product, a thread computes several products of a batch.
const GRAIN: usize = 1 << 18;
/// From this number of multiplications per product, the product is split between threads rather than the batch.
const LARGE: usize = 1 << 24;

fn batched<T: Multiply>(batch: &Batch<T>) -> Result<()> {
    let Products {
        m,
        n,
        k,
        batch: loops,
        ..
    } = batch.products;
    let (entries, size) = (loops.shape.numel(), [m, n, k]);
    if entries == 1 {
        let [a, b, c] = batch.first;
        // SAFETY: the operands are locked, and the result is memory of its own.
        return unsafe { T::product(size, a, b, c, batch.bias) };
    }
    if m * n * k >= LARGE {
        return (0..entries).try_for_each(|i| {
            let [a, b, c] = batch.entry(i);
            // SAFETY: the operands are locked, and entries of the result do not overlap.
            unsafe { T::product(size, a, b, c, batch.bias) }
        });
    }
    parallel::try_for_ranges(entries, GRAIN / (m * n * k).max(1), |range| {
        for i in range {
            let [a, b, c] = batch.entry(i);
            // SAFETY: the operands are locked, and threads compute different entries of the result, which do not overlap.
            unsafe { T::product(size, a, b, c, batch.bias)? };
        }
        Ok(())
    })
}
