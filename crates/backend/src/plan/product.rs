//! Matrix products.

use super::planned::{Planned, result, type_of};
use super::{Loops, Split};
use crate::{Error, Layout, MAX_RANK, Op, Output, Result, View};

/// The plan of [`crate::Backend::matmul`]: a batch of products `[m, k] x [k, n]`. As much of the batch as possible is merged into the rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProductPlan {
    /// Rows of each result.
    pub m: usize,
    /// Columns of each result.
    pub n: usize,
    /// Terms of each sum.
    pub k: usize,
    /// The distances between the rows and between the columns of both factors and the result.
    pub steps: [[usize; 2]; 3],
    /// The loops over the batch, in both factors and the result.
    pub batch: Loops<3>,
}

impl ProductPlan {
    /// The plan of `[.., m, k] x [.., k, n] → [.., m, n]`, for layouts whose leading dimensions are equal.
    pub fn new(a: &Layout, b: &Layout, out: &Layout) -> ProductPlan {
        let shape = out.shape();
        let [row, col] = [shape.len() - 2, shape.len() - 1];
        let strides = [a, b, out].map(|l| &**l.strides());
        let plan = ProductPlan {
            m: shape[row],
            n: shape[col],
            k: a.shape()[col],
            steps: strides.map(|s| [s[row], s[col]]),
            batch: Loops::over(0..row, shape, strides),
        };
        plan.merge(false)
    }

    /// The plan of `x wᵀ`, for `x: [.., k]`, `w: [n, k]` and a result `[.., n]`: a batch of single rows, which share the weight.
    pub fn linear(x: &Layout, w: &Layout, out: &Layout) -> ProductPlan {
        let last = x.shape().len() - 1;
        let strides = [x.strides(), &[0; MAX_RANK][..], out.strides()];
        let plan = ProductPlan {
            m: 1,
            n: w.shape()[0],
            k: w.shape()[1],
            steps: [
                [0, x.strides()[last]],
                [w.strides()[1], w.strides()[0]],
                [0, out.strides()[last]],
            ],
            batch: Loops::over(0..last, x.shape(), strides),
        };
        plan.merge(false)
    }

    /// The same products with as much of the batch as possible merged into the columns, too.
    pub fn with_merged_columns(self) -> ProductPlan {
        self.merge(true)
    }

    /// The same products with rows and columns exchanged: `yᵀ = bᵀ aᵀ`.
    pub fn transposed(&self) -> ProductPlan {
        let [a, b, y] = self.steps.map(|[row, col]| [col, row]);
        let mut batch = self.batch;
        batch.strides.swap(0, 1);
        ProductPlan {
            m: self.n,
            n: self.m,
            k: self.k,
            steps: [b, a, y],
            batch,
        }
    }

    /// The same products with a dense result.
    pub fn with_dense_result(mut self) -> ProductPlan {
        let size = self.m * self.n;
        self.steps[2] = [self.n, 1];
        self.batch.strides[2] = self.batch.shape.contiguous_strides();
        self.batch.strides[2].iter_mut().for_each(|s| *s *= size);
        self
    }

    /// Both factors and the result as matrices with the batch before them, for tensors with these offsets.
    pub fn layouts(&self, offsets: [usize; 3]) -> [Layout; 3] {
        let sizes = [[self.m, self.k], [self.k, self.n], [self.m, self.n]];
        std::array::from_fn(|i| {
            let (mut shape, mut strides) = (self.batch.shape, self.batch.strides[i]);
            for (size, step) in sizes[i].into_iter().zip(self.steps[i]) {
                shape.push(size);
                strides.push(step);
            }
            Layout::strided(shape, strides, offsets[i])
        })
    }

    fn merge(mut self, columns: bool) -> ProductPlan {
        while self.merge_rows() || columns && self.merge_columns() {}
        self
    }

    /// Merges the innermost loop of the batch into the rows, if its entries share the right factor and their rows are evenly spaced.
    fn merge_rows(&mut self) -> bool {
        let Some((count, [a, b, y], outer)) = self.innermost() else {
            return false;
        };
        let follow = |step: usize, row: usize| self.m == 1 || step == self.m.saturating_mul(row);
        if b != 0 || !follow(a, self.steps[0][0]) || !follow(y, self.steps[2][0]) {
            return false;
        }
        if self.m == 1 {
            (self.steps[0][0], self.steps[2][0]) = (a, y);
        }
        (self.m, self.batch) = (self.m * count, outer);
        true
    }

    /// The same for columns, if the entries share the left factor.
    fn merge_columns(&mut self) -> bool {
        let Some((count, [a, b, y], outer)) = self.innermost() else {
            return false;
        };
        let follow = |step: usize, col: usize| self.n == 1 || step == self.n.saturating_mul(col);
        if a != 0 || !follow(b, self.steps[1][1]) || !follow(y, self.steps[2][1]) {
            return false;
        }
        if self.n == 1 {
            (self.steps[1][1], self.steps[2][1]) = (b, y);
        }
        (self.n, self.batch) = (self.n * count, outer);
        true
    }

