//! Parameter types for methods that accept an int or a list, a tensor or a number, a dtype or a device in PyTorch.

use crate::{Device, Tensor};
use rushlight_backend::{Category, DType, Dims, Error, MAX_RANK, Result, Scalar};
use smallvec::SmallVec;

/// One integer or a list of integers: a shape, or dimensions. Negative numbers have the same meaning as in PyTorch.
///
/// A number outside the range of `isize` is clamped to it, which is never a valid size, dimension or position.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ints(SmallVec<[isize; MAX_RANK]>);

impl Ints {
    /// The integers.
    pub fn as_slice(&self) -> &[isize] {
        &self.0
    }

    /// The integers as a shape; errors name the operation `name`. Whether a tensor can have this shape is checked when memory is allocated.
    #[track_caller]
    pub(crate) fn shape(&self, name: &str) -> Result<Dims> {
        if self.0.len() > MAX_RANK {
            return Err(Error::shape(format!(
                "{name}: {} dimensions, at most {MAX_RANK} are supported",
                self.0.len()
            )));
        }
        if let Some(n) = self.0.iter().find(|n| **n < 0) {
            return Err(Error::shape(format!(
                "{name}: a shape cannot have the negative size {n}: {:?}",
                self.0
            )));
        }
        Ok(self.0.iter().map(|&n| n as usize).collect())
    }
}

/// One integer of any type: a size, a count or a position.
///
/// A number outside the range of `isize` is clamped to it, which is never a valid size or position.
///
/// ```
/// # use rushlight::tensor;
/// let (start, len) = (1u32, 2u64);
/// assert_eq!(tensor!([1, 2, 3]).narrow(0, start, len)?.to_vec::<i64>()?, [2, 3]);
/// assert_eq!(tensor!([1, 2, 3]).select(0, -1)?.item::<i64>()?, 3);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Int(isize);

impl Int {
    /// The integer.
    pub fn get(self) -> isize {
        self.0
    }

    /// The integer as a size or count. Errors name the operation `name`, and `what` the size is of.
    #[track_caller]
    pub(crate) fn size(self, name: &str, what: &str) -> Result<usize> {
        match usize::try_from(self.0) {
            Ok(size) => Ok(size),
            Err(_) => Err(Error::value(format!(
                "{name}: the {what} must not be negative, got {}",
                self.0
            ))),
        }
    }
}

/// The nearest `isize` to an integer of any type.
macro_rules! nearest {
    ($n:expr) => {{
        let n = $n;
        isize::try_from(n).unwrap_or(if n > 0 { isize::MAX } else { isize::MIN })
    }};
}
pub(crate) use nearest;

macro_rules! ints {
    ($($t:ty),*) => { $(
        impl From<$t> for Int {
            #[inline]
            fn from(n: $t) -> Int { Int(nearest!(n)) }
        }
        impl From<$t> for Ints {
            #[inline]
            fn from(n: $t) -> Ints { Ints(smallvec::smallvec![nearest!(n)]) }
        }
        impl From<&[$t]> for Ints {
            #[inline]
            fn from(list: &[$t]) -> Ints { Ints(list.iter().map(|&n| nearest!(n)).collect()) }
        }
        impl<const N: usize> From<[$t; N]> for Ints {
            #[inline]
            fn from(list: [$t; N]) -> Ints { list.as_slice().into() }
        }
        impl<const N: usize> From<&[$t; N]> for Ints {
            #[inline]
            fn from(list: &[$t; N]) -> Ints { list.as_slice().into() }
        }
        impl From<Vec<$t>> for Ints {
            fn from(list: Vec<$t>) -> Ints { list.as_slice().into() }
        }
        impl From<&Vec<$t>> for Ints {
            fn from(list: &Vec<$t>) -> Ints { list.as_slice().into() }
        }
    )* };
}

ints!(i32, u32, i64, u64, isize, usize);

/// No integers: the shape of a scalar.
impl From<()> for Ints {
    fn from(_: ()) -> Ints {
        Ints(SmallVec::new())
    }
}

impl From<&Dims> for Ints {
    fn from(dims: &Dims) -> Ints {
        (**dims).into()
    }
}

