//! Arguments as values of Rust's types.

use super::{Answer, Args, Failure};
use crate::conformance::value::Value;
use rushlight::{DType, Operand, Scalar, Tensor};

impl Args {
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
