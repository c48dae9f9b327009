//! Conversion to another dtype, and transfer to another device.

use crate::apply::track;
use crate::{Device, Options, Tensor};
use rushlight_backend::{DType, Op, Result};

impl Tensor {
    /// This tensor converted to the dtype and moved to the device of `other`: itself if nothing changes. PyTorch: `Tensor.type_as`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// assert_eq!(tensor!([1, 2]).type_as(&tensor!([0.5]))?.dtype(), DType::F32);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::to`].
    #[track_caller]
    pub fn type_as(&self, other: &Tensor) -> Result<Tensor> {
        self.to((other.dtype(), other.device()))
    }

    /// Converts the tensor to another dtype, another device, or both; same shape. Returns the same tensor if nothing changes. The gradient flows
    /// through.
    ///
    /// A float becomes an integer by truncation towards zero. If the result does not fit the integer dtype, the rule is the same on every device:
    /// the number is clamped to the range of `int64`, NaN becomes 0, and the low bits that fit the dtype are kept, as in
    /// `x.to(DType::I64)?.to(dtype)?`. A float or an integer becomes `true` if it is not 0, NaN included.
    ///
    /// PyTorch: `Tensor.to`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([1.9, -1.9, 0.0]);
    /// assert_eq!(x.to(DType::I64)?.to_vec::<i64>()?, [1, -1, 0]);
    /// assert_eq!(x.to(DType::Bool)?.to_vec::<bool>()?, [true, true, false]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the target device does not support the dtype or has no memory left, or if the elements were computed on a GPU from an invalid index or
    /// an integer division by 0.
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

    /// The tensor on the CPU: itself if it is there, else a copy. PyTorch: `Tensor.cpu`.
    ///
    /// ```
    /// # use rushlight::{Device, tensor};
    /// let x = tensor!([1, 2]).cpu()?;
    /// assert_eq!(*x.device(), Device::CPU);
    /// assert_eq!(x.to_vec::<i64>()?, [1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::to`].
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

/// Rows as `name => dtype, its name: the elements 0, -1.5 and 2 in it;`.
macro_rules! conversions {
    ($($name:ident => $dtype:ident, $torch:literal: $result:tt;)*) => {
        impl Tensor { $(
            #[doc = concat!("The tensor converted to `", $torch, "`, as by [`Tensor::to`]: itself if that is its dtype. PyTorch: `Tensor.", stringify!($name), "`.\n")]
            #[doc = concat!(
                "```\n# use rushlight_tensor::{DType, tensor};\nlet x = tensor!([0.0, -1.5, 2.0]).", stringify!($name), "()?;\nassert_eq!(x.dtype(), DType::",
                stringify!($dtype), ");\nassert_eq!(x.to(DType::F64)?.to_vec::<f64>()?, ", stringify!($result), ");\n",
                "# Ok::<(), rushlight_tensor::Error>(())\n```"
            )]
            #[doc = "\n# Errors\nAs [`Tensor::to`]."]
            #[track_caller]
            pub fn $name(&self) -> Result<Tensor> { self.to(DType::$dtype) }
        )* }
    };
}

conversions! {
    float => F32, "float32": [0.0, -1.5, 2.0];
    double => F64, "float64": [0.0, -1.5, 2.0];
    half => F16, "float16": [0.0, -1.5, 2.0];
    bfloat16 => BF16, "bfloat16": [0.0, -1.5, 2.0];
    long => I64, "int64": [0.0, -1.0, 2.0];
    int => I32, "int32": [0.0, -1.0, 2.0];
    short => I16, "int16": [0.0, -1.0, 2.0];
    char => I8, "int8": [0.0, -1.0, 2.0];
    byte => U8, "uint8": [0.0, 255.0, 2.0];
    bool => Bool, "bool": [0.0, 1.0, 1.0];
}
