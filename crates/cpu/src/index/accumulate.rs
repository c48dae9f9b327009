//! Sums and products by index, accumulated in a wider type than the table's.
//!
//! A `bfloat16` sum of ones stops growing at 256, and a `float32` sum at 2²⁴, because each step is rounded and the added value is lost. So all
//! values for one element are accumulated in `f64` (integers in `i64`), in order, starting from the old value, and rounded once. Products of
//! floats have a separate exponent ([`Product`]), because they can overflow `f64` as well.
//!
//! There are two ways to hold the accumulators. Whole rows are sorted by target position, and a run of equal positions is accumulated in a
//! strip that stays in the L1 cache. Narrow rows and single elements have a table of accumulators as long as the dimension; sorting them would
//! cost more than the sums do.

use super::scatter::Scatter;
use crate::element::{Wide, vectorized};
use crate::parallel;
use crate::product::Product;
use crate::sum::Term;
use rushlight_backend::plan::Rows;
use rushlight_backend::{Dims, IndexOp};

/// The width from which rows are sorted.
const WIDE: usize = 8;
/// Columns that are accumulated together.
const STRIP: usize = 256;
/// The maximum number of accumulators in a table for several columns.
const TABLE: usize = 1 << 15;
/// The number of neighbouring columns that share a table, as they share cache lines.
const NEIGHBOURS: usize = 16;

/// How the values for one element are combined.
pub(super) trait Combine<T> {
    /// The accumulator.
    type Held: Copy + Send;
    /// A placeholder, replaced before it is used.
    const START: Self::Held;

    fn hold(x: T) -> Self::Held;
    fn with(held: Self::Held, x: T) -> Self::Held;
    fn rounded(held: Self::Held) -> T;
    /// Two elements, rounded.
    fn once(x: T, y: T) -> T;
}

/// Sums.
pub(super) struct Sums;

/// Products of integers, which wrap.
pub(super) struct Products;

/// Products of floats.
pub(super) struct FloatProducts;

macro_rules! combine {
    ($($name:ident: $function:ident;)*) => { $(
        impl<T: Term> Combine<T> for $name {
            type Held = T::Sum;
            const START: T::Sum = T::Sum::EMPTY_SUM;

            #[inline(always)]
            fn hold(x: T) -> T::Sum { x.term() }
            #[inline(always)]
            fn with(held: T::Sum, x: T) -> T::Sum { held.$function(x.term()) }
            #[inline(always)]
            fn rounded(held: T::Sum) -> T { T::rounded(held) }
            #[inline(always)]
            fn once(x: T, y: T) -> T { T::narrow(x.widen().$function(y.widen())) }
        }
    )* };
}

combine! {
    Sums: plus;
    Products: times;
}

impl<T: Term<Sum = f64>> Combine<T> for FloatProducts {
    type Held = Product;
    const START: Product = Product::ONE;

    #[inline(always)]
    fn hold(x: T) -> Product {
        Product::ONE.times(x.term())
    }
    #[inline(always)]
    fn with(held: Product, x: T) -> Product {
        held.times(x.term())
    }
    #[inline(always)]
    fn rounded(held: Product) -> T {
        T::rounded(held.value())
    }
    #[inline(always)]
    fn once(x: T, y: T) -> T {
        T::narrow(x.widen().times(y.widen()))
    }
}

/// Combines the values that the index assigns to the same element.
pub(super) fn accumulate<T: Term, C: Combine<T>>(scatter: &Scatter<'_>) {
    let plan = scatter.plan;
    let (n, rank) = (plan.count(), plan.shape.len());
    let (apart, rows) = match plan.f {
        IndexOp::Select { .. } => (
            scatter.at.is_sorted_by(|a, b| a < b),
            plan.dim + 1 < rank && plan.shape[rank - 1] >= WIDE,
        ),
        IndexOp::Gather { .. } => (n == 1, false),
    };
    if apart {
        scatter.run(C::once);
    } else if rows {
        by_runs::<T, C>(scatter, n);
    } else {
        by_tables::<T, C>(scatter, n);
    }
}

/// Accumulates rows sorted by target position.
fn by_runs<T: Term, C: Combine<T>>(scatter: &Scatter<'_>, n: usize) {
    let mut order: Vec<(usize, usize)> = scatter.at.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let runs: Vec<&[(usize, usize)]> = order.chunk_by(|a, b| a.0 == b.0).collect();
    let (plan, ss) = (scatter.plan, scatter.src.strides());
    let along = [ss[plan.dim], plan.along];
    let rows = Rows::last(&plan.shape, [ss, &plan.table]);
    let steps = rows.steps;
    // The number of rows that share a position along `dim`.
    let below: usize = plan.shape[plan.dim + 1..plan.shape.len() - 1]
        .iter()
        .product();
    let strips = rows.len.div_ceil(STRIP);
    let jobs = runs.len() * strips;
    let bytes = 3 * rows.len * rows.count * size_of::<T>();
    let src = parallel::Shared(scatter.src.pointer::<T>());
    let out = parallel::Shared(scatter.out.pointer::<T>());
    parallel::for_ranges(jobs, parallel::grain(bytes / jobs), |range| {
        for number in range {
            let (run, first) = (runs[number / strips], number % strips * STRIP);
            for group in 0..rows.count / n {
                let row = group / below * n * below + group % below;
                let [from, to] = rows.starts(row);
                let from = from + first * steps[0];
                let to = to + first * steps[1] + run[0].0 * along[1];
                // SAFETY: positions are checked, so the rows are in source and output; a position belongs to one run.
                unsafe {
                    let strip = Strip {
                        src: src.at(from),
                        out: out.at(to),
                        len: STRIP.min(rows.len - first),
                        steps,
                    };
                    vectorized::<T, _>(
                        #[inline(always)]
                        || strip.accumulate::<C>(run, along[0]),
                    );
                }
            }
        }
    });
}

