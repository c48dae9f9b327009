//! Element types, their order in type promotion, and the Rust types behind them.

use crate::Scalar;
use half::{bf16, f16};
use std::fmt;

/// The type of a tensor's elements. PyTorch: `torch.dtype`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum DType {
    /// Booleans, one byte each, 0 or 1.
    Bool,
    /// Unsigned 8-bit integers.
    U8,
    /// Signed 8-bit integers.
    I8,
    /// Signed 16-bit integers.
    I16,
    /// Signed 32-bit integers.
    I32,
    /// Signed 64-bit integers: the default for integer literals.
    I64,
    /// IEEE 754 half precision.
    F16,
    /// The upper half of an `f32`.
    BF16,
    /// IEEE 754 single precision: the default for floating-point literals.
    F32,
    /// IEEE 754 double precision.
    F64,
}

/// The three categories of dtypes in type promotion.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Category {
    /// `bool`.
    Bool,
    /// Every integer type.
    Int,
    /// Every floating-point type.
    Float,
}

impl DType {
    /// Every dtype, in promotion order within its category.
    pub const ALL: [DType; 10] = [
        DType::Bool,
        DType::U8,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::F16,
        DType::BF16,
        DType::F32,
        DType::F64,
    ];

    /// Bytes of one element.
    #[inline]
    pub const fn size(self) -> usize {
        match self {
            DType::Bool | DType::U8 | DType::I8 => 1,
            DType::I16 | DType::F16 | DType::BF16 => 2,
            DType::I32 | DType::F32 => 4,
            DType::I64 | DType::F64 => 8,
        }
    }

