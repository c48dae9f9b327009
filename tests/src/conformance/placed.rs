//! Tensors of a case, put on the device and laid out as the run asks.

use super::Settings;
use super::args::Args;
use super::folder::{File, Named};
use super::value::Value;
use rushlight::{Device, Result, Tensor};
use serde_json::Value as Json;

/// The tensor of a key, on the device and in the layout of the run.
pub fn tensor(file: &File, key: &str, settings: &Settings) -> Result<Tensor> {
    let t = file.tensor(key)?.to(&settings.device)?;
    if settings.strided { spread(&t) } else { Ok(t) }
}

/// The arguments of a call.
pub fn args(
    positional: &[Json],
    named: &Named,
    file: &File,
    settings: &Settings,
) -> std::result::Result<Args, String> {
    let mut find = |key: &str| tensor(file, key, settings).map_err(|e| e.to_string());
    let positional = positional
        .iter()
        .map(|v| Value::read(v, &mut find))
        .collect::<std::result::Result<_, _>>()?;
    let named = named
        .iter()
        .map(|(name, v)| Ok((name.clone(), Value::read(v, &mut find)?)))
        .collect::<std::result::Result<_, String>>()?;
    Ok(Args::new(positional, named, settings.device.clone()))
}

/// The same tensor as a view of a larger one: every second row of a transposed one, an element of a vector for a scalar.
fn spread(t: &Tensor) -> Result<Tensor> {
    let last = t.ndim() as isize - 1;
    match t.ndim() {
        0 => {
            let around = Tensor::zeros(3, (t.dtype(), t.device()))?;
            let inside = around.select(0, 1)?;
            inside.copy_(t)?;
            Ok(inside)
        }
        1 => every_second(t, 0),
        _ => every_second(&t.transpose(0, last)?.copy()?, last)?.transpose(0, last),
    }
}

fn every_second(t: &Tensor, dim: isize) -> Result<Tensor> {
    let mut shape = t.shape().to_vec();
    let n = shape[dim as usize];
    shape[dim as usize] = 2 * n + 1;
    let around = Tensor::zeros(shape, (t.dtype(), t.device()))?;
    let inside = around.slice(dim, 1, 2 * n as isize + 1, 2)?;
    inside.copy_(t)?;
    Ok(inside)
}

/// A tensor of the file as it is, on the host: an expectation.
pub fn expected(file: &File, key: &str) -> Result<Tensor> {
    file.tensor(key)?.to(&Device::CPU)
}
