//! The transformer of Vaswani et al. (2017): layers of attention and a position-wise feed-forward network, in an encoder and a decoder.

mod decoder;
mod encoder;
mod layer;
mod network;

pub use decoder::{DecoderMasks, TransformerDecoder, TransformerDecoderLayer};
pub use encoder::{EncoderMasks, TransformerEncoder, TransformerEncoderLayer};
pub use layer::TransformerLayerOptions;
pub use network::{Transformer, TransformerMasks, TransformerOptions};

use super::attention::{MultiheadAttention, MultiheadOptions};
use crate::functional;
use crate::{Module, ModuleExt, Parameter};
use rushlight_autograd::Autograd;
use rushlight_tensor::options::Setting;
use rushlight_tensor::{Options, Result, Tensor};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer, ser};

/// The activation of a transformer layer's feed-forward network.
#[derive(Clone, Copy, Default, Debug)]
pub enum TransformerActivation {
    /// `max(x, 0)`.
    #[default]
    Relu,
    /// `x Φ(x)`.
    Gelu,
    /// A custom element-wise function.
    Other(fn(&Tensor) -> Result<Tensor>),
}

impl TransformerActivation {
    fn apply(self, x: &Tensor) -> Result<Tensor> {
        match self {
            TransformerActivation::Relu => functional::relu(x),
            TransformerActivation::Gelu => functional::gelu(x, ()),
            TransformerActivation::Other(f) => f(x),
        }
    }
}

/// Saved under PyTorch's names. A custom function has none and cannot be saved.
impl Setting for TransformerActivation {
    fn save<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            TransformerActivation::Relu => to.serialize_str("relu"),
            TransformerActivation::Gelu => to.serialize_str("gelu"),
            TransformerActivation::Other(_) => Err(ser::Error::custom(
                "a custom activation function cannot be saved",
            )),
        }
    }

    fn load<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        match String::deserialize(from)?.as_str() {
            "relu" => Ok(TransformerActivation::Relu),
            "gelu" => Ok(TransformerActivation::Gelu),
            other => Err(D::Error::custom(format!(
                "{other:?} is not an activation; the activations are relu and gelu"
            ))),
        }
    }
}

/// The masks of one attention.
#[derive(Clone, Copy, Default)]
struct Masks<'a> {
    attn: Option<&'a Tensor>,
    key_padding: Option<&'a Tensor>,
    is_causal: bool,
}

/// Computes the attention of `x` over `memory`, without its weights.
fn attend(
    attention: &MultiheadAttention,
    x: &Tensor,
    memory: &Tensor,
    masks: Masks<'_>,
) -> Result<Tensor> {
    let options = MultiheadOptions {
        key_padding_mask: masks.key_padding.cloned(),
        attn_mask: masks.attn.cloned(),
        is_causal: masks.is_causal,
        need_weights: false,
        ..Default::default()
    };
    Ok(attention.attend(x, memory, memory, options)?.0)
}

/// Copies the values, mode and frozen parameters of `original` to `blank`, which was created with the same arguments.
#[track_caller]
fn become_copy<M: Module>(blank: M, original: &M) -> Result<M> {
    blank.load_state_dict(&original.state_dict(), true)?;
    for (new, old) in blank.parameters().iter().zip(original.parameters()) {
        new.tensor().requires_grad_(old.requires_grad())?;
    }
    for (new, old) in blank.modules().into_iter().zip(original.modules()) {
        if let (Some(new), Some(old)) = (new.state(), old.state()) {
            new.set_training(old.is_training());
        }
    }
    Ok(blank)
}

/// The current dtype and device of a parameter, which may differ from those of its creation.
fn options_of(parameter: &Parameter) -> Options {
    (parameter.dtype(), parameter.device()).into()
}
