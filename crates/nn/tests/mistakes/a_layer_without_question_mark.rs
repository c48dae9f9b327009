//! Layers that draw their weights are results: `?` is missing.
use rushlight::nn::{Linear, ReLU, sequential};
use rushlight::prelude::*;

fn main() -> rushlight::Result<()> {
    let model = sequential![Linear::new(4, 8), ReLU::new()];
    println!("{}", model.num_parameters());
    Ok(())
}
