//! The operands of a matrix product kernel: three matrices in their bindings, and the batch dimensions.

use super::Task;
use crate::engine::Bound;
use crate::gpu::Gpu;
use crate::kernels::dispatch::Dispatch;
use crate::kernels::params::{Params, params};
use crate::kernels::tiles::{Parts, Workgroups};
use rushlight_backend::Result;
use rushlight_backend::plan::ProductPlan;
use rushlight_shaders::{Compute, Kernel, Stored};

/// A batch of products whose operands are bound.
#[derive(Clone, Copy)]
pub(super) struct Product<'a> {
    pub name: &'static str,
    pub compute: Compute,
    /// Of the operands, and of the result, which may be wider.
    pub stored: [Stored; 2],
    pub plan: ProductPlan,
    pub a: Bound<'a>,
    pub b: Bound<'a>,
    pub y: Bound<'a>,
    /// The bias. If there is none, a tensor that is bound in its place and not read there.
    pub bias: Bound<'a>,
    /// The distances between the rows and between the columns of the bias, if there is one.
    pub bias_steps: Option<[usize; 2]>,
}

impl<'a> Product<'a> {
    pub fn new(gpu: &Gpu, task: &Task<'a>) -> Result<Product<'a>> {
        let (dtype, result) = (task.a.dtype(), task.out.dtype());
        let stored = |dtype| gpu.capabilities.stored(task.name, dtype);
        let (a, b, y) = (gpu.bind(&task.a)?, gpu.bind(&task.b)?, gpu.bind(&task.out)?);
        let bias = task.bias.map(|view| gpu.bind(&view)).transpose()?;
        Ok(Product {
            name: task.name,
            compute: gpu
                .capabilities
                .arithmetic(task.name, dtype.compute(), [dtype, result])?,
            stored: [stored(dtype)?, stored(result)?],
            // A bias is the same in every row, but not in every column.
            plan: match bias {
                None => task.plan.with_merged_columns(),
                Some(_) => task.plan,
            },
            a,
            b,
            y,
            bias: bias.unwrap_or(a),
            bias_steps: bias.map(|bias| [0, bias.strides[0]]),
        })
    }

    /// Whether neighbours in memory are neighbours within a row of a, b and y.
    pub fn along_rows(&self) -> [bool; 3] {
        let along = |[row, col]: [usize; 2]| col == 1 || row != 1 && col <= row;
        self.plan.steps.map(along)
    }

    /// Whether a, b and y can be read and written in vectors of four along the dimension in which each is dense.
    pub fn vectors(&self) -> [bool; 3] {
        let ProductPlan { m, n, k, .. } = self.plan;
        let sizes = [[m, k], [k, n], [m, n]];
        let offsets = [&self.a, &self.b, &self.y].map(|bound| bound.offset as usize);
        let along_rows = self.along_rows();
        let whole = |x: usize| x.is_multiple_of(4);
        std::array::from_fn(|i| {
            let ([mut count, mut length], [mut apart, mut step]) = (sizes[i], self.plan.steps[i]);
            if !along_rows[i] {
                (count, length, apart, step) = (length, count, step, apart);
            }
            step == 1
                && whole(length)
                && (count == 1 || whole(apart))
                && whole(offsets[i])
                && self.plan.batch.strides[i].iter().all(|&s| whole(s))
        })
    }

    /// The same product, transposed: `yᵀ = bᵀ aᵀ`.
    pub fn transposed(&self) -> Product<'a> {
        Product {
            plan: self.plan.transposed(),
            a: self.b,
            b: self.a,
            bias_steps: self.bias_steps.map(|[row, col]| [col, row]),
            ..*self
        }
    }

    /// The same with its result in `parts`, densely.
    pub fn in_parts<'p>(&self, gpu: &Gpu, parts: &'p Parts) -> Result<Product<'p>>
    where
        'a: 'p,
    {
        Ok(Product {
            stored: [self.stored[0], parts.stored()],
            plan: self.plan.with_dense_result(),
            y: parts.bound(gpu)?,
            ..*self
        })
    }

    /// The result as the products make it: the batch, then rows and columns.
    pub fn result(&self) -> Bound<'a> {
        let [_, _, layout] = self.plan.layouts([0; 3]);
        Bound {
            shape: *layout.shape(),
            strides: *layout.strides(),
            ..self.y
        }
    }

    /// The number of products.
    pub fn entries(&self) -> usize {
        self.plan.batch.shape.numel()
    }

    /// A launch of `kernel`, and what its tensors are.
    pub fn dispatch<'d>(&'d self, gpu: &'d Gpu, kernel: &'static Kernel) -> Dispatch<'d> {
        let [operand, result] = self.stored;
        Dispatch::new(gpu, self.name, kernel, self.compute)
            .stored("a", operand, &self.a)
            .stored("b", operand, &self.b)
            .stored("bias", operand, &self.bias)
            .stored("y", result, &self.y)
            .constant("BIAS", u32::from(self.bias_steps.is_some()))
    }

    /// The parameters for these workgroups.
    pub fn params(&self, workgroups: Workgroups) -> Params {
        let ProductPlan { m, n, k, .. } = self.plan;
        let [[a_row, a_col], [b_row, b_col], [y_row, y_col]] = self.plan.steps;
        let [a_batch, b_batch, y_batch] = self.plan.batch.strides;
        let [bias_row, bias_col] = self.bias_steps.unwrap_or_default();
        let Workgroups {
            groups,
            groups_m,
            groups_n,
            parts,
            part,
        } = workgroups;
        params! {
            m, n, k, groups, groups_m, groups_n, parts, part,
            a: self.a.offset, b: self.b.offset, bias: self.bias.offset, y: self.y.offset,
            a_row, a_col, b_row, b_col, bias_row, bias_col, y_row, y_col,
            y_part: self.entries() * m * n,
            rank: self.plan.batch.rank(), batch: self.plan.batch.shape, a_batch, b_batch, y_batch,
        }
    }
}
