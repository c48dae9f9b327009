//! The innermost kernel: a tile of the result in registers, a few rows by two vectors.
//!
//! A tile sums over the inner dimension in order, with one fused multiply-add per step, so the bits of an element do not depend on the tile
//! that computes it.

use super::vector_float::VectorFloat;
use pulp::{Simd, WithSimd};

/// The maximum number of rows of a tile.
const ROWS: usize = 12;
/// The maximum number of SIMD lanes of two vectors.
const WIDEST: usize = 32;

/// The largest number of rows of a tile for `S`: two vectors of sums for each row, and registers to spare for the operands.
pub(crate) const fn rows<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { ROWS } else { 6 }
}

/// The number of rows of the next tile when `left` rows are left. Two rows alone would not keep the multipliers busy, so the last two tiles share.
pub(crate) const fn next_rows<S: Simd>(left: usize) -> usize {
    let most = rows::<S>();
    if left == most + 2 {
        (left / 2).next_multiple_of(4)
    } else if left < most {
        left
    } else {
        most
    }
}

/// Columns of a tile.
pub(crate) fn columns<T: VectorFloat, S: Simd>() -> usize {
    2 * T::lanes::<S>()
}

/// How the inner index advances through `a`: `outer` runs of `inner` steps.
#[derive(Clone, Copy)]
pub(crate) struct Walk {
    pub outer: usize,
    pub outer_step: usize,
    pub inner: usize,
    pub inner_step: usize,
}

impl Walk {
    /// `k` equal steps.
    pub fn uniform(k: usize, step: usize) -> Walk {
        Walk {
            outer: 1,
            outer_step: 0,
            inner: k,
            inner_step: step,
        }
    }
}

/// One tile: `c = start + a b` for up to [`ROWS`] rows and [`columns`] columns.
#[derive(Clone, Copy)]
pub(crate) struct Tile<T> {
    pub walk: Walk,
    /// Rows of `a` are `a_row` apart, or at the offsets `a_rows`, one for each row, if that is not null.
    pub a: *const T,
    pub a_row: usize,
    pub a_rows: *const usize,
    pub rows: usize,
    /// Rows of `b`, padded to whole vectors, are `b_row` apart, or at the offsets `b_rows`, one for each step, if that is not null.
    pub b: *const T,
    pub b_row: usize,
    pub b_rows: *const usize,
    /// The initial value of the sums; null for zeros.
    pub start: *const T,
    pub start_row: usize,
    pub c: *mut T,
    pub c_row: usize,
    pub columns: usize,
}

/// Runs a tile with the instructions of `S`.
///
/// # Safety
///
/// All pointers are valid for the sizes of the tile: `b` for whole vectors, `start` and `c` for `columns` columns.
#[inline(always)]
pub(crate) unsafe fn run<T: VectorFloat, S: Simd>(simd: S, tile: &Tile<T>) {
    struct Run<'a, T>(&'a Tile<T>);
    impl<T: VectorFloat> WithSimd for Run<'_, T> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            // SAFETY: guaranteed by the caller.
            unsafe {
                match (self.0.a_rows.is_null(), self.0.b_rows.is_null()) {
                    (true, true) => split::<T, S, false, false>(simd, self.0),
                    (true, false) => split::<T, S, false, true>(simd, self.0),
                    (false, _) => split::<T, S, true, false>(simd, self.0),
                }
            }
        }
    }
    simd.vectorize(Run(tile));
}

/// Splits the rows into tiles of the heights that are compiled.
///
/// # Safety
/// As for [`run`]; `A` and `B` say whether `a_rows` and `b_rows` are used.
#[inline(always)]
unsafe fn split<T: VectorFloat, S: Simd, const A: bool, const B: bool>(simd: S, tile: &Tile<T>) {
    let narrow = tile.columns <= T::lanes::<S>();
    let mut row = 0;
    macro_rules! part {
        ($rows:literal) => {
            // SAFETY: the parts are rows of the tile.
            unsafe {
                match narrow {
                    true => registers::<T, S, $rows, 1, A, B>(simd, tile, row),
                    false => registers::<T, S, $rows, 2, A, B>(simd, tile, row),
                }
            }
            row += $rows;
        };
    }
    if rows::<S>() == ROWS {
        if tile.rows == 12 {
            part!(12);
        }
        if tile.rows - row >= 8 {
            part!(8);
        }
    }
    if tile.rows - row == 6 {
        part!(6);
    }
    if tile.rows - row >= 4 {
        part!(4);
    }
    if tile.rows - row >= 2 {
        part!(2);
    }
    if tile.rows > row {
        part!(1);
    }
    debug_assert_eq!(row, tile.rows);
}

/// Computes the `R` rows from `row` on, in `V` vectors each.
///
/// # Safety
/// As for [`split`]; the rows are rows of the tile, whose columns fit `V` vectors.
#[inline(always)]
unsafe fn registers<
    T: VectorFloat,
    S: Simd,
    const R: usize,
    const V: usize,
    const A: bool,
    const B: bool,
