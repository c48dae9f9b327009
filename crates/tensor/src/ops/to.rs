//! Conversion to another dtype, and transfer to another device.

use crate::apply::track;
use crate::{Device, Options, Tensor};
use rushlight_backend::{DType, Op, Result};

impl Tensor {
    /// This tensor in the dtype and on the device of `other`. PyTorch: `Tensor.type_as`.
    ///
    /// ```
    /// # use rushlight_tensor::{DType, tensor};
    /// assert_eq!(tensor!([1, 2]).type_as(&tensor!([0.5]))?.dtype(), DType::F32);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn type_as(&self, other: &Tensor) -> Result<Tensor> {
        self.to((other.dtype(), other.device()))
    }

    /// Converts the tensor to another dtype, another device, or both. Returns the same handle if nothing changes. Differentiable.
    ///
    /// A float becomes an integer by truncation towards zero. If the result does not fit the integer dtype, the rule is the same on every device:
    /// the number is clamped to the range of `int64`, NaN becomes 0, and the low bits that fit the dtype are kept, as in
    /// `x.to(DType::I64)?.to(dtype)?`. A float or an integer becomes `true` if it is not 0, NaN included.
    ///
    /// PyTorch: `Tensor.to`.
    #[track_caller]
    pub fn to(&self, target: impl Into<Options>) -> Result<Tensor> {
        let Options { dtype, device } = target.into();
        let converted = match dtype {
            Some(dtype) if dtype != self.dtype() => crate::apply(Op::Cast(dtype), &[self])?,
            _ => self.clone(),
        };
        match device {
            Some(device) if device != *self.device() => converted.transfer(&device),
            _ => Ok(converted),
        }
    }

    /// The tensor on the CPU. PyTorch: `Tensor.cpu`.
    #[track_caller]
    pub fn cpu(&self) -> Result<Tensor> {
        self.to(&Device::CPU)
    }

    #[track_caller]
    fn transfer(&self, device: &Device) -> Result<Tensor> {
        let mut out = self.sent(device)?;
        track(|| Op::Transfer, &[self], &mut out, &[])?;
        Ok(out)
    }
}

macro_rules! conversions {
    ($($name:ident => $dtype:ident),*) => {
        impl Tensor { $(
            #[doc = concat!("The tensor as `", stringify!($dtype), "`. PyTorch: `Tensor.", stringify!($name), "`.")]
            #[track_caller]
            pub fn $name(&self) -> Result<Tensor> { self.to(DType::$dtype) }
        )* }
    };
}

conversions!(float => F32, double => F64, half => F16, bfloat16 => BF16, long => I64, int => I32, short => I16, char => I8, byte => U8, bool => Bool);
