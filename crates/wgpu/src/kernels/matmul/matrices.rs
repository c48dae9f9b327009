//! The operands of a matrix product kernel: three matrices in their bindings, and the batch dimensions.

use super::Task;
use crate::engine::Bound;
use crate::gpu::Gpu;
use crate::kernels::dispatch::Dispatch;
use crate::kernels::params::{Params, params};
use crate::kernels::tiles::{Parts, Workgroups};
use rushlight_backend::plan::{Loops, Products};
use rushlight_backend::{Error, Result, View};
use rushlight_shaders::{Compute, Kernel, Stored};

/// A matrix in its binding, with the distances between its rows and between its columns.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub bound: Bound<'a>,
    pub row: usize,
    pub col: usize,
}

/// A batch of products, as much of which as possible was merged into the rows or columns of one.
pub(super) struct Product<'a> {
    pub name: &'static str,
    pub compute: Compute,
    /// Of the operands, and of the result, which may be wider.
    pub stored: [Stored; 2],
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub a: Matrix<'a>,
    pub b: Matrix<'a>,
    pub y: Matrix<'a>,
    pub bias: Option<Matrix<'a>>,
    /// The batch, with the strides of a, b and y.
    pub batch: Loops<3>,
}

/// Whether a stride or an offset is one of whole vectors of four.
pub(super) fn whole(x: usize) -> bool {
    x.is_multiple_of(4)
}

impl Matrix<'_> {
    /// Whether neighbours in memory are neighbours within a row.
    pub fn along_rows(&self) -> bool {
        self.col == 1 || self.row != 1 && self.col <= self.row
    }

    /// Whether it can be read and written in vectors of four, as `count` vectors of `length` elements, `apart` from each other, in a batch with these strides.
    fn in_vectors(
        &self,
        [apart, step]: [usize; 2],
        [count, length]: [usize; 2],
        batch: &[usize],
    ) -> bool {
        step == 1
            && whole(length)
            && (count == 1 || whole(apart))
            && whole(self.bound.offset as usize)
            && batch.iter().all(|&stride| whole(stride))
    }
}

impl<'a> Product<'a> {
    pub fn new(gpu: &Gpu, task: &Task<'a>) -> Result<Product<'a>> {
        let (dtype, result) = (task.a.dtype(), task.out.dtype());
        let stored = |dtype| gpu.capabilities.stored(task.name, dtype);
        let (a, b, y) = (gpu.bind(&task.a)?, gpu.bind(&task.b)?, gpu.bind(&task.out)?);
        let k = a.shape[a.shape.len() - 1];
        let mut products = Products::new(&y.shape, k, [&a, &b, &y].map(|t| &*t.strides));
        // A bias is the same in every row, but not in every column.
        while products.merge_rows() || task.bias.is_none() && products.merge_columns() {}
        let matrix = |i: usize, bound| Matrix {
            bound,
            row: products.steps[i][0],
            col: products.steps[i][1],
        };
        // One row for all.
        let bias = |view: &View<'a>| {
            let bound = gpu.bind(view)?;
            Ok::<_, Error>(Matrix {
                bound,
                row: 0,
                col: bound.strides[0],
            })
        };
        Ok(Product {
            name: task.name,
            compute: gpu
                .capabilities
                .arithmetic(task.name, dtype.compute(), [dtype, result])?,
            stored: [stored(dtype)?, stored(result)?],
            m: products.m,
            n: products.n,
            k: products.k,
            a: matrix(0, a),
            b: matrix(1, b),
            y: matrix(2, y),
            bias: task.bias.as_ref().map(bias).transpose()?,
            batch: products.batch,
        })
    }

