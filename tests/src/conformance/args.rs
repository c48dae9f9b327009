//! The arguments of one call, taken by position or name and turned into what Rust's methods want.
//!
//! What nobody takes is noticed: a call that ignores an argument is no call of that function ([`Args::unread`]).

use super::value::Value;
use rushlight::{DType, Device, Error, Operand, Options, Scalar, Tensor};
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
            read,
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

    fn need<'a, T>(
        &'a self,
        at: usize,
        name: &str,
        what: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Answer<T> {
        let value = self.get(at, name).ok_or_else(|| missing(name))?;
        read(value).ok_or_else(|| unfit(name, what, value))
    }

    fn maybe<'a, T>(
        &'a self,
        at: usize,
        name: &str,
        what: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Answer<Option<T>> {
        match self.get(at, name) {
            None => Ok(None),
            Some(value) => read(value)
                .map(Some)
                .ok_or_else(|| unfit(name, what, value)),
        }
    }

    /// The first argument, a tensor: methods belong to tensors.
    pub fn x(&self) -> Answer<&Tensor> {
        self.only_tensor(0, "input")
    }

    /// A tensor where Rust's type allows no number.
    pub fn only_tensor(&self, at: usize, name: &'static str) -> Answer<&Tensor> {
        match self.get(at, name).and_then(as_scalar) {
            Some(_) => Err(Failure::Forbidden(name, "a number is no tensor")),
            None => self.tensor(at, name),
        }
    }

    /// A tensor.
    pub fn tensor(&self, at: usize, name: &str) -> Answer<&Tensor> {
        self.need(at, name, "a tensor", as_tensor)
    }

    /// A tensor or nothing.
    pub fn maybe_tensor(&self, at: usize, name: &str) -> Answer<Option<&Tensor>> {
        self.maybe(at, name, "a tensor", as_tensor)
    }

    /// A list of tensors.
    pub fn tensors(&self, at: usize, name: &str) -> Answer<Vec<&Tensor>> {
        self.need(at, name, "a list of tensors", |v| {
            entries(v)?.iter().map(as_tensor).collect()
        })
    }

    /// Tensors given one by one from a position on, or as a list there.
    pub fn all_from(&self, at: usize, name: &str) -> Answer<Vec<&Tensor>> {
        if let Some(Value::List(_) | Value::Tuple(_)) = self.get(at, name) {
            return self.tensors(at, name);
        }
        (at..self.positional.len())
            .map(|i| self.tensor(i, name))
            .collect()
    }

    /// A tensor or a number.
    pub fn operand(&self, at: usize, name: &str) -> Answer<Operand<'_>> {
        self.need(at, name, "a tensor or a number", as_operand)
    }

    /// A tensor, a number or nothing.
    pub fn maybe_operand(&self, at: usize, name: &str) -> Answer<Option<Operand<'_>>> {
        self.maybe(at, name, "a tensor or a number", as_operand)
    }

    /// A number of any kind.
    pub fn scalar(&self, at: usize, name: &str) -> Answer<Scalar> {
        self.need(at, name, "a number", as_scalar)
    }

    /// A number of any kind, or nothing.
    pub fn maybe_scalar(&self, at: usize, name: &str) -> Answer<Option<Scalar>> {
        self.maybe(at, name, "a number", as_scalar)
    }

    /// A number of any kind, `default` if not given.
    pub fn scalar_or(&self, at: usize, name: &str, default: impl Into<Scalar>) -> Answer<Scalar> {
        Ok(self
            .maybe_scalar(at, name)?
            .unwrap_or_else(|| default.into()))
    }

    /// An int.
    pub fn int(&self, at: usize, name: &str) -> Answer<i64> {
        self.need(at, name, "an int", as_int)
    }

    /// An int or nothing.
    pub fn maybe_int(&self, at: usize, name: &str) -> Answer<Option<i64>> {
        self.maybe(at, name, "an int", as_int)
    }

    /// An int, `default` if not given.
    pub fn int_or(&self, at: usize, name: &str, default: i64) -> Answer<i64> {
        Ok(self.maybe_int(at, name)?.unwrap_or(default))
    }

    /// A dimension.
    pub fn dim(&self, at: usize) -> Answer<isize> {
        Ok(self.int(at, "dim")? as isize)
    }

    /// A dimension, `default` if not given.
    pub fn dim_or(&self, at: usize, default: isize) -> Answer<isize> {
        Ok(self.int_or(at, "dim", default as i64)? as isize)
    }

    /// A count: Rust's type has no negative ones.
    pub fn size(&self, at: usize, name: &'static str) -> Answer<usize> {
        if let Some(Value::Float(_)) = self.get(at, name) {
            return Err(Failure::Forbidden(name, "a count is a usize"));
        }
        usize::try_from(self.int(at, name)?)
            .map_err(|_| Failure::Forbidden(name, "a count is a usize"))
    }

    /// A count, `default` if not given.
    pub fn size_or(&self, at: usize, name: &'static str, default: usize) -> Answer<usize> {
        match self.get(at, name) {
            None => Ok(default),
            Some(_) => self.size(at, name),
        }
    }

    /// A count or nothing.
    pub fn maybe_size(&self, at: usize, name: &'static str) -> Answer<Option<usize>> {
        self.get(at, name).map(|_| self.size(at, name)).transpose()
    }

    /// A float; ints count.
    pub fn float(&self, at: usize, name: &str) -> Answer<f64> {
        self.need(at, name, "a number", as_float)
    }

    /// A float or nothing.
    pub fn maybe_float(&self, at: usize, name: &str) -> Answer<Option<f64>> {
        self.maybe(at, name, "a number", as_float)
    }

    /// A float, `default` if not given.
    pub fn float_or(&self, at: usize, name: &str, default: f64) -> Answer<f64> {
        Ok(self.maybe_float(at, name)?.unwrap_or(default))
    }

    /// A bool, `default` if not given.
    pub fn flag(&self, at: usize, name: &str, default: bool) -> Answer<bool> {
        let given = self.maybe(at, name, "a bool", |v| match v {
            Value::Bool(b) => Some(*b),
            Value::Int(i) => Some(*i != 0),
            _ => None,
        })?;
        Ok(given.unwrap_or(default))
    }

    /// A string, `default` if not given.
    pub fn word<'a>(&'a self, at: usize, name: &str, default: &'a str) -> Answer<&'a str> {
        let given = self.maybe(at, name, "a string", |v| match v {
            Value::Word(s) => Some(s.as_str()),
            _ => None,
        })?;
        Ok(given.unwrap_or(default))
    }

    /// A string, if that is what is given.
    pub fn maybe_word(&self, at: usize, name: &str) -> Option<&str> {
        match self.get(at, name) {
            Some(Value::Word(s)) => Some(s),
            _ => None,
        }
    }

    /// Two lists of ints, if that is what is given.
    pub fn pair(&self, at: usize, name: &str) -> Option<(Vec<isize>, Vec<isize>)> {
        match self.get(at, name).and_then(entries)? {
            [a, b] => Some((as_ints(a)?, as_ints(b)?)),
            _ => None,
        }
    }

    /// One int or a list of them.
    pub fn ints(&self, at: usize, name: &str) -> Answer<Vec<isize>> {
        self.need(at, name, "ints", as_ints)
    }

    /// One int or a list of them, or nothing.
    pub fn maybe_ints(&self, at: usize, name: &str) -> Answer<Option<Vec<isize>>> {
        self.maybe(at, name, "ints", as_ints)
    }

    /// One int or a list of them, `default` if not given.
    pub fn ints_or(&self, at: usize, name: &str, default: &[isize]) -> Answer<Vec<isize>> {
        Ok(self
            .maybe_ints(at, name)?
            .unwrap_or_else(|| default.to_vec()))
    }

    /// Counts: one or a list.
    pub fn sizes(&self, at: usize, name: &'static str) -> Answer<Vec<usize>> {
        let ints = self.ints(at, name)?.into_iter();
        ints.map(|i| usize::try_from(i).map_err(|_| Failure::Forbidden(name, "a count is a usize")))
            .collect()
    }

    /// A list of ints at a position, or all the ints from there on.
    pub fn ints_from(&self, at: usize, name: &str) -> Answer<Vec<isize>> {
        match self.get(at, name) {
            None => Ok(Vec::new()),
            Some(Value::Int(_)) if self.positional.len() > at => (at..self.positional.len())
                .map(|i| Ok(self.int(i, name)? as isize))
                .collect(),
            Some(_) => self.ints(at, name),
        }
    }

    /// Lengths, as a list or as a tensor.
    pub fn lengths(&self, at: usize, name: &str) -> Answer<Vec<i64>> {
        match self.get(at, name) {
            Some(Value::Tensor(_, lengths)) => Ok(lengths.long()?.to_vec()?),
            _ => Ok(self.ints(at, name)?.into_iter().map(|n| n as i64).collect()),
        }
    }

    /// One float or a list of them.
    pub fn floats(&self, at: usize, name: &str) -> Answer<Vec<f64>> {
        self.need(at, name, "floats", |v| match v {
            Value::List(e) | Value::Tuple(e) => e.iter().map(as_float).collect(),
            v => as_float(v).map(|x| vec![x]),
        })
    }

    /// A dtype or nothing.
    pub fn dtype(&self, at: usize, name: &str) -> Answer<Option<DType>> {
        self.maybe(at, name, "a dtype", |v| match v {
            Value::DType(d) => Some(*d),
            _ => None,
        })
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

fn missing(name: &str) -> Failure {
    Failure::Unsupported(format!("no argument {name} is given"))
}

fn unfit(name: &str, what: &str, value: &Value) -> Failure {
    Failure::Unsupported(format!(
        "the argument {name} should be {what}, it is {}",
        value.kind()
    ))
}

fn entries(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(e) | Value::Tuple(e) => Some(e),
        _ => None,
    }
}

fn as_tensor(value: &Value) -> Option<&Tensor> {
    match value {
        Value::Tensor(_, t) => Some(t),
        _ => None,
    }
}

fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Int(i) => Some(*i),
        Value::Bool(b) => Some(*b as i64),
        _ => None,
    }
}

fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Float(x) => Some(*x),
        v => as_int(v).map(|i| i as f64),
    }
}

fn as_scalar(value: &Value) -> Option<Scalar> {
    match value {
        Value::Float(x) => Some(Scalar::Float(*x)),
        Value::Int(i) => Some(Scalar::Int(*i)),
        Value::Bool(b) => Some(Scalar::Bool(*b)),
        _ => None,
    }
}

fn as_operand(value: &Value) -> Option<Operand<'_>> {
    match value {
        Value::Tensor(_, t) => Some(t.into()),
        v => as_scalar(v).map(Operand::Number),
    }
}

fn as_ints(value: &Value) -> Option<Vec<isize>> {
    match value {
        Value::List(e) | Value::Tuple(e) => {
            e.iter().map(|v| as_int(v).map(|i| i as isize)).collect()
        }
        v => as_int(v).map(|i| vec![i as isize]),
    }
}
