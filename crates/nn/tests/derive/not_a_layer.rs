//! A module without a forward, in a sequence.
use rushlight_nn::{Linear, Module, sequential};

#[derive(Module)]
struct Net {
    fc: Linear,
}

fn main() {
    let fc = Linear::new(2, 2).unwrap();
    sequential![Net { fc }];
}
