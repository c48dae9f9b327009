//! The arguments of one call, taken by position or name and turned into what Rust's methods want.
//!
//! What nobody takes is noticed: a call that ignores an argument is no call of that function ([`Args::unread`]).

mod typed;

use super::value::Value;
use rushlight::{DType, Device, Error, Options, Tensor};
use std::cell::RefCell;

/// Why a call gave no answer.
#[derive(Debug)]
pub enum Failure {
    /// There is no such operation or dtype, or this table cannot translate the arguments.
    Unsupported(String),
    /// Rust's types leave no way to write the call: which argument, and why.
    Forbidden(&'static str, &'static str),
    /// The library refused.
    Refused(Error),
}

impl From<Error> for Failure {
    fn from(e: Error) -> Failure {
        Failure::Refused(e)
    }
}

/// What a row of a table gives.
pub type Answer<T> = Result<T, Failure>;

/// For arguments that PyTorch takes by name only.
pub const NAMED: usize = usize::MAX;

/// The arguments of a call.
pub struct Args {
    positional: Vec<Value>,
    named: Vec<(String, Value)>,
    device: Device,
    dtype: Option<DType>,
    read: RefCell<Vec<bool>>,
}

impl Args {
    /// Arguments for a call on `device`.
    pub fn new(positional: Vec<Value>, named: Vec<(String, Value)>, device: Device) -> Args {
        let read = RefCell::new(vec![false; positional.len() + named.len()]);
        Args {
            positional,
            named,
            device,
            dtype: None,
            read,
        }
    }

    /// The same for a module whose parameters have this dtype.
    pub fn of_dtype(self, dtype: DType) -> Args {
        Args {
            dtype: Some(dtype),
            ..self
        }
    }

    /// Device of a module, and dtype of its parameters if it is not the default.
    pub fn placement(&self) -> Options {
        Options {
            dtype: self.dtype,
            device: Some(self.device().clone()),
        }
    }

    /// The argument at `position`, or of this name; none if it is missing or `None`.
    pub fn get(&self, position: usize, name: &str) -> Option<&Value> {
        let found = match self.positional.get(position) {
            Some(value) => Some((position, value)),
            None => self
                .named
                .iter()
                .position(|(n, _)| n == name)
                .map(|i| (self.positional.len() + i, &self.named[i].1)),
        };
        let (at, value) = found?;
        self.read.borrow_mut()[at] = true;
        (!matches!(value, Value::None)).then_some(value)
    }

    /// Every tensor among the arguments, with its key, in order.
    pub fn all_tensors(&self) -> Vec<(&str, &Tensor)> {
        fn walk<'a>(value: &'a Value, found: &mut Vec<(&'a str, &'a Tensor)>) {
            match value {
                Value::Tensor(key, t) => found.push((key, t)),
                Value::List(entries) | Value::Tuple(entries) => {
                    entries.iter().for_each(|v| walk(v, found));
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        self.positional
            .iter()
            .chain(self.named.iter().map(|(_, v)| v))
            .for_each(|v| walk(v, &mut found));
        found
    }

    /// The first argument that was given and not taken.
    pub fn unread(&self) -> Option<String> {
        let read = self.read.borrow();
        let values = self
            .positional
            .iter()
            .chain(self.named.iter().map(|(_, v)| v));
        let (at, _) = values
            .enumerate()
            .find(|(i, v)| !read[*i] && !matches!(v, Value::None))?;
        Some(match at.checked_sub(self.positional.len()) {
            None => format!("argument {at}"),
            Some(i) => format!("argument {}", self.named[i].0),
        })
    }

    /// Whether the argument is given, be it as `None`: for those whose default is not `None`.
    pub fn is_given(&self, position: usize, name: &str) -> bool {
        position < self.positional.len() || self.named.iter().any(|(n, _)| n == name)
    }

    /// Counts an argument as taken that changes nothing here: `memory_format`, `stable`, `device`.
    pub fn skip(&self, name: &str) {
        self.get(NAMED, name);
    }

    /// Refuses `out`: no method writes into a tensor that it is handed.
    pub fn no_out(&self) -> Answer<()> {
        match self.get(NAMED, "out") {
            None => Ok(()),
            Some(_) => Err(Failure::Forbidden("out", "results are new tensors")),
        }
    }

    /// How many arguments are given by position.
    pub fn count(&self) -> usize {
        self.positional.len()
    }

    /// The device of the call.
    pub fn device(&self) -> &Device {
        self.skip("device");
        &self.device
    }

    /// The keywords of a creating function: `dtype`, `device`, and those that change nothing here.
    pub fn options(&self) -> Answer<Options> {
        for name in [
            "device",
            "layout",
            "requires_grad",
            "pin_memory",
            "memory_format",
        ] {
            self.skip(name);
        }
        Ok(Options {
            dtype: self.dtype(NAMED, "dtype")?,
            device: Some(self.device.clone()),
        })
    }
}

/// The failure of a row that has no call for these arguments.
pub fn unsupported<T>(what: impl Into<String>) -> Answer<T> {
    Err(Failure::Unsupported(what.into()))
}
