//! A layer that returns more than a tensor, in a chain of layers.
use rushlight::nn::{LSTM, Linear, sequential};
use rushlight::prelude::*;

fn main() -> rushlight::Result<()> {
    let model = sequential![LSTM::new(4, 8)?, Linear::new(8, 1)?];
    println!("{}", model.num_parameters());
    Ok(())
}
