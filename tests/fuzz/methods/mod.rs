//! The calls that programs are made of, by name.

mod arithmetic;
mod linear;
mod making;
mod moving;
mod reducing;
mod selecting;

use crate::fuzz::arguments::Args;
use rushlight::prelude::*;
use rushlight::{Result, Unique};

/// Draws its arguments and calls.
pub type Call = fn(&mut Args<'_>) -> Result<Vec<Tensor>>;

pub struct Method {
    pub name: &'static str,
    pub call: Call,
}

pub fn all() -> Vec<Method> {
    [
        arithmetic::METHODS,
        linear::METHODS,
        making::METHODS,
        moving::METHODS,
        reducing::METHODS,
        selecting::METHODS,
    ]
    .into_iter()
    .flat_map(|list| list.iter())
    .map(|&(name, call)| Method { name, call })
    .collect()
}

/// What calls give, as a list of tensors.
pub trait Results {
    fn list(self) -> Vec<Tensor>;
}

impl Results for Tensor {
    fn list(self) -> Vec<Tensor> {
        vec![self]
    }
}

impl Results for Vec<Tensor> {
    fn list(self) -> Vec<Tensor> {
        self
    }
}

impl Results for (Tensor, Tensor) {
    fn list(self) -> Vec<Tensor> {
        vec![self.0, self.1]
    }
}

impl Results for (Tensor, Tensor, Tensor) {
    fn list(self) -> Vec<Tensor> {
        vec![self.0, self.1, self.2]
    }
}

impl Results for (Tensor, Vec<Tensor>) {
    fn list(self) -> Vec<Tensor> {
        std::iter::once(self.0).chain(self.1).collect()
    }
}

impl Results for Unique {
    fn list(self) -> Vec<Tensor> {
        vec![self.values, self.inverse, self.counts]
    }
}

impl Results for () {
    fn list(self) -> Vec<Tensor> {
        Vec::new()
    }
}

/// A list of calls: `name => expression;`, the expression reading its arguments from `a`.
macro_rules! calls {
    ($a:ident; $($name:literal => $call:expr;)*) => {
        pub const METHODS: &[(&str, $crate::fuzz::methods::Call)] = &[$(
            ($name, |$a| Ok($crate::fuzz::methods::Results::list($call?))),
        )*];
    };
}
pub(crate) use calls;
