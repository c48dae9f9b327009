//! What calls return, as one list of tensors.

use super::args::{Answer, Failure};
use rushlight::{Result, Scalar, Tensor};

/// The results of a call, nested ones flattened in order.
pub struct Outputs(pub Vec<Tensor>);

/// What a row's call may return.
pub trait IntoOutputs {
    /// As a flat list.
    fn outputs(self) -> Answer<Outputs>;
}

impl IntoOutputs for Tensor {
    fn outputs(self) -> Answer<Outputs> {
        Ok(Outputs(vec![self]))
    }
}

impl IntoOutputs for (Tensor, Tensor) {
    fn outputs(self) -> Answer<Outputs> {
        Ok(Outputs(vec![self.0, self.1]))
    }
}

impl IntoOutputs for (Tensor, Tensor, Tensor) {
    fn outputs(self) -> Answer<Outputs> {
        Ok(Outputs(vec![self.0, self.1, self.2]))
    }
}

impl IntoOutputs for Vec<Tensor> {
    fn outputs(self) -> Answer<Outputs> {
        Ok(Outputs(self))
    }
}

impl IntoOutputs for Outputs {
    fn outputs(self) -> Answer<Outputs> {
        Ok(self)
    }
}

/// Python's numbers are 0-dimensional tensors of their own dtype.
fn number(value: impl Into<Scalar>) -> Answer<Outputs> {
    Tensor::scalar(value, ())?.outputs()
}

impl IntoOutputs for bool {
    fn outputs(self) -> Answer<Outputs> {
        number(self)
    }
}

impl IntoOutputs for f64 {
    fn outputs(self) -> Answer<Outputs> {
        number(self)
    }
}

impl IntoOutputs for i64 {
    fn outputs(self) -> Answer<Outputs> {
        number(self)
    }
}

/// A shape: one number a dimension.
impl IntoOutputs for Vec<usize> {
    fn outputs(self) -> Answer<Outputs> {
        let sizes = self.into_iter().map(|n| Tensor::scalar(n as i64, ()));
        Ok(Outputs(sizes.collect::<Result<_>>()?))
    }
}

impl<T: IntoOutputs> IntoOutputs for Result<T> {
    fn outputs(self) -> Answer<Outputs> {
        self.map_err(Failure::from)?.outputs()
    }
}

impl<T: IntoOutputs> IntoOutputs for Answer<T> {
    fn outputs(self) -> Answer<Outputs> {
        self?.outputs()
    }
}
