//! Writes by index. Repeated indices are combined in order, so work is split between threads only where they write different elements.

use super::accumulate::{FloatProducts, Products, Sums, accumulate};
use super::positions::{Positions, positions};
use crate::element::{Number, Wide, vectorized, with_float, with_number};
use crate::operand::Operand;
use crate::parallel;
use rushlight_backend::plan::{IndexPlan, Rows, ScatterPlan};
use rushlight_backend::{IndexOp, Op, Result, ScatterMode};
use std::ops::Range;

pub(crate) fn scatter(
    plan: &ScatterPlan,
    index: &Operand<'_>,
    src: &Operand<'_>,
    out: &Operand<'_>,
) -> Result<()> {
    let (mode, plan) = (plan.mode, &plan.index);
    let at = positions(Op::Scatter(plan.f, mode).name(), plan, index)?;
    if plan.shape.contains(&0) {
        return Ok(());
    }
    let scatter = Scatter {
        plan,
        at: &at,
        src,
        out,
    };
    if mode == ScatterMode::Mul && out.dtype.is_float() {
        with_float!(out.dtype, T => accumulate::<T, FloatProducts>(&scatter), else ());
        return Ok(());
    }
    with_number!(out.dtype, T => {
        match mode {
            ScatterMode::Set => scatter.run(|_: T, y: T| y),
            ScatterMode::Add => accumulate::<T, Sums>(&scatter),
            ScatterMode::Mul => accumulate::<T, Products>(&scatter),
            ScatterMode::Max => scatter.run(|x: T, y: T| T::narrow(x.widen().larger(y.widen()))),
            ScatterMode::Min => scatter.run(|x: T, y: T| T::narrow(x.widen().smaller(y.widen()))),
        }
    });
    Ok(())
}

/// The operands of a write by index.
pub(super) struct Scatter<'a> {
    pub plan: &'a IndexPlan,
    pub at: &'a Positions,
    pub src: &'a Operand<'a>,
    pub out: &'a Operand<'a>,
}

impl Scatter<'_> {
    /// Combines the elements of the source in order with the elements at their target positions.
    pub fn run<T: Number>(&self, combine: impl Fn(T, T) -> T + Sync) {
        let plan = self.plan;
        let rows = Rows::last(&plan.shape, [self.src.strides(), &plan.table]);
        let bytes = rows.count * rows.len * 3 * size_of::<T>();
        if plan.dim + 1 >= plan.shape.len() {
            // Every row is written to a different row.
            let grain = parallel::grain(bytes / rows.count);
            parallel::for_ranges(rows.count, grain, |range| {
                range.for_each(|row| self.along_row(&rows, row, &combine));
            });
        } else {
            // Several rows may write the same row, but columns are independent.
            let grain = parallel::grain(bytes / rows.len).max(16);
            parallel::for_ranges(rows.len, grain, |columns| {
                vectorized::<T, _>(
                    #[inline(always)]
                    || self.across_rows(&rows, columns, &combine),
                );
            });
        }
    }

    /// Scatters the elements of one row along that row.
    fn along_row<T: Number>(&self, rows: &Rows<2>, row: usize, combine: &impl Fn(T, T) -> T) {
        let [src, out] = rows.starts(row);
        let first = match self.plan.f {
            IndexOp::Select { .. } => 0,
            IndexOp::Gather { .. } => row * rows.len,
        };
        let (sstep, along) = (rows.steps[0], self.plan.along);
        for (i, &at) in self.at[first..][..rows.len].iter().enumerate() {
            // SAFETY: positions are checked; the index is no larger than source and output elsewhere.
            unsafe {
                let to = self.out.pointer::<T>().add(out + at * along);
                *to = combine(*to, *self.src.pointer::<T>().add(src + i * sstep));
            }
        }
    }

    /// Scatters `columns` of all rows, row after row.
    #[inline(always)]
    fn across_rows<T: Number>(
        &self,
        rows: &Rows<2>,
        columns: Range<usize>,
        combine: &impl Fn(T, T) -> T,
    ) {
        let along = self.plan.along;
        let [sstep, ostep] = rows.steps;
        // The number of rows that share a position along `dim`.
        let shape = &self.plan.shape;
        let below: usize = shape[self.plan.dim + 1..shape.len() - 1].iter().product();
        let (src, out) = (self.src.pointer::<T>(), self.out.pointer::<T>());
        for row in 0..rows.count {
            let [from, to] = rows.starts(row);
            // SAFETY: positions are checked; the index is no larger than source and output elsewhere.
            unsafe {
                match self.plan.f {
                    IndexOp::Select { .. } => {
                        let at = self.at[row / below % self.at.len()];
                        let (src, out) = (src.add(from), out.add(to + at * along));
                        if sstep == 1 && ostep == 1 {
                            for i in columns.clone() {
                                *out.add(i) = combine(*out.add(i), *src.add(i));
                            }
                            continue;
                        }
                        for i in columns.clone() {
                            let out = out.add(i * ostep);
                            *out = combine(*out, *src.add(i * sstep));
                        }
                    }
                    IndexOp::Gather { .. } => {
                        for i in columns.clone() {
                            let at = self.at[row * rows.len + i];
                            let out = out.add(to + i * ostep + at * along);
                            *out = combine(*out, *src.add(from + i * sstep));
                        }
                    }
                }
            }
        }
    }
}
