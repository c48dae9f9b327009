//! Changes of dtype.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use crate::conformance::outputs::{IntoOutputs, Outputs};
use crate::conformance::value::Value;
use rushlight::Options;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "bfloat16" = "Tensor::bfloat16": |a| { a.skip("memory_format"); a.x()?.bfloat16() };
    "bool" = "Tensor::bool": |a| { a.skip("memory_format"); a.x()?.bool() };
    "byte" = "Tensor::byte": |a| { a.skip("memory_format"); a.x()?.byte() };
    "char" = "Tensor::char": |a| { a.skip("memory_format"); a.x()?.char() };
    "double" = "Tensor::double": |a| { a.skip("memory_format"); a.x()?.double() };
    "float" = "Tensor::float": |a| { a.skip("memory_format"); a.x()?.float() };
    "half" = "Tensor::half": |a| { a.skip("memory_format"); a.x()?.half() };
    "int" = "Tensor::int": |a| { a.skip("memory_format"); a.x()?.int() };
    "long" = "Tensor::long": |a| { a.skip("memory_format"); a.x()?.long() };
    "short" = "Tensor::short": |a| { a.skip("memory_format"); a.x()?.short() };
    "to" = "Tensor::to": |a| to(a);
};

/// `to(device, dtype, …)`, `to(dtype, …)` and `to(other, …)`; then `non_blocking`, which changes nothing, and `copy`.
fn to(a: &Args) -> Answer<Outputs> {
    let (x, device) = (a.x()?, a.device().clone());
    a.skip("memory_format");
    let (dtype, flags) = match a.get(1, "dtype") {
        Some(Value::Tensor(_, other)) => (Some(other.dtype()), 2),
        Some(Value::DType(dtype)) => (Some(*dtype), 2),
        _ => (a.dtype(2, "dtype")?, 3),
    };
    a.flag(flags, "non_blocking", false)?;
    let target = Options {
        dtype,
        device: Some(device),
    };
    match a.flag(flags + 1, "copy", false)? {
        true if dtype == Some(x.dtype()) => x.copy().outputs(),
        _ => x.to(target).outputs(),
    }
}
