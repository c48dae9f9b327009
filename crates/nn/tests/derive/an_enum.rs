//! A choice of modules.
use rushlight_nn::{Module, ReLU, Tanh};

#[derive(Module)]
enum Activation {
    Relu(ReLU),
    Tanh(Tanh),
}

fn main() {}
