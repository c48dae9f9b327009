//! Unfolding (im2col): panels of pixels, copied as runs of neighbouring pixels.

use super::padded::SLACK;
use crate::matmul::{VectorFloat, columns, load, store};
use pulp::{Simd, WithSimd};

/// Neighbouring pixels that become neighbouring columns of a panel.
pub(super) struct Run {
    pub column: usize,
    pub source: usize,
    /// Whether they fit one vector.
    pub short: bool,
}

/// Copies one row of pixels for each source.
///
/// # Safety
///
/// `image` is padded with [`SLACK`], and `panel` holds one row more than there are sources: whole vectors are copied, and the
/// elements written past a run are overwritten by the next one.
pub(super) unsafe fn unfold<T: VectorFloat, S: Simd>(
    simd: S,
    sources: &[usize],
    runs: &[Run],
    image: *const T,
    panel: *mut T,
) {
    struct Unfold<'a, T> {
        sources: &'a [usize],
        runs: &'a [Run],
        image: *const T,
        panel: *mut T,
    }
    impl<T: VectorFloat> WithSimd for Unfold<'_, T> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            let (lanes, wide) = (T::lanes::<S>(), columns::<T, S>());
            const { assert!(SLACK >= 64) };
            for (i, source) in self.sources.iter().enumerate() {
                for run in self.runs {
                    let from = self.image.wrapping_add(source + run.source);
                    let to = self.panel.wrapping_add(i * wide + run.column);
                    // SAFETY: guaranteed by the caller.
                    unsafe {
                        store(to.cast(), load(from.cast::<T::Vector<S>>()));
                        if !run.short {
                            let (from, to) = (from.wrapping_add(lanes), to.wrapping_add(lanes));
                            store(to.cast(), load(from.cast::<T::Vector<S>>()));
                        }
                    }
                }
            }
        }
    }
    simd.vectorize(Unfold {
        sources,
        runs,
        image,
        panel,
    });
}
