//! Matrix products.

use super::planned::{Planned, result, type_of};
use super::{Loops, Split};
use crate::{Error, Op, Output, Result, View};

/// The plan of [`crate::Backend::matmul`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProductPlan;

/// A batch of products `[m, k] x [k, n]`, as few as it can be seen as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Products {
    /// Rows of each result.
    pub m: usize,
    /// Columns of each result.
    pub n: usize,
    /// Terms of each sum.
    pub k: usize,
    /// The distances between the rows and between the columns of both factors and the result.
    pub steps: [[usize; 2]; 3],
    /// The loops over the batch.
    pub batch: Loops<3>,
}

impl Products {
    /// The products that make a result of `shape`, of `k` terms each; the factors' strides, then the result's.
    pub fn new(shape: &[usize], k: usize, strides: [&[usize]; 3]) -> Products {
        let [row, col] = [shape.len() - 2, shape.len() - 1];
        Products {
            m: shape[row],
            n: shape[col],
            k,
            steps: strides.map(|s| [s[row], s[col]]),
            batch: Loops::over(0..row, shape, strides),
        }
    }

    /// Makes the innermost loop of the batch more rows of one product, if its entries share the right factor and their rows follow each other.
    pub fn merge_rows(&mut self) -> bool {
        let Some((count, [a, b, y], outer)) = self.innermost() else {
            return false;
        };
        let follow = |step: usize, row: usize| self.m == 1 || step == self.m * row;
        if b != 0 || !follow(a, self.steps[0][0]) || !follow(y, self.steps[2][0]) {
            return false;
        }
        if self.m == 1 {
            (self.steps[0][0], self.steps[2][0]) = (a, y);
        }
        (self.m, self.batch) = (self.m * count, outer);
        true
    }

    /// The same with columns, if the entries share the left factor.
    pub fn merge_columns(&mut self) -> bool {
        let Some((count, [a, b, y], outer)) = self.innermost() else {
            return false;
        };
        let follow = |step: usize, col: usize| self.n == 1 || step == self.n * col;
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
    Ok(Planned::one(ProductPlan, inputs, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_share_the_right_factor_are_rows_of_one_product() {
        // [5, 2, 3] x [3, 4], dense.
        let mut products = Products::new(&[5, 2, 4], 3, [&[6, 3, 1], &[0, 4, 1], &[8, 4, 1]]);
        assert!(products.merge_rows());
        assert_eq!((products.m, products.n, products.k), (10, 4, 3));
        assert_eq!(products.batch.rank(), 0);
        assert!(!products.merge_rows() && !products.merge_columns());
    }

    #[test]
    fn entries_of_one_row_are_rows_wherever_they_lie() {
        let mut products = Products::new(&[5, 1, 4], 3, [&[100, 7, 1], &[0, 4, 1], &[4, 4, 1]]);
        assert!(products.merge_rows());
        assert_eq!(
            (products.m, products.steps),
            (5, [[100, 1], [4, 1], [4, 1]])
        );
    }

    #[test]
    fn entries_that_share_the_left_factor_may_be_columns() {
        // [2, 3] x [5, 3, 1] with a result [2, 5] seen as [5, 2, 1].
        let mut products = Products::new(&[5, 2, 1], 3, [&[0, 3, 1], &[3, 1, 1], &[1, 5, 1]]);
        assert!(!products.merge_rows() && products.merge_columns());
        assert_eq!((products.n, products.steps), (5, [[3, 1], [1, 3], [5, 1]]));
    }
}