    /// PyTorch's name: `float32`, `int64`, `bool`.
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::U8 => "uint8",
            DType::I8 => "int8",
            DType::I16 => "int16",
            DType::I32 => "int32",
            DType::I64 => "int64",
            DType::F16 => "float16",
            DType::BF16 => "bfloat16",
            DType::F32 => "float32",
            DType::F64 => "float64",
        }
    }

    /// The category of the dtype.
    #[inline]
    pub const fn category(self) -> Category {
        match self {
            DType::Bool => Category::Bool,
            DType::U8 | DType::I8 | DType::I16 | DType::I32 | DType::I64 => Category::Int,
            DType::F16 | DType::BF16 | DType::F32 | DType::F64 => Category::Float,
        }
    }

    /// Whether the dtype is one of the floating-point types.
    #[inline]
    pub const fn is_float(self) -> bool {
        matches!(self.category(), Category::Float)
    }

    /// Whether the dtype is float16 or bfloat16.
    #[inline]
    pub const fn is_half(self) -> bool {
        matches!(self, DType::F16 | DType::BF16)
    }

    /// The distance from 1 to the next larger number; 1 for integers and booleans. PyTorch: `finfo(dtype).eps`.
    #[inline]
    pub const fn epsilon(self) -> f64 {
        match self {
            DType::F64 => f64::EPSILON,
            DType::F32 => f32::EPSILON as f64,
            DType::F16 => 1.0 / 1024.0,
            DType::BF16 => 1.0 / 128.0,
            _ => 1.0,
        }
    }

    /// The smallest dtype that represents the values of both. PyTorch: `torch.promote_types`.
    ///
    /// ```
    /// use rushlight::backend::DType::*;
    /// assert_eq!(U8.promote(I8), I16);
    /// assert_eq!(F16.promote(BF16), F32);
    /// assert_eq!(I64.promote(F16), F16);
    /// ```
    pub const fn promote(self, other: DType) -> DType {
        use DType::*;
        if self as u8 == other as u8 {
            return self;
        }
        let (low, high) = if (self as u8) < (other as u8) {
            (self, other)
        } else {
            (other, self)
        };
        match (low, high) {
            (U8, I8) => I16,
            (F16, BF16) => F32,
            _ => high,
        }
    }

    /// The dtype in which arithmetic on this one is carried out: halves compute in `f32`, integers and booleans in `i64`.
    #[inline]
    pub const fn compute(self) -> DType {
        match self {
            DType::F64 => DType::F64,
            DType::F16 | DType::BF16 | DType::F32 => DType::F32,
            _ => DType::I64,
        }
    }

    /// The lowest value of this dtype: minus infinity, the smallest integer, `false`.
    pub const fn lowest(self) -> Scalar {
        match self {
            DType::Bool => Scalar::Bool(false),
            DType::U8 => Scalar::Int(0),
            DType::I8 => Scalar::Int(i8::MIN as i64),
            DType::I16 => Scalar::Int(i16::MIN as i64),
            DType::I32 => Scalar::Int(i32::MIN as i64),
            DType::I64 => Scalar::Int(i64::MIN),
            DType::F16 | DType::BF16 | DType::F32 | DType::F64 => Scalar::Float(f64::NEG_INFINITY),
        }
    }

    /// The highest value of this dtype: infinity, the largest integer, `true`.
    pub const fn highest(self) -> Scalar {
        match self {
            DType::Bool => Scalar::Bool(true),
            DType::U8 => Scalar::Int(u8::MAX as i64),
            DType::I8 => Scalar::Int(i8::MAX as i64),
            DType::I16 => Scalar::Int(i16::MAX as i64),
            DType::I32 => Scalar::Int(i32::MAX as i64),
            DType::I64 => Scalar::Int(i64::MAX),
            DType::F16 | DType::BF16 | DType::F32 | DType::F64 => Scalar::Float(f64::INFINITY),
        }
    }

    /// The largest finite number of this dtype, rounded to `f64`.
    pub fn largest_finite(self) -> f64 {
        match self {
            DType::Bool => 1.0,
            DType::U8 => u8::MAX.into(),
            DType::I8 => i8::MAX.into(),
            DType::I16 => i16::MAX.into(),
            DType::I32 => i32::MAX.into(),
            DType::I64 => i64::MAX as f64,
            DType::F16 => f16::MAX.into(),
            DType::BF16 => bf16::MAX.into(),
            DType::F32 => f32::MAX.into(),
            DType::F64 => f64::MAX,
        }
    }

    /// The dtype of `sum` and `prod`: integers and booleans accumulate in `i64`.
    pub const fn accumulate(self) -> DType {
        if self.is_float() { self } else { DType::I64 }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that a tensor can hold.
pub trait Element:
    bytemuck::NoUninit + Default + fmt::Debug + PartialEq + Send + Sync + sealed::Sealed + 'static
{
    /// The dtype whose elements have this type.
    const DTYPE: DType;
    /// Reads one element from its bytes, which must be `DTYPE.size()` long.
    fn from_bytes(bytes: &[u8]) -> Self;
    /// Converts a number by the rules of [`Scalar::cast`].
    fn from_scalar(s: Scalar) -> Self;
    /// The element as a number.
    fn to_scalar(self) -> Scalar;
}

macro_rules! elements {
    ($($t:ty => $d:ident, |$s:ident| $from:expr, |$x:ident| $to:expr;)*) => { $(
        impl sealed::Sealed for $t {}
        impl Element for $t {
            const DTYPE: DType = DType::$d;
            #[inline]
            fn from_bytes(bytes: &[u8]) -> Self {
                bytemuck::pod_read_unaligned(bytes)
            }
            #[inline]
            fn from_scalar($s: Scalar) -> Self { $from }
            #[inline]
            fn to_scalar(self) -> Scalar { let $x = self; $to }
        }
    )* };
}

elements! {
    u8 => U8, |s| s.to_i64() as u8, |x| Scalar::Int(x as i64);
    i8 => I8, |s| s.to_i64() as i8, |x| Scalar::Int(x as i64);
    i16 => I16, |s| s.to_i64() as i16, |x| Scalar::Int(x as i64);
    i32 => I32, |s| s.to_i64() as i32, |x| Scalar::Int(x as i64);
    i64 => I64, |s| s.to_i64(), |x| Scalar::Int(x);
    f16 => F16, |s| f16::from_f64(s.to_f64()), |x| Scalar::Float(x.to_f64());
    bf16 => BF16, |s| bf16::from_f64(s.to_f64()), |x| Scalar::Float(x.to_f64());
    f32 => F32, |s| s.to_f64() as f32, |x| Scalar::Float(x as f64);
    f64 => F64, |s| s.to_f64(), |x| Scalar::Float(x);
}

impl sealed::Sealed for bool {}
impl Element for bool {
    const DTYPE: DType = DType::Bool;
    #[inline]
    fn from_bytes(bytes: &[u8]) -> Self {
        bytes[0] != 0
    }
    #[inline]
    fn from_scalar(s: Scalar) -> Self {
        s.to_bool()
    }
    #[inline]
    fn to_scalar(self) -> Scalar {
        Scalar::Bool(self)
    }
}

/// Runs an expression with a name for the Rust type of a dtype.
///
/// ```
/// use rushlight::backend::{DType, with_element};
/// assert_eq!(with_element!(DType::I16, T => size_of::<T>()), 2);
/// ```
#[macro_export]
macro_rules! with_element {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::DType::Bool => $crate::with_element!(@ $T, bool, $body),
            $crate::DType::U8 => $crate::with_element!(@ $T, u8, $body),
            $crate::DType::I8 => $crate::with_element!(@ $T, i8, $body),
            $crate::DType::I16 => $crate::with_element!(@ $T, i16, $body),
            $crate::DType::I32 => $crate::with_element!(@ $T, i32, $body),
            $crate::DType::I64 => $crate::with_element!(@ $T, i64, $body),
            $crate::DType::F16 => $crate::with_element!(@ $T, $crate::half::f16, $body),
            $crate::DType::BF16 => $crate::with_element!(@ $T, $crate::half::bf16, $body),
            $crate::DType::F32 => $crate::with_element!(@ $T, f32, $body),
            $crate::DType::F64 => $crate::with_element!(@ $T, f64, $body),
        }
    };
    (@ $T:ident, $t:ty, $body:expr) => {{
        type $T = $t;
        $body
    }};
}
