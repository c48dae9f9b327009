//! How elements enter a reduction and how its results leave: the only parts that depend on the dtype itself.

use crate::element::{Bool, Load, Number, Wide, WideFloat, load};
use crate::math::Real as _;

/// Conversions to and from the type `W` that a reduction computes in. Pointers are to elements, counted in bytes elsewhere.
pub(super) struct Ends<W> {
    /// Converts `n` elements `step` apart to neighbours.
    pub load: Load<W>,
    /// Bytes of an element.
    pub size: usize,
    /// Whether elements are of type `W`, so that they may be read in place.
    pub direct: bool,
    /// Writes the result of folding `count` elements.
    pub store: unsafe fn(to: *mut u8, result: W, count: usize),
    /// Bytes of a result.
    pub out_size: usize,
}

impl<W: Wide> Ends<W> {
    fn new<T: Number<Wide = W>, O>(store: unsafe fn(*mut u8, W, usize)) -> Ends<W> {
        Ends {
            load: load::<T>,
            size: size_of::<T>(),
            direct: std::any::TypeId::of::<T>() == std::any::TypeId::of::<W>(),
            store,
            out_size: size_of::<O>(),
        }
    }

    /// Results of the type that sums have.
    pub fn totals<T: Number<Wide = W>>() -> Ends<W> {
        Ends::new::<T, T::Total>(store::<T::Total>)
    }

    /// Results of the elements' type.
    pub fn same<T: Number<Wide = W>>() -> Ends<W> {
        Ends::new::<T, T>(store::<T>)
    }

    /// Results divided by how many elements there were.
    pub fn means<T: Number<Wide = W>>() -> Ends<W>
    where
        W: WideFloat + Into<f64>,
    {
        Ends::new::<T, T>(store_mean::<T>)
    }
}

impl<W: WideFloat + Into<f64>> Ends<W> {
    /// Results that a sum, or a mean, has lost because it left the range: of elements that are made smaller. Other results stay.
    pub fn lost<T: Number<Wide = W>>(mean: bool) -> Ends<W> {
        Ends {
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

impl Ends<f64> {
    /// Elements as their squares, results as roots of their sum or mean.
    pub fn lengths<T: Number<Wide = f32>>(mean: bool) -> Ends<f64> {
        Ends {
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

impl Ends<i64> {
    /// Elements as 0 or 1, results as booleans: `any` is the largest, `all` the smallest.
    pub fn truths<T: Number>() -> Ends<i64> {
        Ends {
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
    // SAFETY: the caller's promise: `n` elements `step` apart are readable, and there is room for `n`.
    unsafe {
        let from = from.cast::<T>();
        (0..n).for_each(|i| {
            let x = f64::from((*from.add(i * step)).widen());
            *to.add(i) = x * x;
        });
    }
}

/// Loads 1 for what is not zero.
///
/// # Safety
/// `n` elements of `T`, `step` apart, are readable from `from` on, and `to` has room for `n`.
unsafe fn load_truth<T: Number>(from: *const u8, step: usize, n: usize, to: *mut i64) {
    // SAFETY: the caller's promise: `n` elements `step` apart are readable, and there is room for `n`.
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
    // SAFETY: the caller's promise: `to` is an output element.
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
    // SAFETY: the caller's promise: `to` is an output element.
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
    // SAFETY: the caller's promise: `to` is an output element.
    unsafe { *to.cast::<T>() = T::narrow(result.sqrt() as f32) }
}

/// Loads elements made smaller.
///
/// # Safety
/// `n` elements of `T`, `step` apart, are readable from `from` on, and `to` has room for `n`.
unsafe fn load_shrunk<T: Number>(from: *const u8, step: usize, n: usize, to: *mut T::Wide) {
    // SAFETY: the caller's promise: `n` elements `step` apart are readable, and there is room for `n`.
    unsafe {
        let from = from.cast::<T>();
        (0..n).for_each(|i| *to.add(i) = (*from.add(i * step)).widen().shrunk());
    }
}

/// Stores the sum or mean of elements made smaller, where the result that is there is lost.
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
    // SAFETY: the caller's promise: `to` is an output element.
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
    // SAFETY: the caller's promise: `to` is an output byte. The identities of an empty maximum and minimum lie on either side of 0.
    unsafe { *to.cast::<Bool>() = Bool((result > 0) as u8) }
}
