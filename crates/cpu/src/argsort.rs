//! `argsort`: stable in both directions, with NaN as the largest element.
//!
//! Elements are converted to unsigned keys with the same order; the position in the low bits makes an unstable sort of plain integers stable.

use crate::element::{Number, with_number};
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use half::{bf16, f16};
use rushlight_backend::plan::{Order, RowsPlan};

/// See [`rushlight_backend::Backend::argsort`].
pub(crate) fn argsort(plan: &RowsPlan<Order>, x: &Operand<'_>, out: &Operand<'_>) {
    with_number!(x.dtype, T => run::<T>(plan, x, out));
}

/// An element's rank among all values of its type.
trait Key: Number {
    /// Unsigned numbers in the order of the elements, below `2^BITS`.
    fn key(self) -> u64;
    const BITS: u32;
}

macro_rules! keys {
    ($($t:ty, $bits:literal, |$x:ident| $key:expr;)*) => { $(
        impl Key for $t {
            const BITS: u32 = $bits;
            #[inline(always)]
            fn key(self) -> u64 { let $x = self; $key }
        }
    )* };
}

keys! {
    crate::element::Bool, 1, |x| (x.0 != 0) as u64;
    u8, 8, |x| x as u64;
    i8, 8, |x| (x as u8 ^ 0x80) as u64;
    i16, 16, |x| (x as u16 ^ 0x8000) as u64;
    i32, 32, |x| (x as u32 ^ 0x8000_0000) as u64;
    i64, 64, |x| x as u64 ^ (1 << 63);
    f16, 32, |x| x.to_f32().key();
    bf16, 32, |x| x.to_f32().key();
    // Zeros are equal, and so is every NaN. Negative numbers have all bits inverted, others the sign bit.
    f32, 32, |x| match x {
        _ if x.is_nan() => u32::MAX as u64,
        _ => {
            let bits = (x + 0.0).to_bits();
            (if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }) as u64
        }
    };
    f64, 64, |x| match x {
        _ if x.is_nan() => u64::MAX,
        _ => {
            let bits = (x + 0.0).to_bits();
            if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
        }
    };
}

fn run<T: Key>(plan: &RowsPlan<Order>, x: &Operand<'_>, out: &Operand<'_>) {
    let (rows, descending) = (&plan.rows, plan.f.descending);
    let (from, to) = (Shared(x.pointer::<T>()), Shared(out.pointer::<i64>()));
    let [xstep, ostep] = rows.steps;
    // Sorting costs about as much as moving each element once for each bit of the length.
    let cost = rows.len * (rows.len.max(2).ilog2() as usize) * 8;
    parallel::for_ranges(rows.count, parallel::grain(cost), |range| {
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for row in range {
            let [x, o] = rows.starts(row);
            let key = |i: usize| {
                // SAFETY: the layout stays inside the storage.
                let key = unsafe { *from.at(x + i * xstep) }.key();
                if descending { !key } else { key }
            };
            // SAFETY: the plan's rows stay inside the storage of the output, where no two of them share an element.
            let put = |i: usize, at: i64| unsafe { *to.at(o + i * ostep) = at };
            if T::BITS <= 32 && rows.len <= u32::MAX as usize {
                short.clear();
                short.extend((0..rows.len).map(|i| key(i) << 32 | i as u64));
                short.sort_unstable();
                (0..rows.len).for_each(|i| put(i, short[i] as u32 as i64));
            } else {
                long.clear();
                long.extend((0..rows.len).map(|i| (key(i), i)));
                long.sort_unstable();
                (0..rows.len).for_each(|i| put(i, long[i].1 as i64));
            }
        }
    });
}
