//! Setting every element to one value.

use crate::map;
use crate::operand::Operand;
use rushlight_backend::{DType, Element, Layout, Result, Scalar};

/// See [`rushlight_backend::Backend::fill`].
pub(crate) fn fill(value: Scalar, out: &Operand<'_>) -> Result<()> {
    let mut bytes = [0; 8];
    macro_rules! put {
        ($t:ty) => {{
            let x = <$t as Element>::from_scalar(value);
            bytes[..size_of::<$t>()].copy_from_slice(bytemuck::bytes_of(&x));
        }};
    }
    match out.dtype {
        DType::Bool => put!(bool),
        DType::U8 => put!(u8),
        DType::I8 => put!(i8),
        DType::I16 => put!(i16),
        DType::I32 => put!(i32),
        DType::I64 => put!(i64),
        DType::F16 => put!(half::f16),
        DType::BF16 => put!(half::bf16),
        DType::F32 => put!(f32),
        DType::F64 => put!(f64),
    }
    let number = Layout::strided(
        *out.layout.shape(),
        rushlight_backend::Dims::filled(0, out.shape().len()),
        0,
    );
    let x = Operand {
        base: bytes.as_mut_ptr(),
        layout: &number,
        dtype: out.dtype,
    };
    map::copy(&x, out)
}
