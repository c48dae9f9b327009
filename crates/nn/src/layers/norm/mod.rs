//! Normalization layers.

mod batch;
mod channelwise;
mod group;
mod instance;
mod layer;
mod local_response;
mod rms;
mod running;

pub use batch::{BatchNorm, BatchNorm1d, BatchNorm2d, BatchNorm3d, BatchNormOptions};
pub use group::{GroupNorm, GroupNormOptions};
pub use instance::{
    InstanceNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, InstanceNormOptions,
};
pub use layer::{LayerNorm, LayerNormOptions};
pub use local_response::LocalResponseNorm;
pub use rms::{RMSNorm, RMSNormOptions};

use crate::Parameter;
use rushlight_tensor::{Error, Ints, Options, Result, Tensor};

/// Creates a weight of ones and a bias of zeros, the initial parameters of every normalization.
#[track_caller]
fn affine(
    shape: &[usize],
    weight: bool,
    bias: bool,
    options: &Options,
) -> Result<(Option<Parameter>, Option<Parameter>)> {
    let one = match weight {
        true => Some(Parameter::new(Tensor::ones(shape, options.clone())?)?),
        false => None,
    };
    let zero = match weight && bias {
        true => Some(Parameter::new(Tensor::zeros(shape, options.clone())?)?),
        false => None,
    };
    Ok((one, zero))
}

#[track_caller]
fn normalized(name: &str, shape: &Ints) -> Result<Vec<usize>> {
    let sizes: Option<Vec<usize>> = shape
        .as_slice()
        .iter()
        .map(|&n| usize::try_from(n).ok())
        .collect();
    match sizes {
        Some(sizes) if !sizes.is_empty() => Ok(sizes),
        _ => Err(Error::shape(format!(
            "{name}: the normalized shape must be sizes, not {:?}",
            shape.as_slice()
        ))),
    }
}

/// A small number formatted as Python prints it: `1e-05`.
fn float(x: f64) -> String {
    let text = format!("{x:?}");
    match text.split_once("e-") {
        Some((digits, exponent)) if exponent.len() == 1 => format!("{digits}e-0{exponent}"),
        _ => text,
    }
}