>(
    simd: S,
    tile: &Tile<T>,
    row: usize,
) {
    let lanes = T::lanes::<S>();
    let mut sums = [[T::splat(simd, T::ZERO); V]; R];
    let mut offsets = [0; R];
    let mut origin = tile.a;
    match A {
        // SAFETY: the list has an offset for every row.
        true => offsets = unsafe { load(tile.a_rows.wrapping_add(row).cast()) },
        false => origin = origin.wrapping_add(row * tile.a_row),
    }
    let Walk {
        outer,
        outer_step,
        inner,
        inner_step,
    } = tile.walk;
    // The result is fetched while the sums are computed.
    for r in 0..R {
        prefetch(tile.c.wrapping_add((row + r) * tile.c_row));
        if V == 2 {
            prefetch(
                tile.c
                    .wrapping_add((row + r) * tile.c_row + tile.columns - 1),
            );
        }
    }
    let (mut b, mut listed) = (tile.b, tile.b_rows);
    for _ in 0..outer {
        let mut a = origin;
        for _ in 0..inner {
            if B {
                // SAFETY: the list has an entry for every step.
                b = tile.b.wrapping_add(unsafe { load(listed) });
                listed = listed.wrapping_add(1);
            }
            let mut y = [sums[0][0]; V];
            for (v, y) in y.iter_mut().enumerate() {
                // SAFETY: whole vectors of `b` are valid.
                *y = unsafe { load(b.wrapping_add(v * lanes).cast()) };
            }
            for r in 0..R {
                let x = match A {
                    true => a.wrapping_add(offsets[r]),
                    false => a.wrapping_add(r * tile.a_row),
                };
                // SAFETY: the walk stays within the rows.
                let x = T::splat(simd, unsafe { load(x) });
                for v in 0..V {
                    sums[r][v] = T::mul_add(simd, x, y[v], sums[r][v]);
                }
            }
            a = a.wrapping_add(inner_step);
            if !B {
                b = b.wrapping_add(tile.b_row);
            }
        }
        origin = origin.wrapping_add(outer_step);
    }
    // Written out, because a loop's index that the compiler cannot resolve would keep the sums in memory instead of registers.
    macro_rules! finish {
        ($($r:literal)*) => { $(
            if R > $r {
                // SAFETY: guaranteed by the caller.
                unsafe { finish::<T, S, V>(simd, tile, row + $r, sums[$r]) };
            }
        )* };
    }
    finish!(0 1 2 3 4 5 6 7 8 9 10 11);
}

/// Asks for a cache line that will be read and written.
#[inline(always)]
fn prefetch<T>(at: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint, which may name any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Adds the start to one row of sums and stores it.
///
/// # Safety
/// `row` is a row of the tile, whose columns fit `V` vectors; `c` and, if it is not null, `start` are valid for its columns.
#[inline(always)]
unsafe fn finish<T: VectorFloat, S: Simd, const V: usize>(
    simd: S,
    tile: &Tile<T>,
    row: usize,
    mut sums: [T::Vector<S>; V],
) {
    let lanes = T::lanes::<S>();
    let c = tile.c.wrapping_add(row * tile.c_row);
    let start = tile.start.wrapping_add(row * tile.start_row);
    // SAFETY: the caller guarantees: `c` and `start` are valid for `columns` columns.
    unsafe {
        if tile.columns == V * lanes {
            if !tile.start.is_null() {
                sums[0] = T::plus(simd, load(start.cast::<T::Vector<S>>()), sums[0]);
                if V == 2 {
                    let start = load(start.wrapping_add(lanes).cast::<T::Vector<S>>());
                    sums[V - 1] = T::plus(simd, start, sums[V - 1]);
                }
            }
            store(c.cast(), sums[0]);
            if V == 2 {
                store(c.wrapping_add(lanes).cast(), sums[V - 1]);
            }
            return;
        }
        let mut spilt = [T::ZERO; WIDEST];
        if !tile.start.is_null() {
            copy(start, spilt.as_mut_ptr(), tile.columns);
            for (v, sum) in sums.iter_mut().enumerate() {
                let start = load(spilt.as_ptr().wrapping_add(v * lanes).cast());
                *sum = T::plus(simd, start, *sum);
            }
        }
        store(spilt.as_mut_ptr().cast(), sums);
        copy(spilt.as_ptr(), c, tile.columns);
    }
}

/// Copies fewer than [`WIDEST`] elements in powers of two, each of which is one move.
///
/// # Safety
///
/// Both are valid for `n` elements.
#[inline(always)]
pub(crate) unsafe fn copy<T: Copy>(mut from: *const T, mut to: *mut T, n: usize) {
    macro_rules! part {
        ($size:literal) => {
            if n & $size != 0 {
                // SAFETY: the powers of two add up to `n`.
                unsafe { store(to.cast(), load(from.cast::<[T; $size]>())) };
                from = from.wrapping_add($size);
                to = to.wrapping_add($size);
            }
        };
    }
    part!(16);
    part!(8);
    part!(4);
    part!(2);
    if n & 1 != 0 {
        // SAFETY: the powers of two above left one element of the `n`.
        unsafe { store(to, load(from)) };
    }
}

/// A value at any address.
#[repr(C, packed)]
struct Loose<V>(V);

/// Reads a value at any address.
///
/// # Safety
///
/// The memory is valid.
// A reference made by `transmute` has no checks in debug builds, so tests in debug builds train models at full speed.
#[allow(clippy::transmute_ptr_to_ref)]
#[inline(always)]
pub(crate) unsafe fn load<V: Copy>(from: *const V) -> V {
    // SAFETY: guaranteed by the caller.
    unsafe { std::mem::transmute::<*const V, &Loose<V>>(from).0 }
}

/// Writes a value to any address.
///
/// # Safety
///
/// The memory is valid.
#[allow(clippy::transmute_ptr_to_ref)]
#[inline(always)]
pub(crate) unsafe fn store<V>(to: *mut V, value: V) {
    // SAFETY: guaranteed by the caller.
    unsafe { *std::mem::transmute::<*mut V, &mut Loose<V>>(to) = Loose(value) }
}
