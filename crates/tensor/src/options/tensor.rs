//! A tensor in options: the weights of classes, as nested lists.
//!
//! A `float32` tensor on the CPU is its nested list; other floating-point dtypes say their name with it. The device is not saved.

use super::Setting;
use crate::{DType, Device, Tensor};
use rushlight_files::numbers::Number;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Nested {
    Number(Number),
    List(Vec<Nested>),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Saved {
    Float32(Nested),
    Other {
        #[serde(with = "super")]
        dtype: DType,
        data: Nested,
    },
}

impl Setting for Tensor {
    fn save<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let dtype = self.dtype();
        if !dtype.is_float() {
            return Err(ser::Error::custom(format!(
                "only floating-point tensors are saved among options, not {dtype}"
            )));
        }
        let data = self
            .to((DType::F64, &Device::CPU))
            .and_then(|x| x.to_vec::<f64>())
            .map_err(ser::Error::custom)?;
        let data = nested(&mut data.into_iter(), self.shape());
        match dtype {
            DType::F32 => Saved::Float32(data),
            dtype => Saved::Other { dtype, data },
        }
        .serialize(to)
    }

    fn load<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (dtype, nested) = match Saved::deserialize(from)? {
            Saved::Float32(data) => (DType::F32, data),
            Saved::Other { dtype, data } => (dtype, data),
        };
        if !dtype.is_float() {
            return Err(D::Error::custom(format!(
                "a tensor among options is floating-point, not {dtype}"
            )));
        }
        let (mut data, shape) = (Vec::new(), shape(&nested));
        if !flatten(&nested, &shape, &mut data) {
            return Err(D::Error::custom(
                "the lists of a tensor must have one length along each dimension",
            ));
        }
        Tensor::from_slice(&data, &shape[..])
            .and_then(|x| x.to(dtype))
            .map_err(D::Error::custom)
    }
}

/// The next elements as nested lists of this shape.
fn nested(data: &mut impl Iterator<Item = f64>, shape: &[usize]) -> Nested {
    match shape {
        [] => Nested::Number(Number(data.next().unwrap_or(f64::NAN))),
        [n, rest @ ..] => Nested::List((0..*n).map(|_| nested(data, rest)).collect()),
    }
}

/// The shape that the first element of each list gives.
fn shape(nested: &Nested) -> Vec<usize> {
    let (mut shape, mut at) = (Vec::new(), Some(nested));
    while let Some(Nested::List(list)) = at {
        shape.push(list.len());
        at = list.first();
    }
    shape
}

/// Appends the elements in row-major order; false if the lists have another shape.
fn flatten(nested: &Nested, shape: &[usize], data: &mut Vec<f64>) -> bool {
    match (nested, shape) {
        (Nested::Number(Number(x)), []) => {
            data.push(*x);
            true
        }
        (Nested::List(list), [n, rest @ ..]) if list.len() == *n => {
            list.iter().all(|item| flatten(item, rest, data))
        }
        _ => false,
    }
}
