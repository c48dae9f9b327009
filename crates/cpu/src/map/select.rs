//! Comparisons and `where`.

use crate::simd::{Fn2, Simd, Work, dispatch, run2};
use rushlight_backend::Compare;

macro_rules! comparisons {
    ($($name:ident: $op:tt;)*) => {
        $(
            struct $name;
            impl<T: PartialOrd> Fn2<T> for $name {
                type Out = u8;
                const SIMD: Simd = Simd::Avx2;
                #[inline(always)]
                fn call(x: T, y: T) -> u8 {
                    (x $op y) as u8
                }
            }
        )*

        /// `dst[i] = x[i] op y[i]`, as 0 or 1.
        ///
        /// # Safety
        /// All pointers are valid for `n` elements.
        #[inline]
        pub(super) unsafe fn compare<T: PartialOrd + Copy>(
            op: Compare, dst: *mut u8, x: *const T, y: *const T, n: usize,
        ) {
            // SAFETY: guaranteed by the caller.
            unsafe {
                match op { $(Compare::$name => run2::<$name, T>(dst, x, y, n),)* }
            }
        }
    };
}

comparisons! {
    Eq: ==;
    Ne: !=;
    Lt: <;
    Le: <=;
    Gt: >;
    Ge: >=;
}

struct Choose<T> {
    dst: *mut T,
    condition: *const u8,
    x: *const T,
    y: *const T,
    n: usize,
}

impl<T: Copy> Work for Choose<T> {
    type Output = ();
    const SIMD: Simd = Simd::Avx2;

    #[inline(always)]
    fn run(self) {
        for i in 0..self.n {
            // SAFETY: `choose`'s caller guarantees `n` elements behind the four pointers.
            unsafe {
                let (x, y) = (self.x.add(i).read(), self.y.add(i).read());
                let holds = self.condition.add(i).read() != 0;
                self.dst.add(i).write(if holds { x } else { y });
            }
        }
    }

    fn plain(self) {
        self.run()
    }
}

/// `dst[i]` = `x[i]` where `condition[i]` is not 0, `y[i]` elsewhere.
///
/// # Safety
/// All pointers are valid for `n` elements; `dst` is disjoint from each input or the same.
pub(super) unsafe fn choose<T: Copy>(
    dst: *mut T,
    condition: *const u8,
    x: *const T,
    y: *const T,
    n: usize,
) {
    dispatch(Choose {
        dst,
        condition,
        x,
        y,
        n,
    });
}
