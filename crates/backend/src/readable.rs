//! The types that elements can be read as.

use crate::{Category, DType, Element, Scalar};

/// A type that the elements of a tensor can be read as: every [`Element`], and the unsigned integers that are no dtype's type.
///
/// An element is read as a type whose category, of booleans, integers and floats, is not lower than that of the dtype. Integers must be in the
/// range of the type; a float is rounded to a narrower float.
pub trait Readable: Sized {
    /// The name in error messages.
    const NAME: &'static str;
    /// The dtype to convert tensors to that cannot be read as this type.
    const TENSOR_DTYPE: DType;

    /// The number as this type, or `None` if it is an integer out of range.
    fn read(number: Scalar) -> Option<Self>;

    /// Reads elements from their bytes, if `dtype` has this type.
    fn read_bytes(_dtype: DType, _bytes: &[u8]) -> Option<Vec<Self>> {
        None
    }
}

impl<T: Element> Readable for T {
    const NAME: &'static str = T::DTYPE.name();
    const TENSOR_DTYPE: DType = T::DTYPE;

    fn read(number: Scalar) -> Option<T> {
        let read = T::from_scalar(number);
        let in_range =
            T::DTYPE.category() != Category::Int || read.to_scalar().to_i64() == number.to_i64();
        in_range.then_some(read)
    }

    fn read_bytes(dtype: DType, bytes: &[u8]) -> Option<Vec<T>> {
        let elements = || bytes.chunks_exact(dtype.size()).map(T::from_bytes);
        (dtype == T::DTYPE).then(|| elements().collect())
    }
}

macro_rules! unsigned {
    ($($type:ident),*) => { $(
        impl Readable for $type {
            const NAME: &'static str = stringify!($type);
            const TENSOR_DTYPE: DType = DType::I64;

            fn read(number: Scalar) -> Option<$type> {
                $type::try_from(number.to_i64()).ok()
            }
        }
    )* };
}
unsigned!(u16, u32, u64, usize);
