//! Cumulative operations. Floats accumulate in `f64`, as PyTorch does for `f32`, products with a separate exponent, everything else in `i64`.

use crate::element::{Number, Wide, with_float, with_integer, with_number};
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use crate::product::Product;
use crate::sum::Term;
use rushlight_backend::Scan;
use rushlight_backend::plan::{Rows, RowsPlan};

/// See [`rushlight_backend::Backend::scan`].
pub(crate) fn scan(plan: &RowsPlan<Scan>, x: &Operand<'_>, out: &Operand<'_>) {
    let rows = Pass {
        rows: &plan.rows,
        x,
        out,
    };
    match plan.f {
        Scan::Sum => with_float!(x.dtype,
            T => rows.each::<T, T, f64>(0.0, |sum, x, _| sum + x.term(), T::rounded),
            else with_integer!(x.dtype, T => rows.each::<T, i64, i64>(0, |sum, x, _| sum.plus(x.widen()), |sum| sum))),
        Scan::Prod => with_float!(x.dtype,
            T => rows.each::<T, T, Product>(Product::ONE, |product, x, _| product.times(x.term()), |product| T::rounded(product.value())),
            else with_integer!(x.dtype, T => rows.each::<T, i64, i64>(1, |product, x, _| product.times(x.widen()), |product| product))),
        // The plan refuses integers.
        Scan::LogSumExp => with_float!(x.dtype,
            T => rows.each::<T, T, f64>(f64::NEG_INFINITY, |sum, x, _| log_add_exp(x.term(), sum), T::rounded),
            else ()),
        Scan::ArgMax => with_number!(x.dtype, T => {
            let first = (<T as Number>::Wide::LOWEST, 0);
            rows.each::<T, i64, _>(first, |best, x, i| extreme(best, x.widen(), i, |a, b| a >= b), |(_, i)| i as i64);
        }),
        Scan::ArgMin => with_number!(x.dtype, T => {
            let first = (<T as Number>::Wide::HIGHEST, 0);
            rows.each::<T, i64, _>(first, |best, x, i| extreme(best, x.widen(), i, |a, b| a <= b), |(_, i)| i as i64);
        }),
    }
}

struct Pass<'a> {
    rows: &'a Rows<2>,
    x: &'a Operand<'a>,
    out: &'a Operand<'a>,
}

impl Pass<'_> {
    /// Computes `state = next(state, xᵢ, i)`, `outᵢ = show(state)` along each row.
    fn each<T: Number, O: Number, S: Copy + Sync>(
        &self,
        start: S,
        next: impl Fn(S, T, usize) -> S + Sync,
        show: impl Fn(S) -> O + Sync,
    ) {
        let [xstep, ostep] = self.rows.steps;
        let (from, to) = (
            Shared(self.x.pointer::<T>()),
            Shared(self.out.pointer::<O>()),
        );
        let grain = parallel::grain(self.rows.len * (size_of::<T>() + size_of::<O>()));
        parallel::for_ranges(self.rows.count, grain, |range| {
            for row in range {
                let [x, o] = self.rows.starts(row);
                let mut state = start;
                for i in 0..self.rows.len {
                    // SAFETY: the layouts stay inside their storages, and rows do not overlap.
                    unsafe {
                        state = next(state, *from.at(x + i * xstep), i);
                        *to.at(o + i * ostep) = show(state);
                    }
                }
            }
        });
    }
}

/// `ln(eˣ + eʸ)`; the sum of equal infinities is that infinity.
fn log_add_exp(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let (low, high) = if x < y { (x, y) } else { (y, x) };
    if low != high || low.is_finite() {
        high + (low - high).exp().ln_1p()
    } else {
        x
    }
}

/// The better of the best so far and `x` at position `i`: the later of equals, the last NaN once there is one.
fn extreme<W: Wide>(best: (W, usize), x: W, i: usize, beats: fn(W, W) -> bool) -> (W, usize) {
    if x.is_nan() || (!best.0.is_nan() && beats(x, best.0)) {
        (x, i)
    } else {
        best
    }
}
