//! Stores of results that are larger than the cache, around the cache.
//!
//! An ordinary store reads the line that it writes to, and displaces another. When the result is larger than the cache, whoever reads it next
//! does not find it there anyway, so its lines are written to memory whole, without being read. Kernels write such results to a tile in
//! the L1 cache, which [`lines`] copies: one place for all functions and dtypes, where stores in each kernel would be faster by a tenth.

/// The number of bytes from which a result is written around the cache: 1.5 times the 32 MiB that a group of cores shares in many processors.
/// On such a one, a sum of 64 MiB takes a quarter less time this way; at 32 MiB functions of one operand are slower.
const FAR: usize = 48 << 20;

/// Whether a result of this size is written around the cache.
#[inline]
pub(crate) fn is_far(bytes: usize) -> bool {
    cfg!(target_arch = "x86_64") && bytes >= FAR
}

/// The size of a cache line.
const LINE: usize = 64;

/// Copies `bytes` bytes around the cache. A [`fence`] follows before another thread may read them.
///
/// # Safety
/// Both pointers are valid for `bytes` bytes, which do not overlap.
#[inline(never)]
pub(crate) unsafe fn lines(dst: *mut u8, src: *const u8, bytes: usize) {
    let head = dst.align_offset(LINE).min(bytes);
    let whole = (bytes - head) / LINE * LINE;
    // SAFETY: the three parts are those of what the caller guarantees.
    unsafe {
        std::ptr::copy_nonoverlapping(src, dst, head);
        for at in (head..head + whole).step_by(LINE) {
            line(dst.add(at), src.add(at));
        }
        let tail = head + whole;
        std::ptr::copy_nonoverlapping(src.add(tail), dst.add(tail), bytes - tail);
    }
}

/// Copies one line.
///
/// # Safety
/// Both pointers are valid for a line, and `dst` is aligned to one.
#[inline(always)]
unsafe fn line(dst: *mut u8, src: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};
        let (dst, src) = (dst.cast::<__m128i>(), src.cast::<__m128i>());
        // SAFETY: four vectors are a line; every x86-64 CPU has SSE2; alignment is guaranteed by the caller.
        unsafe {
            let parts: [__m128i; 4] = std::array::from_fn(|i| _mm_loadu_si128(src.add(i)));
            for (i, part) in parts.into_iter().enumerate() {
                _mm_stream_si128(dst.add(i), part);
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    // SAFETY: guaranteed by the caller.
    unsafe {
        std::ptr::copy_nonoverlapping(src, dst, LINE)
    }
}

/// Makes the stores of [`lines`] visible to other threads before all stores that follow.
#[inline]
pub(crate) fn fence() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 CPU has SSE.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}
