//! Every device gives the same bits for special values: what drivers, instruction sets and kernels are most likely to differ in.

mod conversions;
mod degenerate;
mod gamma;
mod halves;
mod infinities;
mod int64;
mod nextafter;
mod order;
mod products;
mod rounding;
mod slopes;

use rushlight::{DType, Device, Element, ErrorKind, Result, Tensor};

/// `values` as a tensor of `dtype` on `device`; none where the device has no such arithmetic.
fn tensor(values: &[f64], dtype: DType, device: &Device) -> Result<Option<Tensor>> {
    let x = Tensor::from_slice(values, values.len())?
        .to(dtype)?
        .to(device)?;
    supported(x.neg().map(|_| x))
}

/// The result, or none if the device says that it cannot do this.
fn supported<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if e.kind() == ErrorKind::Unsupported => Ok(None),
        Err(e) => Err(e),
    }
}

/// A tensor's elements on the host, without a conversion on the device.
fn read<T: Element>(x: &Tensor) -> Result<Vec<T>> {
    x.to(&Device::CPU)?.to_vec::<T>()
}

/// The same bits, any NaN for a NaN.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}