    /// Whether a, b and y can be read and written in vectors along the dimension in which each is dense.
    pub fn vectors(&self) -> [bool; 3] {
        let sizes = [[self.m, self.k], [self.k, self.n], [self.m, self.n]];
        let matrices = [&self.a, &self.b, &self.y];
        std::array::from_fn(|i| {
            let (x, [rows, cols]) = (matrices[i], sizes[i]);
            let batch = &self.batch.strides[i];
            if x.along_rows() {
                x.in_vectors([x.row, x.col], [rows, cols], batch)
            } else {
                x.in_vectors([x.col, x.row], [cols, rows], batch)
            }
        })
    }

    /// The same product, transposed: `yᵀ = bᵀ aᵀ`.
    pub fn transposed(&self) -> Product<'a> {
        let transposed = |x: Matrix<'a>| Matrix {
            row: x.col,
            col: x.row,
            ..x
        };
        let mut batch = self.batch;
        batch.strides.swap(0, 1);
        Product {
            m: self.n,
            n: self.m,
            a: transposed(self.b),
            b: transposed(self.a),
            y: transposed(self.y),
            bias: self.bias.map(transposed),
            batch,
            ..*self
        }
    }

    /// The same with its result in `parts`, densely.
    pub fn in_parts<'p>(&self, gpu: &Gpu, parts: &'p Parts) -> Result<Product<'p>>
    where
        'a: 'p,
    {
        let bound = parts.bound(gpu)?;
        let mut batch = self.batch;
        batch.strides[2] = batch.shape.contiguous_strides();
        for stride in batch.strides[2].iter_mut() {
            *stride *= self.m * self.n;
        }
        Ok(Product {
            stored: [self.stored[0], parts.stored()],
            y: Matrix {
                bound,
                row: self.n,
                col: 1,
            },
            batch,
            ..*self
        })
    }

    /// The result as the products make it: the batch, then rows and columns.
    pub fn result(&self) -> Bound<'a> {
        let mut bound = self.y.bound;
        (bound.shape, bound.strides) = (self.batch.shape, self.batch.strides[2]);
        for (size, stride) in [(self.m, self.y.row), (self.n, self.y.col)] {
            bound.shape.push(size);
            bound.strides.push(stride);
        }
        bound
    }

    /// How many products there are.
    pub fn entries(&self) -> usize {
        self.batch.shape.numel()
    }

    /// A launch of `kernel`, and what its tensors are. Without a bias the binding of it is `a`'s, which nothing reads there.
    pub fn dispatch<'d>(&'d self, gpu: &'d Gpu, kernel: &'static Kernel) -> Dispatch<'d> {
        let bias = self.bias.as_ref().unwrap_or(&self.a);
        let [operand, result] = self.stored;
        Dispatch::new(gpu, self.name, kernel, self.compute)
            .stored("a", operand, &self.a.bound)
            .stored("b", operand, &self.b.bound)
            .stored("bias", operand, &bias.bound)
            .stored("y", result, &self.y.bound)
            .constant("BIAS", u32::from(self.bias.is_some()))
    }

    /// The parameters for these workgroups.
    pub fn params(&self, workgroups: Workgroups) -> Params {
        let Product {
            m, n, k, a, b, y, ..
        } = *self;
        let (bias, [bias_row, bias_col]) = match self.bias {
            Some(bias) => (bias, [bias.row, bias.col]),
            None => (a, [0; 2]),
        };
        let Workgroups {
            groups,
            groups_m,
            groups_n,
            parts,
            part,
        } = workgroups;
        let [a_batch, b_batch, y_batch] = self.batch.strides;
        params! {
            m, n, k, groups, groups_m, groups_n, parts, part,
            a: a.bound.offset, b: b.bound.offset, bias: bias.bound.offset, y: y.bound.offset,
            a_row: a.row, a_col: a.col, b_row: b.row, b_col: b.col, bias_row, bias_col, y_row: y.row, y_col: y.col,
            y_part: self.entries() * m * n,
            rank: self.batch.rank(), batch: self.batch.shape, a_batch, b_batch, y_batch,
        }
    }
}
