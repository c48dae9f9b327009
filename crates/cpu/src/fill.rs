//! Setting every element to one value.

use crate::map;
use crate::operand::Operand;
use rushlight_backend::{Element, Layout, Result, Scalar, with_element};

/// See [`rushlight_backend::Backend::fill`].
pub(crate) fn fill(value: Scalar, out: &Operand<'_>) -> Result<()> {
    let mut bytes = [0; 8];
    with_element!(out.dtype, T => {
        let x = <T as Element>::from_scalar(value);
        bytes[..size_of::<T>()].copy_from_slice(bytemuck::bytes_of(&x));
    });
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
