//! A field that is neither a module, a parameter nor a buffer.
use rushlight_nn::{Linear, Module};

#[derive(Module)]
struct Net {
    fc: Linear,
    width: usize,
}

fn main() {}
