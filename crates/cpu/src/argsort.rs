//! `argsort`, whole or some places of it: stable in both directions, with NaN as the largest element.
//!
//! Elements are converted to unsigned keys with the same order; the position in the low bits makes an unstable sort of plain integers stable.
//! Long rows are sorted byte by byte, in a time that grows with their length alone.

use crate::element::{Number, with_number};
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use half::{bf16, f16};
use rushlight_backend::plan::{Order, Rows, RowsPlan};
use std::ops::Range;

/// See [`rushlight_backend::Backend::argsort`].
pub(crate) fn argsort(plan: &RowsPlan<Order>, x: &Operand<'_>, out: &Operand<'_>) {
    let order = 0..plan.rows.len;
    with_number!(x.dtype, T => run::<T>(&plan.rows, plan.f.descending, order, x, out));
}

/// An element's rank among all values of its type.
pub(crate) trait Key: Number {
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

/// [`rushlight_backend::Fused::Ranks`].
pub(crate) fn ranks(
    dim: usize,
    descending: bool,
    places: Range<usize>,
    x: &Operand<'_>,
    out: &Operand<'_>,
) {
    let rows = Rows::along(dim, [x.layout, out.layout]);
    with_number!(x.dtype, T => run::<T>(&rows, descending, places, x, out));
}

/// Writes the positions that belong to some places of the sorted rows.
fn run<T: Key>(
    rows: &Rows<2>,
    descending: bool,
    places: Range<usize>,
    x: &Operand<'_>,
    out: &Operand<'_>,
) {
    let (from, to) = (Shared(x.pointer::<T>()), Shared(out.pointer::<i64>()));
    let [xstep, ostep] = rows.steps;
    // Sorting costs about as much as moving each element once for each bit of the number of places, and at least twice.
    let cost = rows.len * (places.len().max(4).ilog2() as usize) * 8;
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
                let keys = (0..rows.len).map(|i| key(i) << 32 | i as u64);
                let found = smallest(&mut short, keys, &places);
                found
                    .iter()
                    .enumerate()
                    .for_each(|(i, at)| put(i, *at as u32 as i64));
            } else {
                let keys = (0..rows.len).map(|i| (key(i), i));
                let found = smallest(&mut long, keys, &places);
                found
                    .iter()
                    .enumerate()
                    .for_each(|(i, at)| put(i, at.1 as i64));
            }
        }
    });
}

/// A key with a position.
trait Entry: Ord + Copy + Default {
    /// The number of bytes of the key.
    const BYTES: u32;

    /// Byte `i` of the key, from the lowest on.
    fn byte(self, i: u32) -> usize;
}

/// The key in the upper half.
impl Entry for u64 {
    const BYTES: u32 = 4;

    #[inline(always)]
    fn byte(self, i: u32) -> usize {
        (self >> (32 + 8 * i)) as u8 as usize
    }
}

impl Entry for (u64, usize) {
    const BYTES: u32 = 8;

    #[inline(always)]
    fn byte(self, i: u32) -> usize {
        (self.0 >> (8 * i)) as u8 as usize
    }
}

/// The entries, which differ, at some places of their order. `room` is memory for them.
fn smallest<'a, K: Entry>(
    room: &'a mut Vec<K>,
    mut keys: impl ExactSizeIterator<Item = K>,
    places: &Range<usize>,
) -> &'a [K] {
    /// The least number of entries between two selections.
    const ROOM: usize = 256;
    let all = places.len() == keys.len();
    room.clear();
    if places.is_empty() {
        return room;
    }
    let size = (4 * places.end).max(ROOM);
    if keys.len() > 2 * size {
        // Only the entries below the largest of the smallest so far are kept.
        room.extend(keys.by_ref().take(size));
        while room.len() == size {
            let (_, &mut bound, _) = room.select_nth_unstable(places.end - 1);
            room.truncate(places.end);
            for key in keys.by_ref() {
                if key < bound {
                    room.push(key);
                    if room.len() == size {
                        break;
                    }
                }
            }
        }
    } else {
        room.extend(keys);
    }
    if all && room.len() >= RADIX {
        by_bytes(room);
        return room;
    }
    if places.end < room.len() {
        room.select_nth_unstable(places.end - 1);
        room.truncate(places.end);
    }
    if places.start > 0 {
        room.select_nth_unstable(places.start);
    }
    let found = &mut room[places.start..];
    found.sort_unstable();
    found
}

/// The number of entries from which on they are sorted byte by byte.
const RADIX: usize = 1 << 11;

/// Sorts entries that are in the order of their positions by their keys: stably by each byte that is not the same in all, from the lowest on.
fn by_bytes<K: Entry>(entries: &mut Vec<K>) {
    let mut counts = vec![[0usize; 256]; K::BYTES as usize];
    for entry in entries.iter() {
        for (i, counts) in counts.iter_mut().enumerate() {
            counts[entry.byte(i as u32)] += 1;
        }
    }
    let mut other = vec![K::default(); entries.len()];
    for (i, counts) in counts.iter().enumerate() {
        if counts.contains(&entries.len()) {
            continue;
        }
        let mut ends = *counts;
        let mut start = 0;
        for end in &mut ends {
            (*end, start) = (start, start + *end);
        }
        for &entry in entries.iter() {
            let end = &mut ends[entry.byte(i as u32)];
            other[*end] = entry;
            *end += 1;
        }
        std::mem::swap(entries, &mut other);
    }
}
