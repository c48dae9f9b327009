//! Sums and products by index, accumulated in a wider type than the table's.
//!
//! A table of `bfloat16` that is added to element by element stops growing at 256, and one of `float32` at 2²⁴: each step is rounded, and
//! what is added is lost. So everything that meets in one place is accumulated in `f64` (integers in `i64`) from the old value on, in its
//! order, and rounded once.
//!
//! There are two ways to hold the accumulators. Whole rows are sorted by their place, and a run of equal places is accumulated in a strip
//! that stays in the first cache. Narrow rows and single elements have a table of accumulators as long as the dimension; sorting them would
//! cost more than the sums do.

use super::scatter::Job;
use crate::element::{Wide, vectorised};
use crate::lines::Lines;
use crate::parallel;
use crate::sum::Term;
use rushlight_backend::{Dims, IndexOp, Layout};

/// Rows from this width on are sorted.
const WIDE: usize = 8;
/// Columns that are accumulated together.
const STRIP: usize = 256;
/// Most accumulators in a table for several columns.
const TABLE: usize = 1 << 15;
/// Columns that share a table: neighbours in a cache line.
const NEIGHBOURS: usize = 16;

/// Adds or multiplies everything that the job's index leads to one place: `sum` accumulates, `once` is the same for two elements.
pub(super) fn accumulate<T: Term>(
    job: &Job<'_>,
    once: impl Fn(T::Wide, T::Wide) -> T::Wide + Copy + Sync,
    sum: impl Fn(T::Sum, T::Sum) -> T::Sum + Copy + Sync,
) {
    let n = job.shape.get(job.dim).copied().unwrap_or(1);
    let (apart, rows) = match job.f {
        IndexOp::Select { .. } => (
            job.at.is_sorted_by(|a, b| a < b),
            job.dim + 1 < job.shape.len() && job.shape[job.shape.len() - 1] >= WIDE,
        ),
        IndexOp::Gather { .. } => (n == 1, false),
    };
    let once = move |x: T, y: T| T::narrow(once(x.widen(), y.widen()));
    if apart {
        job.run(once);
    } else if rows {
        by_runs::<T>(job, n, once, sum);
    } else {
        by_tables::<T>(job, n, sum);
    }
}