    /// The splits of products whose result has `rank` dimensions, of both factors, the result and a bias of its columns. The last is between
    /// the terms of each sum.
    pub fn splits(rank: usize) -> impl DoubleEndedIterator<Item = Split> {
        let (row, col) = (rank - 2, rank - 1);
        let split = move |d: usize| match d {
            d if d == row => [Some(row), None, Some(row), None],
            d if d == col => [None, Some(col), Some(col), Some(0)],
            d if d == rank => [Some(col), Some(row), None, None],
            d => [Some(d), Some(d), Some(d), None],
        };
        (0..=rank).map(move |d| Split::new(split(d)))
    }

    fn innermost(&self) -> Option<(usize, [usize; 3], Loops<3>)> {
        (self.batch.rank() > 0).then(|| self.batch.split_innermost())
    }
}

/// `[.., m, k] x [.., k, n] → [.., m, n]` of one dtype. As [`Op::MatMul`], but leading dimensions are equal: they are broadcast by strides of 0.
#[track_caller]
pub fn matmul<'a>(inputs: &'a [View<'a>; 2], out: Output<'a>) -> Result<Planned<'a, ProductPlan>> {
    let [a, b] = inputs;
    let expected = Op::MatMul.infer(&[type_of(a), type_of(b)])?;
    let batch = |v: &View<'_>| {
        let mut shape = *v.layout().shape();
        shape.truncate(shape.len().saturating_sub(2));
        shape
    };
    if batch(a) != batch(b) {
        return Err(Error::shape(format!(
            "matmul: leading dimensions differ: {:?} x {:?}",
            a.layout().shape(),
            b.layout().shape()
        )));
    }
    result("matmul", &expected, &out.view())?;
    let plan = ProductPlan::new(a.layout(), b.layout(), out.view().layout());
    Ok(Planned::one(plan, inputs, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dims;

    /// The plan of a result of three dimensions, of sums of 3 terms, with these strides.
    fn plan([batch, m, n]: [usize; 3], strides: [[usize; 3]; 3]) -> ProductPlan {
        let shapes = [[batch, m, 3], [batch, 3, n], [batch, m, n]];
        let layout = |i: usize| Layout::strided(Dims::from(shapes[i]), Dims::from(strides[i]), 0);
        ProductPlan::new(&layout(0), &layout(1), &layout(2))
    }

    #[test]
    fn entries_that_share_the_right_factor_are_rows_of_one_product() {
        // [5, 2, 3] x [3, 4], dense.
        let plan = plan([5, 2, 4], [[6, 3, 1], [0, 4, 1], [8, 4, 1]]);
        assert_eq!((plan.m, plan.n, plan.k), (10, 4, 3));
        assert_eq!(plan.batch.rank(), 0);
        assert_eq!(plan.with_merged_columns(), plan);
        let layouts = plan.layouts([0, 7, 0]);
        assert_eq!(layouts.map(|l| l.offset()), [0, 7, 0]);
        assert!(layouts.iter().all(Layout::is_contiguous));
    }

    #[test]
    fn entries_of_one_row_are_rows_wherever_they_lie() {
        let plan = plan([5, 1, 4], [[100, 7, 1], [0, 4, 1], [4, 4, 1]]);
        assert_eq!((plan.m, plan.steps), (5, [[100, 1], [4, 1], [4, 1]]));
    }

    #[test]
    fn entries_that_share_the_left_factor_may_be_columns() {
        // [2, 3] x [5, 3, 1] with a result [2, 5] seen as [5, 2, 1].
        let plan = plan([5, 2, 1], [[0, 3, 1], [3, 1, 1], [1, 5, 1]]);
        assert_eq!((plan.m, plan.n, plan.batch.rank()), (2, 1, 1));
        let plan = plan.with_merged_columns();
        assert_eq!((plan.n, plan.steps), (5, [[3, 1], [1, 3], [5, 1]]));
    }

    #[test]
    fn a_linear_layer_is_one_product() {
        let dense = |shape: &[usize]| Layout::contiguous(Dims::from_slice(shape).unwrap());
        let plan = |x, out| ProductPlan::linear(&dense(x), &dense(&[4, 3]), &dense(out));
        let rows = plan(&[2, 5, 3], &[2, 5, 4]);
        assert_eq!((rows.m, rows.n, rows.k), (10, 4, 3));
        assert_eq!(rows.steps, [[3, 1], [1, 3], [4, 1]]);
        assert_eq!(rows.transposed().steps, [[3, 1], [1, 3], [1, 4]]);
        let vector = plan(&[3], &[4]);
        assert_eq!((vector.m, vector.batch.rank()), (1, 0));
    }

    #[test]
    fn a_dense_result_keeps_the_order_of_the_batch() {
        let plan = plan([5, 2, 4], [[6, 3, 1], [12, 4, 1], [16, 8, 1]]).with_dense_result();
        assert_eq!(plan.steps[2], [4, 1]);
        assert_eq!(*plan.batch.strides[2], [8]);
    }
}
