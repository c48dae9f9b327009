//! A layer that asks whether it is training, without a place for the answer.
use rushlight_nn::{Forward, Module, Result};
use rushlight_tensor::Tensor;

#[derive(Module)]
struct DropPath {
    #[module(skip)]
    p: f64,
}

impl Forward for DropPath {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if self.is_training() {
            x.mul(1.0 - self.p)
        } else {
            Ok(x.clone())
        }
    }
}

fn main() {}
