//! Conversions of elements to the type that a reduction computes in, and of results from it. Only these depend on the dtype itself.

use crate::element::{Bool, Load, Number, Wide, WideFloat, load};
use crate::math::Real as _;

/// Conversions to and from the type `W` that a reduction computes in. Pointers are to elements, counted in bytes elsewhere.
pub(super) struct Conversions<W> {
    /// Converts `n` elements `step` apart to contiguous ones.
    pub load: Load<W>,
    /// The size of an element, in bytes.
    pub size: usize,
    /// Whether elements are of type `W`, so that they may be read in place.
    pub direct: bool,
    /// Writes the result of reducing `count` elements.
    pub store: unsafe fn(to: *mut u8, result: W, count: usize),
    /// The size of a result, in bytes.
    pub out_size: usize,
}

impl<W: Wide> Conversions<W> {
    fn new<T: Number<Wide = W>, O>(store: unsafe fn(*mut u8, W, usize)) -> Conversions<W> {
        Conversions {
            load: load::<T>,
            size: size_of::<T>(),
            direct: std::any::TypeId::of::<T>() == std::any::TypeId::of::<W>(),
            store,
            out_size: size_of::<O>(),
        }
    }

    /// Results in the dtype of sums.
    pub fn totals<T: Number<Wide = W>>() -> Conversions<W> {
        Conversions::new::<T, T::Total>(store::<T::Total>)
    }

    /// Results in the dtype of the elements.
    pub fn same<T: Number<Wide = W>>() -> Conversions<W> {
        Conversions::new::<T, T>(store::<T>)
    }

    /// Results divided by the number of elements.
    pub fn means<T: Number<Wide = W>>() -> Conversions<W>
    where
        W: WideFloat + Into<f64>,
    {
        Conversions::new::<T, T>(store_mean::<T>)
    }
}

impl<W: WideFloat + Into<f64>> Conversions<W> {
    /// Results of sums or means that overflowed, recomputed from scaled elements. Other results stay.
    pub fn lost<T: Number<Wide = W>>(mean: bool) -> Conversions<W> {
        Conversions {
            load: load_shrunk::<T>,
            size: size_of::<T>(),
            direct: false,
            store: if mean {
                store_lost::<T, true>
            } else {
                store_lost::<T, false>
            },
            out_size: size_of::<T>(),
        }
    }
}

impl Conversions<f64> {
    /// Squares of the elements, and the root of their sum or mean.
    pub fn lengths<T: Number<Wide = f32>>(mean: bool) -> Conversions<f64> {
        Conversions {
            load: load_square::<T>,
            size: size_of::<T>(),
            direct: false,
            store: if mean {
                store_root::<T, true>
            } else {
                store_root::<T, false>
            },
            out_size: size_of::<T>(),
        }
    }
}

impl Conversions<i64> {
    /// Elements as 0 or 1, results as booleans: `any` is the largest, `all` the smallest.
    pub fn truths<T: Number>() -> Conversions<i64> {
        Conversions {
            load: load_truth::<T>,
            size: size_of::<T>(),
            direct: false,
            store: store_truth,
            out_size: 1,
        }
    }
}

/// Loads squares.
///
/// # Safety
/// `n` elements of `T`, `step` apart, are readable from `from` on, and `to` has room for `n`.
unsafe fn load_square<T: Number<Wide = f32>>(from: *const u8, step: usize, n: usize, to: *mut f64) {
    // SAFETY: the caller guarantees: `n` elements `step` apart are readable, and there is room for `n`.
    unsafe {
        let from = from.cast::<T>();
        (0..n).for_each(|i| {
            let x = f64::from((*from.add(i * step)).widen());
            *to.add(i) = x * x;
        });
    }
}

/// Loads 1 for elements that are not zero.
///
/// # Safety
/// `n` elements of `T`, `step` apart, are readable from `from` on, and `to` has room for `n`.
unsafe fn load_truth<T: Number>(from: *const u8, step: usize, n: usize, to: *mut i64) {
    // SAFETY: the caller guarantees: `n` elements `step` apart are readable, and there is room for `n`.
    unsafe {
        let from = from.cast::<T>();
        (0..n).for_each(|i| {
            *to.add(i) = ((*from.add(i * step)).widen() != T::Wide::EMPTY_SUM) as i64;
        });
    }
}

/// Stores a result.
///
/// # Safety
/// `to` is an output element of `T`.
unsafe fn store<T: Number>(to: *mut u8, result: T::Wide, _: usize) {
    // SAFETY: the caller guarantees: `to` is an output element.
    unsafe { *to.cast::<T>() = T::narrow(result) }
}

/// Stores a sum divided by the count.
///
/// # Safety
/// `to` is an output element of `T`.
unsafe fn store_mean<T: Number<Wide: WideFloat + Into<f64>>>(
    to: *mut u8,
    result: T::Wide,
    count: usize,
) {
    // SAFETY: the caller guarantees: `to` is an output element.
    unsafe { *to.cast::<T>() = T::narrow(T::Wide::of(result.into() / count as f64)) }
}

/// Stores the root of a sum or a mean.
///
/// # Safety
/// `to` is an output element of `T`.
unsafe fn store_root<T: Number<Wide = f32>, const MEAN: bool>(
    to: *mut u8,
    result: f64,
    count: usize,
) {
    let result = if MEAN { result / count as f64 } else { result };
    // SAFETY: the caller guarantees: `to` is an output element.
    unsafe { *to.cast::<T>() = T::narrow(result.sqrt() as f32) }
}

/// Loads scaled elements.
///
/// # Safety
/// `n` elements of `T`, `step` apart, are readable from `from` on, and `to` has room for `n`.
unsafe fn load_shrunk<T: Number>(from: *const u8, step: usize, n: usize, to: *mut T::Wide) {
    // SAFETY: the caller guarantees: `n` elements `step` apart are readable, and there is room for `n`.
    unsafe {
        let from = from.cast::<T>();
        (0..n).for_each(|i| *to.add(i) = (*from.add(i * step)).widen().shrunk());
    }
}

/// Stores the sum or mean of scaled elements, if the present result has overflowed.
///
/// # Safety
/// `to` is an output element of `T` that holds a result.
unsafe fn store_lost<T: Number<Wide: WideFloat + Into<f64>>, const MEAN: bool>(
    to: *mut u8,
    result: T::Wide,
    count: usize,
) {
    let result = match MEAN {
        true => T::Wide::of(result.into() / count as f64),
        false => result,
    };
    // SAFETY: the caller guarantees: `to` is an output element.
    unsafe {
        let to = to.cast::<T>();
        if (*to).widen().is_lost() {
            *to = T::narrow(result.grown());
        }
    }
}

/// Stores whether a result is positive.
///
/// # Safety
/// `to` is an output byte.
unsafe fn store_truth(to: *mut u8, result: i64, _: usize) {
    // SAFETY: the caller guarantees: `to` is an output byte. The identities of maximum and minimum are on either side of 0.
    unsafe { *to.cast::<Bool>() = Bool((result > 0) as u8) }
}
