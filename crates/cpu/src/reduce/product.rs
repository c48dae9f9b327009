//! Products of floats, accumulated in [`Product`]s over the elements of a result in order. Long products are split into parts.

use crate::operand::Operand;
use crate::parallel::{self, Shared};
use crate::product::Product;
use crate::sum::Term;
use rushlight_backend::plan::{Loops, ReduceLoops};

/// The number of factors that one task multiplies.
const PART: usize = 1 << 15;

pub(super) fn run<T: Term<Sum = f64>>(plan: &ReduceLoops, x: &Operand<'_>, out: &Operand<'_>) {
    let (from, to) = (Shared(x.pointer::<T>()), Shared(out.pointer::<T>()));
    let parts = plan.count.div_ceil(PART).max(1);
    let part = |i: usize, part: usize| {
        let [start, _] = plan.kept.offsets(i);
        let range = part * PART..plan.count.min((part + 1) * PART);
        // SAFETY: the plan's loops are those of the input's layout, which is in its storage.
        unsafe { multiply::<T>(from.at(start), &plan.reduced, range) }
    };
    let store = |i: usize, product: Product| {
        let value = T::rounded(product.value());
        // SAFETY: likewise for the output, whose elements each belong to one `i`.
        unsafe { *to.at(plan.kept.offsets(i)[1]) = value };
    };
    let grain = parallel::grain(plan.count.clamp(1, PART) * size_of::<T>());
    if parts == 1 {
        parallel::for_ranges(plan.outputs, grain, |range| {
            range.for_each(|i| store(i, part(i, 0)));
        });
        return;
    }
    let mut partial = vec![Product::ONE; plan.outputs * parts];
    let slots = Shared(partial.as_mut_ptr());
    parallel::for_ranges(partial.len(), grain, |range| {
        for i in range {
            // SAFETY: each slot belongs to one `i`.
            unsafe { *slots.at(i) = part(i / parts, i % parts) };
        }
    });
    for (i, partial) in partial.chunks_exact(parts).enumerate() {
        let whole = partial.iter().fold(Product::ONE, |a, &b| a.times_all(b));
        store(i, whole);
    }
}

/// Multiplies elements `range` of those that loops reach from `x` on.
///
/// # Safety
/// All of them are readable.
unsafe fn multiply<T: Term<Sum = f64>>(
    x: *const T,
    loops: &Loops<1>,
    range: std::ops::Range<usize>,
) -> Product {
    let (len, [step], outer) = loops.split_innermost();
    let mut product = Product::ONE;
    let mut at = range.start;
    while at < range.end {
        let (row, within) = (at / len, at % len);
        let count = (len - within).min(range.end - at);
        let first = outer.offsets(row)[0] + within * step;
        for i in 0..count {
            // SAFETY: guaranteed by the caller.
            let factor = unsafe { *x.add(first + i * step) };
            product = product.times(factor.term());
        }
        at += count;
    }
    product
}
