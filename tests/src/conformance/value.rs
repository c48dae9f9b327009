//! Python's values as the cases write them in JSON.

use rushlight::{DType, Tensor};
use serde_json::Value as Json;

/// An argument of a call.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// `1`.
    Int(i64),
    /// `1.0`.
    Float(f64),
    /// `"mean"`.
    Word(String),
    /// A tensor, and its key in the file.
    Tensor(String, Tensor),
    /// A list or a tuple.
    List(Vec<Value>),
    /// The same, where PyTorch tells them apart: indexing.
    Tuple(Vec<Value>),
    /// `torch.float32`.
    DType(DType),
    /// `start:stop:step`.
    Slice([Option<i64>; 3]),
    /// `…`.
    Ellipsis,
    /// What a JSON value meant is not known, or the library has nothing like it.
    Unknown(String),
}

impl Value {
    /// Reads a value; `tensor` finds one by its key.
    pub fn read(
        json: &Json,
        tensor: &mut dyn FnMut(&str) -> Result<Tensor, String>,
    ) -> Result<Value, String> {
        let list = |entries: &Vec<Json>, tensor: &mut dyn FnMut(&str) -> Result<Tensor, String>| {
            entries
                .iter()
                .map(|v| Value::read(v, tensor))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(match json {
            Json::Null => Value::None,
            Json::Bool(b) => Value::Bool(*b),
            Json::String(s) => Value::Word(s.clone()),
            Json::Array(entries) => Value::List(list(entries, tensor)?),
            Json::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(i), _) => Value::Int(i),
                (None, Some(x)) => Value::Float(x),
                _ => Value::Unknown(n.to_string()),
            },
            Json::Object(fields) => {
                let mut entries = fields.iter();
                let (Some((kind, content)), None) = (entries.next(), entries.next()) else {
                    return Ok(Value::Unknown(json.to_string()));
                };
                match (kind.as_str(), content) {
                    ("tensor", Json::String(key)) => Value::Tensor(key.clone(), tensor(key)?),
                    ("list", Json::Array(entries)) => Value::List(list(entries, tensor)?),
                    ("tuple", Json::Array(entries)) => Value::Tuple(list(entries, tensor)?),
                    ("float", Json::String(s)) => match s.parse() {
                        Ok(x) => Value::Float(x),
                        Err(_) => Value::Unknown(json.to_string()),
                    },
                    ("dtype", Json::String(s)) => match dtype(s) {
                        Some(d) => Value::DType(d),
                        None => Value::Unknown(s.clone()),
                    },
                    ("slice", Json::Array(parts)) if parts.len() == 3 => {
                        Value::Slice([parts[0].as_i64(), parts[1].as_i64(), parts[2].as_i64()])
                    }
                    ("ellipsis", _) => Value::Ellipsis,
                    ("device" | "memory_format", Json::String(s)) => Value::Word(s.clone()),
                    _ => Value::Unknown(json.to_string()),
                }
            }
        })
    }

    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "a bool",
            Value::Int(_) => "an int",
            Value::Float(_) => "a float",
            Value::Word(_) => "a string",
            Value::Tensor(..) => "a tensor",
            Value::List(_) => "a list",
            Value::Tuple(_) => "a tuple",
            Value::DType(_) => "a dtype",
            Value::Slice(_) => "a slice",
            Value::Ellipsis => "an ellipsis",
            Value::Unknown(_) => "something unknown",
        }
    }
}

/// The dtype of a name, which is the one the library prints.
pub fn dtype(name: &str) -> Option<DType> {
    use DType::*;
    [F32, F64, F16, BF16, I64, I32, I16, I8, U8, Bool]
        .into_iter()
        .find(|d| d.to_string() == name.trim_start_matches("torch."))
}