/// Neighbouring columns of one row of the output, and of the first row of the source.
struct Strip<T> {
    src: *const T,
    out: *mut T,
    len: usize,
    /// Distances between columns of source and output.
    steps: [usize; 2],
}

impl<T: Term> Strip<T> {
    /// Accumulates the rows of a run, which are `along` apart.
    ///
    /// # Safety
    /// They are in the source, and nothing else writes the output's row meanwhile.
    #[inline(always)]
    unsafe fn accumulate<C: Combine<T>>(self, run: &[(usize, usize)], along: usize) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            match self.steps {
                [1, 1] => self.with_steps::<C>(run, along, [1, 1]),
                steps => self.with_steps::<C>(run, along, steps),
            }
        }
    }

    /// [`Strip::accumulate`], compiled once for neighbouring columns.
    ///
    /// # Safety
    /// As for [`Strip::accumulate`].
    #[inline(always)]
    unsafe fn with_steps<C: Combine<T>>(
        &self,
        run: &[(usize, usize)],
        along: usize,
        [sstep, ostep]: [usize; 2],
    ) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            if let [(_, k)] = *run {
                let src = self.src.add(k * along);
                for i in 0..self.len {
                    let out = self.out.add(i * ostep);
                    *out = C::once(*out, *src.add(i * sstep));
                }
                return;
            }
            let mut all = [C::START; STRIP];
            let all = &mut all[..self.len];
            for (i, held) in all.iter_mut().enumerate() {
                *held = C::hold(*self.out.add(i * ostep));
            }
            for &(_, k) in run {
                let src = self.src.add(k * along);
                for (i, held) in all.iter_mut().enumerate() {
                    *held = C::with(*held, *src.add(i * sstep));
                }
            }
            for (i, &held) in all.iter().enumerate() {
                *self.out.add(i * ostep) = C::rounded(held);
            }
        }
    }
}

/// Accumulates in one table for each column, or for some neighbouring columns.
fn by_tables<T: Term, C: Combine<T>>(scatter: &Scatter<'_>, n: usize) {
    let (plan, size) = (scatter.plan, scatter.plan.size);
    // Neighbouring columns.
    let wide = match plan.dim + 1 < plan.shape.len() {
        true => plan.shape[plan.shape.len() - 1],
        false => 1,
    };
    let block = (TABLE / size).clamp(1, NEIGHBOURS).min(wide);
    let blocks = wide.div_ceil(block);
    let (ss, os) = (scatter.src.strides(), scatter.out.strides());
    // Strides of the positions, which are dense.
    let (is, ialong) = match plan.f {
        IndexOp::Gather { .. } => {
            let strides = plan.shape.contiguous_strides();
            (strides, strides.get(plan.dim).copied().unwrap_or(1))
        }
        IndexOp::Select { .. } => (Dims::filled(0, plan.shape.len()), 1),
    };
    let innermost = |strides: &[usize]| strides.last().copied().unwrap_or(0);
    let columns = Rows::new(&plan.shape, plan.dim, [ss, os, &is]);
    let [along @ .., _] = columns.steps;
    let next = [innermost(ss), innermost(os), innermost(&is)];
    let (src, out) = (scatter.src.pointer::<T>(), scatter.out.pointer::<T>());
    let (src, out) = (parallel::Shared(src), parallel::Shared(out));
    let grain = parallel::grain(3 * n * block * size_of::<T>());
    parallel::for_ranges(columns.count / wide * blocks, grain, |range| {
        let mut table = vec![C::START; size * block];
        for number in range {
            let first = number % blocks * block;
            let width = block.min(wide - first);
            let column = number / blocks * wide + first;
            let [from, to, index] = columns.starts(column);
            let at = |k: usize, j: usize| scatter.at[index + k * ialong + j * next[2]];
            // SAFETY: positions are checked, so they are in the output, and its columns belong to one range each.
            let element = |at: usize, j: usize| unsafe { out.at(to + at * along[1] + j * next[1]) };
            // If there are more indices than elements, the elements are visited instead.
            let visits = n.min(size);
            let visited = |k: usize, j: usize| if n < size { at(k, j) } else { k };
            for (k, j) in (0..visits).flat_map(|k| (0..width).map(move |j| (k, j))) {
                let at = visited(k, j);
                // SAFETY: an element of the output.
                table[at * block + j] = C::hold(unsafe { *element(at, j) });
            }
            for k in 0..n {
                for j in 0..width {
                    // SAFETY: an element of the source.
                    let x = unsafe { *src.at(from + k * along[0] + j * next[0]) };
                    let held = &mut table[at(k, j) * block + j];
                    *held = C::with(*held, x);
                }
            }
            for (k, j) in (0..visits).flat_map(|k| (0..width).map(move |j| (k, j))) {
                let at = visited(k, j);
                // SAFETY: an element of the output.
                unsafe { *element(at, j) = C::rounded(table[at * block + j]) };
            }
        }
    });
}
