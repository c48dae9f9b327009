//! Arguments of windows: one number for all spatial dimensions, or one for each.

use crate::conformance::args::{Answer, Args, Failure};
use crate::conformance::value::Value;
use rushlight::nn::{Each, OutputSize, PadMode};

/// A number for each spatial dimension.
pub fn each<const N: usize>(a: &Args, at: usize, name: &'static str) -> Answer<Each<N>> {
    Ok(Each(array(name, a.sizes(at, name)?)?))
}

/// The sizes of an adaptive pooling, where None keeps the input's.
pub fn output_size<const N: usize>(a: &Args, at: usize) -> Answer<OutputSize<N>> {
    let one = |v: &Value| match v {
        Value::None => Ok(None),
        Value::Int(n) => usize::try_from(*n)
            .map(Some)
            .map_err(|_| Failure::Forbidden("output_size", "a count is a usize")),
        other => Err(Failure::Unsupported(format!("a size is {}", other.kind()))),
    };
    match a.get(at, "output_size") {
        None => Ok(OutputSize([None; N])),
        Some(Value::List(list) | Value::Tuple(list)) => {
            let sizes = list.iter().map(one).collect::<Answer<Vec<_>>>()?;
            Ok(OutputSize(array("output_size", sizes)?))
        }
        Some(v) => Ok(OutputSize([one(v)?; N])),
    }
}

/// What lies beyond the edges.
pub fn padding_mode(a: &Args, at: usize) -> Answer<PadMode> {
    Ok(match a.word(at, "padding_mode", "zeros")? {
        "zeros" => PadMode::Constant(0.into()),
        "reflect" => PadMode::Reflect,
        "replicate" => PadMode::Replicate,
        "circular" => PadMode::Circular,
        other => return Err(Failure::Unsupported(format!("padding_mode {other:?}"))),
    })
}

/// `N` entries, or one for all.
fn array<T: Copy, const N: usize>(name: &'static str, list: Vec<T>) -> Answer<[T; N]> {
    match list[..] {
        [one] => Ok([one; N]),
        _ => list
            .try_into()
            .map_err(|_| Failure::Forbidden(name, "there is one entry per dimension")),
    }
}
