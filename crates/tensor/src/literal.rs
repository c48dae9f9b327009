//! The macro `tensor!` and the Rust literals that it accepts.

use crate::{Options, Tensor};
use rushlight_backend::{Dims, Result, Scalar};

/// A number or nested arrays of numbers. Integers become `int64`, floats `float32`, as Python's do.
pub trait Literal {
    /// Appends the sizes, outermost first.
    fn sizes(sizes: &mut Vec<usize>);
    /// Appends the numbers in row-major order.
    fn flatten(&self, into: &mut Vec<Scalar>);
}

macro_rules! numbers {
    ($($t:ty),*) => { $(
        impl Literal for $t {
            fn sizes(_: &mut Vec<usize>) {}
            fn flatten(&self, into: &mut Vec<Scalar>) { into.push((*self).into()) }
        }
    )* };
}

numbers!(bool, i8, i16, i32, i64, u8, usize, f32, f64);

impl<T: Literal, const N: usize> Literal for [T; N] {
    fn sizes(sizes: &mut Vec<usize>) {
        sizes.push(N);
        T::sizes(sizes);
    }
    fn flatten(&self, into: &mut Vec<Scalar>) {
        self.iter().for_each(|x| x.flatten(into));
    }
}

impl Tensor {
    /// A tensor from nested arrays, of a chosen dtype or device. PyTorch: `torch.tensor(data, dtype=…, device=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, Tensor};
    /// let x = Tensor::new([[1, 2], [3, 4]], DType::F64)?;
    /// assert_eq!(x.to_vec::<f64>()?, [1.0, 2.0, 3.0, 4.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn new<L: Literal>(data: L, options: impl Into<Options>) -> Result<Tensor> {
        let (mut sizes, mut list) = (Vec::new(), Vec::new());
        L::sizes(&mut sizes);
        data.flatten(&mut list);
        let Some(shape) = Dims::from_slice(&sizes) else {
            return Err(rushlight_backend::Error::shape(format!(
                "tensor: too many dimensions: {}",
                sizes.len()
            )));
        };
        let options = options.into();
        let dtype = options
            .dtype
            .or(list.first().map(|s| s.dtype()))
            .unwrap_or(rushlight_backend::DType::F32);
        Tensor::from_scalars(&list, shape, dtype, &options.device())
    }
}

/// A tensor on the CPU from nested arrays of literals: integers as `int64`, floats as `float32`, booleans as `bool`.
///
/// Panics if the system is out of memory; [`Tensor::new`] is the fallible form, and takes a dtype and a device.
///
/// ```
/// use rushlight::{DType, tensor};
/// assert_eq!(tensor!([1, 2, 3]).dtype(), DType::I64);
/// assert_eq!(tensor!([[1.0, 2.0], [3.0, 4.0]]).shape(), [2, 2]);
/// assert_eq!(tensor!(2.0).ndim(), 0);
/// ```
#[macro_export]
macro_rules! tensor {
    ($data:expr) => {
        match $crate::Tensor::new($data, ()) {
            Ok(tensor) => tensor,
            Err(error) => panic!("{error}"),
        }
    };
}