/// The right-hand side of an operation: a tensor or a number.
#[derive(Clone, Copy)]
pub enum Operand<'a> {
    /// A tensor, on the same device.
    Tensor(&'a Tensor),
    /// A number, for tensors on any device.
    Number(Scalar),
}

impl<'a> From<&'a Tensor> for Operand<'a> {
    #[inline]
    fn from(t: &'a Tensor) -> Self {
        Operand::Tensor(t)
    }
}

macro_rules! numbers {
    ($($t:ty),*) => { $(
        impl From<$t> for Operand<'_> {
            #[inline]
            fn from(x: $t) -> Self { Operand::Number(x.into()) }
        }
    )* };
}

numbers!(
    bool, i8, i16, i32, i64, u8, u16, u32, u64, usize, isize, f32, f64, Scalar
);

impl<'a> Operand<'a> {
    /// The tensor, if it is one.
    #[inline]
    pub fn tensor(self) -> Option<&'a Tensor> {
        match self {
            Operand::Tensor(t) => Some(t),
            Operand::Number(_) => None,
        }
    }

    /// The number, if it is one.
    pub(crate) fn number(self) -> Option<Scalar> {
        match self {
            Operand::Tensor(_) => None,
            Operand::Number(s) => Some(s),
        }
    }
}

impl Operand<'_> {
    /// An integer, or the value of a 0-dimensional integer tensor. Errors name `what`, the argument, and `name`, the operation.
    #[track_caller]
    pub(crate) fn whole(self, name: &str, what: &str) -> Result<i64> {
        let got = match self {
            Operand::Number(Scalar::Int(i)) => return Ok(i),
            Operand::Number(s) => format!("{s}"),
            Operand::Tensor(t) if t.ndim() == 0 && t.dtype().category() == Category::Int => {
                return t.to(DType::I64)?.item();
            }
            Operand::Tensor(t) => format!("a tensor of shape {:?} and {}", t.shape(), t.dtype()),
        };
        Err(Error::value(format!(
            "{name}: the {what} must be an integer or an integer tensor of no dimension, got {got}"
        )))
    }
}

/// References to the tensors of a list, which may hold tensors, references to them, or parameters.
pub(crate) fn references<T: AsRef<Tensor>>(tensors: &[T]) -> Vec<&Tensor> {
    tensors.iter().map(AsRef::as_ref).collect()
}

/// The dtype and device of a new tensor: `()`, a dtype, a device, or both.
///
/// ```
/// use rushlight::{DType, Device, Tensor};
/// assert_eq!(Tensor::zeros([2], ())?.dtype(), DType::F32);
/// assert_eq!(Tensor::zeros([2], (DType::I64, &Device::CPU))?.dtype(), DType::I64);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Options {
    /// The dtype; by default that of the creating function's arguments, else `float32`.
    pub dtype: Option<DType>,
    /// The device; by default the CPU.
    pub device: Option<Device>,
}

impl Options {
    /// The device, the CPU by default.
    pub(crate) fn device(&self) -> Device {
        self.device.clone().unwrap_or(Device::CPU)
    }
}

impl From<()> for Options {
    fn from(_: ()) -> Self {
        Options::default()
    }
}

impl From<DType> for Options {
    fn from(dtype: DType) -> Self {
        Options {
            dtype: Some(dtype),
            device: None,
        }
    }
}

impl From<&Device> for Options {
    fn from(device: &Device) -> Self {
        Options {
            dtype: None,
            device: Some(device.clone()),
        }
    }
}

impl From<(DType, &Device)> for Options {
    fn from((dtype, device): (DType, &Device)) -> Self {
        Options {
            dtype: Some(dtype),
            device: Some(device.clone()),
        }
    }
}

/// The index of dimension `dim` of a tensor with `rank` dimensions; negative ones count from the end. A scalar counts as having one dimension.
#[inline]
#[track_caller]
pub(crate) fn dim_of(name: &str, dim: isize, rank: usize) -> Result<usize> {
    let n = rank.max(1) as isize;
    if (-n..n).contains(&dim) {
        return Ok(if dim < 0 { dim + n } else { dim } as usize);
    }
    Err(Error::index(format!(
        "{name}: dimension {dim} is out of range for a tensor of {rank} dimensions [{}, {}]",
        -n,
        n - 1
    )))
}