/// Rows in the order of their places.
fn by_runs<T: Term>(
    job: &Job<'_>,
    n: usize,
    once: impl Fn(T, T) -> T + Copy + Sync,
    sum: impl Fn(T::Sum, T::Sum) -> T::Sum + Copy + Sync,
) {
    let mut order: Vec<(usize, usize)> = job.at.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let runs: Vec<&[(usize, usize)]> = order.chunk_by(|a, b| a.0 == b.0).collect();
    let rows = Lines::last(job.shape);
    let (ss, os) = (job.src.strides(), job.out.strides());
    let steps = [rows.step(ss), rows.step(os)];
    let along = [ss[job.dim], os[job.dim]];
    let mut apart = *job.out.layout.strides();
    apart[job.dim] = 0;
    // Rows that share a position along `dim`.
    let below: usize = job.shape[job.dim + 1..job.shape.len() - 1].iter().product();
    let strips = rows.len.div_ceil(STRIP);
    let jobs = runs.len() * strips;
    let bytes = 3 * rows.len * rows.count * size_of::<T>();
    let src = parallel::Shared(job.src.pointer::<T>());
    let out = parallel::Shared(job.out.pointer::<T>());
    parallel::for_ranges(jobs, parallel::grain(bytes / jobs), |range| {
        for number in range {
            let (run, first) = (runs[number / strips], number % strips * STRIP);
            for group in 0..rows.count / n {
                let line = group / below * n * below + group % below;
                let from = rows.offset(ss, line) + first * steps[0];
                let to = rows.offset(&apart, line) + first * steps[1] + run[0].0 * along[1];
                // SAFETY: positions are checked, so the rows lie in source and output; a place belongs to one run.
                unsafe {
                    let strip = Strip {
                        src: src.at(from),
                        out: out.at(to),
                        len: STRIP.min(rows.len - first),
                        steps,
                    };
                    vectorised::<T, _>(
                        #[inline(always)]
                        || strip.accumulate(run, along[0], once, sum),
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
    /// Between columns of source and output.
    steps: [usize; 2],
}

impl<T: Term> Strip<T> {
    /// Accumulates the rows of a run, which lie `along` apart.
    ///
    /// # Safety
    /// They lie in the source, and nothing else writes the output's row meanwhile.
    #[inline(always)]
    unsafe fn accumulate(
        self,
        run: &[(usize, usize)],
        along: usize,
        once: impl Fn(T, T) -> T,
        sum: impl Fn(T::Sum, T::Sum) -> T::Sum,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            match self.steps {
                [1, 1] => self.with_steps(run, along, [1, 1], once, sum),
                steps => self.with_steps(run, along, steps, once, sum),
            }
        }
    }

    /// [`Strip::accumulate`], compiled once for neighbouring columns.
    ///
    /// # Safety
    /// As for [`Strip::accumulate`].
    #[inline(always)]
    unsafe fn with_steps(
        &self,
        run: &[(usize, usize)],
        along: usize,
        [sstep, ostep]: [usize; 2],
        once: impl Fn(T, T) -> T,
        sum: impl Fn(T::Sum, T::Sum) -> T::Sum,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            if let [(_, k)] = *run {
                let src = self.src.add(k * along);
                for i in 0..self.len {
                    let out = self.out.add(i * ostep);
                    *out = once(*out, *src.add(i * sstep));
                }
                return;
            }
            let mut sums = [T::Sum::EMPTY_SUM; STRIP];
            let sums = &mut sums[..self.len];
            for (i, s) in sums.iter_mut().enumerate() {
                *s = (*self.out.add(i * ostep)).term();
            }
            for &(_, k) in run {
                let src = self.src.add(k * along);
                for (i, s) in sums.iter_mut().enumerate() {
                    *s = sum(*s, (*src.add(i * sstep)).term());
                }
            }
            for (i, &s) in sums.iter().enumerate() {
                *self.out.add(i * ostep) = T::rounded(s);
            }
        }
    }
}

/// A table of accumulators for every column, or for some neighbours.
fn by_tables<T: Term>(
    job: &Job<'_>,
    n: usize,
    sum: impl Fn(T::Sum, T::Sum) -> T::Sum + Copy + Sync,
) {
    let columns = Lines::new(job.shape, job.dim);
    // Columns that lie side by side.
    let wide = match job.dim + 1 < job.shape.len() {
        true => job.shape[job.shape.len() - 1],
        false => 1,
    };
    let size = job.out.shape().get(job.dim).copied().unwrap_or(1);
    let block = (TABLE / size).clamp(1, NEIGHBOURS).min(wide);
    let blocks = wide.div_ceil(block);
    let (ss, os) = (job.src.strides(), job.out.strides());
    let dense = Layout::contiguous(job.shape.iter().copied().collect::<Dims>());
    let is = match job.f {
        IndexOp::Gather { .. } => *dense.strides(),
        IndexOp::Select { .. } => Dims::filled(0, job.shape.len()),
    };
    let beside = |strides: &[usize]| strides.last().copied().unwrap_or(0);
    let along = [columns.step(ss), columns.step(os)];
    let ialong = match job.f {
        IndexOp::Gather { .. } => columns.step(&is),
        IndexOp::Select { .. } => 1,
    };
    let next = [beside(ss), beside(os), beside(&is)];
    let (src, out) = (job.src.pointer::<T>(), job.out.pointer::<T>());
    let (src, out) = (parallel::Shared(src), parallel::Shared(out));
    let grain = parallel::grain(3 * n * block * size_of::<T>());
    parallel::for_ranges(columns.count / wide * blocks, grain, |range| {
        let mut table = vec![T::Sum::EMPTY_SUM; size * block];
        for number in range {
            let first = number % blocks * block;
            let width = block.min(wide - first);
            let column = number / blocks * wide + first;
            let from = columns.offset(ss, column);
            let to = columns.offset(os, column);
            let index = columns.offset(&is, column);
            let at = |k: usize, j: usize| job.at[index + k * ialong + j * next[2]];
            // SAFETY: positions are checked, so they lie in the output, and its columns belong to one job each.
            let place = |at: usize, j: usize| unsafe { out.at(to + at * along[1] + j * next[1]) };
            // Where there are more indices than places, the places are visited instead.
            let visits = n.min(size);
            let visited = |k: usize, j: usize| if n < size { at(k, j) } else { k };
            for (k, j) in (0..visits).flat_map(|k| (0..width).map(move |j| (k, j))) {
                let at = visited(k, j);
                // SAFETY: a place of the output.
                table[at * block + j] = unsafe { *place(at, j) }.term();
            }
            for k in 0..n {
                for j in 0..width {
                    // SAFETY: an element of the source.
                    let term = unsafe { *src.at(from + k * along[0] + j * next[0]) }.term();
                    let total = &mut table[at(k, j) * block + j];
                    *total = sum(*total, term);
                }
            }
            for (k, j) in (0..visits).flat_map(|k| (0..width).map(move |j| (k, j))) {
                let at = visited(k, j);
                // SAFETY: a place of the output.
                unsafe { *place(at, j) = T::rounded(table[at * block + j]) };
            }
        }
    });
}
